#include "codec/packed.h"

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include "base/utf.h"
#include "codec/json.h"
#include "codec/json_writer.h"

namespace archivolt {
namespace {

// Room for the wrapper, the call and its rows around a JSON column.
constexpr int kMaxPackedDepth = 128;
constexpr int64_t kMaxSafeInteger = (int64_t{1} << 53) - 1;

Status BadEntry(size_t index, std::string_view what) {
  std::string message = "Entry ";
  message.append(std::to_string(index)).append(" of x ").append(what).append(".");
  return Status::InvalidArgument(std::move(message))
      .With("entry", static_cast<int64_t>(index))
      .With("rule", std::string("packed"));
}

// The place that the path names, or nullptr.
Value* Walk(Value& root, const Array& path) {
  Value* at = &root;
  for (const Value& step : path) {
    if (step.is_string() && at->is_object()) {
      at = at->AsObject().Find(step.AsString());
    } else if (step.is_int() && at->is_array() && step.AsInt() >= 0 &&
               static_cast<uint64_t>(step.AsInt()) < at->AsArray().size()) {
      at = &at->AsArray()[static_cast<size_t>(step.AsInt())];
    } else {
      return nullptr;
    }
    if (at == nullptr) return nullptr;
  }
  return at;
}

// The bytes [offset, offset + count * width), or nothing when they do not exist.
std::optional<BytesView> Slice(BytesView bytes, const Value& offset, const Value& count,
                               size_t width) {
  if (!offset.is_int() || !count.is_int() || offset.AsInt() < 0 || count.AsInt() < 0) return {};
  const uint64_t from = static_cast<uint64_t>(offset.AsInt());
  const uint64_t elements = static_cast<uint64_t>(count.AsInt());
  if (from % width != 0 || from > bytes.size() || elements > (bytes.size() - from) / width)
    return {};
  return bytes.subspan(static_cast<size_t>(from), static_cast<size_t>(elements) * width);
}

std::optional<int64_t> ReadDecimal(const Value& value) {
  if (!value.is_string()) return {};
  const std::string& text = value.AsString();
  int64_t number = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), number);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return {};
  return number;
}

Status PutEntry(Value& root, const Value& entry, size_t index, BytesView bytes) {
  if (!entry.is_array() || entry.AsArray().size() != 4 || !entry.AsArray()[0].is_array() ||
      !entry.AsArray()[1].is_string()) {
    return BadEntry(index, "is not of the form [path, kind, a, b]");
  }
  const Array& parts = entry.AsArray();
  Value* place = Walk(root, parts[0].AsArray());
  if (place == nullptr) return BadEntry(index, "names a path that does not exist");
  if (!place->is_null()) return BadEntry(index, "names a place that is not null");

  const std::string& kind = parts[1].AsString();
  if (kind == "u8" || kind == "f32") {
    const std::optional<BytesView> slice = Slice(bytes, parts[2], parts[3], kind == "u8" ? 1 : 4);
    if (!slice) return BadEntry(index, "names bytes outside the buffer, or not aligned");
    *place = Value(*slice);
    return Status::Ok();
  }
  if (kind == "i64") {
    const std::optional<int64_t> number = ReadDecimal(parts[2]);
    if (!number) return BadEntry(index, "is not a decimal integer of 64 bits");
    *place = Value(*number);
    return Status::Ok();
  }
  return BadEntry(index, "is of an unknown kind");
}

bool IsVectorPlace(const Path& path) {
  if (path.empty()) return false;
  const auto key_at = [&](size_t index) {
    const std::string_view* key = std::get_if<std::string_view>(&path[index]);
    return key == nullptr ? std::string_view() : *key;
  };
  if (key_at(path.size() - 1) == "vector") return true;
  return path.size() >= 2 && std::holds_alternative<size_t>(path.back()) &&
         key_at(path.size() - 2) == "vectors";
}

// Writes v, and x and the buffer beside it.
class PackSpecials final : public JsonSpecials {
 public:
  explicit PackSpecials(Bytes& bytes) : bytes_(bytes) {}

