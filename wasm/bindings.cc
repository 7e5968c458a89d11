// The functions that JavaScript sees, and nothing else: arguments in, envelopes out
// (loader/engine-module.ts has their types).
//
// The object graph of the module hangs on one Boundary, which lives as long as the module instance.
#include <emscripten/bind.h>
#include <emscripten/val.h>

#include <algorithm>
#include <cstdint>
#include <exception>
#include <string>
#include <variant>

#include "wasm/boundary.h"

namespace {

using archivolt::Boundary;
using archivolt::Bytes;
using archivolt::BytesView;
using archivolt::Envelope;
using archivolt::ErrorCode;
using archivolt::Status;
using emscripten::val;

Boundary& TheBoundary() {
  static Boundary boundary;
  return boundary;
}

val DetailToJs(const Status::Detail& detail) {
  val object = val::object();
  for (const auto& [key, value] : detail) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      object.set(key, *text);
    } else {
      // Numbers in details are row indexes, sizes and codes: far below 2^53.
      object.set(key, static_cast<double>(std::get<int64_t>(value)));
    }
  }
  return object;
}

val ToJs(const Envelope& envelope) {
  val object = val::object();
  object.set("ok", envelope.status.ok());
  object.set("changed", envelope.changed);
  if (!envelope.status.ok()) {
    val error = val::object();
    error.set("code", std::string(archivolt::ErrorCodeName(envelope.status.code())));
    error.set("message", envelope.status.message());
    error.set("detail", DetailToJs(envelope.status.detail()));
    object.set("error", error);
    return object;
  }
  object.set("json", envelope.json);
  if (envelope.bytes.empty()) {
    object.set("bytes", val::null());
  } else {
    // slice() copies out of the module's memory, which the next call may move.
    const val view(emscripten::typed_memory_view(envelope.bytes.size(), envelope.bytes.data()));
    object.set("bytes", view.call<val>("slice"));
  }
  return object;
}

Bytes FromJs(const val& bytes) {
  if (bytes.isNull() || bytes.isUndefined()) return {};
  Bytes copy(bytes["length"].as<size_t>());
  val(emscripten::typed_memory_view(copy.size(), copy.data())).call<void>("set", bytes);
  return copy;
}

val Open(const std::string& options, const val& key) {
  Bytes copy = FromJs(key);
  const Envelope envelope = TheBoundary().Open(options, BytesView(copy));
  std::fill(copy.begin(), copy.end(), 0);
  return ToJs(envelope);
}

val Call(const std::string& method, const std::string& json, const val& bytes,
         const std::string& actor) {
  Envelope envelope;
  try {
    const Bytes copy = FromJs(bytes);
    envelope = TheBoundary().Call(method, json, BytesView(copy), actor);
  } catch (const std::exception&) {
    // bad_alloc, or length_error for more bytes than a vector can ever hold.
    envelope.status = Status(ErrorCode::OUT_OF_MEMORY, "the engine cannot get memory for the call");
  }
  return ToJs(envelope);
}

val Close() { return ToJs(TheBoundary().Close()); }

}  // namespace

EMSCRIPTEN_BINDINGS(archivolt) {
  emscripten::function("open", &Open);
  emscripten::function("call", &Call);
  emscripten::function("close", &Close);
}
