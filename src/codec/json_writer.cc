#include "codec/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#define JSON_NO_IO
#include <nlohmann/json.hpp>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void AppendEscaped(char c, std::string& out) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4U];
      out += kHexDigits[static_cast<unsigned char>(c) & 15U];
  }
}

void AppendDouble(double number, std::string& out) {
  // The library's own Grisu2: std::to_chars for doubles brings tables of about 100 KB into the wasm
  // build.
  std::array<char, 64> buffer;
  const char* end =
      nlohmann::detail::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), static_cast<size_t>(end - buffer.data()));
}

class Writer {
 public:
  Writer(JsonSpecials& specials, std::string& out) : specials_(specials), out_(out) {}

  Status Write(const Value& value) {
    if (value.is_array()) return WriteArray(value.AsArray());
    if (value.is_object()) return WriteObject(value.AsObject());
    if (value.is_string()) return WriteText(value.AsString());
    if (value.is_int()) return specials_.WriteInteger(value.AsInt(), path_, out_);
    if (value.is_double()) return WriteDouble(value.AsNumber());
    if (value.is_bytes()) return specials_.WriteBytes(value.AsBytes(), path_, out_);
    out_ += value.is_null() ? "null" : value.AsBool() ? "true" : "false";
    return Status::Ok();
  }

 private:
  Status CheckDepth() const {
    if (path_.size() < static_cast<size_t>(kMaxWriteDepth)) return Status::Ok();
    return Status::InvalidArgument("The value is nested deeper than " +
                                   std::to_string(kMaxWriteDepth) + " levels.")
        .With("rule", std::string("depth"));
  }

  Status WriteArray(const Array& array) {
    AV_RETURN_IF_ERROR(CheckDepth());
    out_ += '[';
    for (size_t i = 0; i < array.size(); ++i) {
      if (i > 0) out_ += ',';
      path_.push_back(i);
      AV_RETURN_IF_ERROR(Write(array[i]));
      path_.pop_back();
    }
    out_ += ']';
    return Status::Ok();
  }

  Status WriteObject(const Object& object) {
    AV_RETURN_IF_ERROR(CheckDepth());
    out_ += '{';
    bool first = true;
    for (const Object::Member& member : object) {
      if (!first) out_ += ',';
      first = false;
      AV_RETURN_IF_ERROR(WriteText(member.key));
      out_ += ':';
      path_.push_back(std::string_view(member.key));
      AV_RETURN_IF_ERROR(Write(member.value));
      path_.pop_back();
    }
    out_ += '}';
    return Status::Ok();
  }

  Status WriteText(std::string_view text) {
    if (!IsValidUtf8(text)) return specials_.WriteBrokenText(text, out_);
    AppendJsonString(text, out_);
    return Status::Ok();
  }

  Status WriteDouble(double number) {
    if (!std::isfinite(number)) return specials_.WriteNonFinite(number, out_);
    AppendDouble(number, out_);
    return Status::Ok();
  }

  JsonSpecials& specials_;
  std::string& out_;
  Path path_;
};

}  // namespace

void AppendJsonInteger(int64_t number, std::string& out) {
  std::array<char, 24> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  out.append(buffer.data(), static_cast<size_t>(result.ptr - buffer.data()));
}

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  size_t done = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(done, i - done));
    AppendEscaped(c, out);
    done = i + 1;
  }
  out.append(text.substr(done));
  out += '"';
}

Status WriteJsonWith(const Value& value, JsonSpecials& specials, std::string& out) {
  return Writer(specials, out).Write(value);
}

}  // namespace archivolt