  Status WriteBytes(BytesView bytes, const Path& path, std::string& out) override {
    out += "null";
    const bool floats = bytes.size() % 4 == 0 && IsVectorPlace(path);
    if (floats) bytes_.resize((bytes_.size() + 3) / 4 * 4);
    StartEntry(path, floats ? "f32" : "u8");
    AppendJsonInteger(static_cast<int64_t>(bytes_.size()), entries_);
    entries_ += ',';
    AppendJsonInteger(static_cast<int64_t>(floats ? bytes.size() / 4 : bytes.size()), entries_);
    entries_ += ']';
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return Status::Ok();
  }

  Status WriteInteger(int64_t number, const Path& path, std::string& out) override {
    if (number >= -kMaxSafeInteger && number <= kMaxSafeInteger) {
      AppendJsonInteger(number, out);
      return Status::Ok();
    }
    out += "null";
    StartEntry(path, "i64");
    entries_ += '"';
    AppendJsonInteger(number, entries_);
    entries_ += "\",0]";
    return Status::Ok();
  }

  Status WriteNonFinite(double number, std::string& out) override {
    out += std::isnan(number) ? "null" : number > 0 ? "1e999" : "-1e999";
    return Status::Ok();
  }

  Status WriteBrokenText(std::string_view text, std::string& out) override {
    AppendJsonString(Repaired(text), out);
    return Status::Ok();
  }

  const std::string& entries() const { return entries_; }

 private:
  static std::string Repaired(std::string_view text) {
    std::string repaired;
    for (size_t at = 0; at < text.size();) {
      const DecodedChar decoded = DecodeUtf8(text, at);
      AppendUtf8(repaired, decoded.value);
      at += decoded.length;
    }
    return repaired;
  }

  void StartEntry(const Path& path, std::string_view kind) {
    entries_ += entries_.empty() ? "[[" : ",[[";
    for (size_t i = 0; i < path.size(); ++i) {
      if (i > 0) entries_ += ',';
      if (const size_t* index = std::get_if<size_t>(&path[i])) {
        AppendJsonInteger(static_cast<int64_t>(*index), entries_);
      } else {
        const std::string_view key = std::get<std::string_view>(path[i]);
        AppendJsonString(IsValidUtf8(key) ? std::string(key) : Repaired(key), entries_);
      }
    }
    entries_.append("],\"").append(kind).append("\",");
  }

  Bytes& bytes_;
  std::string entries_;
};

}  // namespace

Result<Value> Unpack(std::string_view json, BytesView bytes) {
  AV_ASSIGN_OR_RETURN(Value parsed, ParseJson(json, kMaxPackedDepth));
  Value* value = parsed.is_object() ? parsed.AsObject().Find("v") : nullptr;
  if (value == nullptr) {
    return Status::InvalidArgument("A packed value is an object with the member v.")
        .With("rule", std::string("packed"));
  }
  if (const Value* entries = parsed.AsObject().Find("x"); entries != nullptr) {
    if (!entries->is_array()) {
      return Status::InvalidArgument("The member x of a packed value is an array.")
          .With("rule", std::string("packed"));
    }
    for (size_t i = 0; i < entries->AsArray().size(); ++i) {
      AV_RETURN_IF_ERROR(PutEntry(*value, entries->AsArray()[i], i, bytes));
    }
  }
  return std::move(*value);
}

PackedOut Pack(const Value& value) {
  PackedOut packed;
  PackSpecials specials(packed.bytes);
  packed.json = "{\"v\":";
  const Status status = WriteJsonWith(value, specials, packed.json);
  if (!status.ok()) {
    // Not reached with values that were read by this codec: they nest less deeply than the writer
    // allows.
    return PackedOut{"{\"v\":null}", {}};
  }
  if (!specials.entries().empty())
    packed.json.append(",\"x\":[").append(specials.entries()).append("]");
  packed.json += '}';
  return packed;
}

}  // namespace archivolt
