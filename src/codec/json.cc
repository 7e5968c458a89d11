#include "codec/json.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

// The library's SAX parser alone: its document model would cost more than the parser itself.
#define JSON_NO_IO
#include <nlohmann/json.hpp>

#include "base/utf.h"
#include "codec/json_writer.h"

namespace archivolt {
namespace {

// Below this many members comparing each with each is faster than sorting.
constexpr size_t kFewMembers = 16;

Status BadJson(std::string_view what, size_t byte, std::string_view rule) {
  std::string message = "The text is not valid JSON: ";
  message.append(what).append(" at byte ").append(std::to_string(byte)).append(".");
  return Status::InvalidArgument(std::move(message))
      .With("byte", static_cast<int64_t>(byte))
      .With("rule", std::string(rule));
}

// For each member the index of the last one with the same key, or empty when all keys differ.
std::vector<size_t> LastOfEqualKeys(const Object& object) {
  const Object::Member* members = object.begin();
  const size_t count = object.size();
  bool repeated = false;
  std::vector<size_t> order;
  if (count <= kFewMembers) {
    for (size_t i = 1; i < count && !repeated; ++i) {
      for (size_t j = 0; j < i && !repeated; ++j) repeated = members[i].key == members[j].key;
    }
    if (!repeated) return {};
  }
  order.resize(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const int compared = members[a].key.compare(members[b].key);
    return compared != 0 ? compared < 0 : a < b;
  });
  std::vector<size_t> last(count);
  for (size_t i = 0; i < count;) {
    size_t end = i + 1;
    while (end < count && members[order[end]].key == members[order[i]].key) ++end;
    repeated = repeated || end - i > 1;
    for (size_t k = i; k < end; ++k) last[order[k]] = order[end - 1];
    i = end;
  }
  return repeated ? last : std::vector<size_t>();
}

void KeepLastOfEqualKeys(Object& object) {
  const std::vector<size_t> last = LastOfEqualKeys(object);
  if (last.empty()) return;
  Object kept;
  std::vector<bool> taken(last.size(), false);
  for (size_t i = 0; i < last.size(); ++i) {
    if (taken[last[i]]) continue;
    taken[last[i]] = true;
    Object::Member& member = object.begin()[last[i]];
    kept.Append(std::move(member.key), std::move(member.value));
  }
  object = std::move(kept);
}

// Builds the Value. Open arrays and objects stand on a stack and are moved into their parent when
// they close.
class Builder {
 public:
  using number_integer_t = int64_t;
  using number_unsigned_t = uint64_t;
  using number_float_t = double;
  using string_t = std::string;
  using binary_t = std::vector<uint8_t>;

  explicit Builder(int max_depth) : max_depth_(static_cast<size_t>(std::max(max_depth, 0))) {}

  bool null() { return Add(Value()); }
  bool boolean(bool value) { return Add(Value(value)); }
  bool number_integer(int64_t value) { return Add(Value(value)); }
  bool number_unsigned(uint64_t value) {
    if (value <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Add(Value(static_cast<int64_t>(value)));
    }
    return Add(Value(static_cast<double>(value)));
  }
  bool number_float(double value, const std::string&) { return Add(Value(value)); }
  bool string(std::string& value) { return Add(Value(std::move(value))); }
  bool binary(std::vector<uint8_t>&) { return false; }

  bool start_object(size_t) { return Open(Value(Object())); }
  bool end_object() {
    KeepLastOfEqualKeys(open_.back().value.AsObject());
    return CloseTop();
  }
  bool start_array(size_t) { return Open(Value(Array())); }
  bool end_array() { return CloseTop(); }
  bool key(std::string& value) {
    open_.back().key = std::move(value);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const nlohmann::detail::exception& error) {
    const bool range = error.id == 406;
    status_ = range ? BadJson("a number is too large", position, "range")
                    : BadJson("something unexpected stands", position, "json");
    return false;
  }

  Status TakeStatus() { return std::move(status_); }
  Value TakeRoot() { return std::move(root_); }

 private:
  struct Container {
    Value value;
    std::string key;  // Of the member that is being read.
  };

  bool Open(Value value) {
    if (open_.size() >= max_depth_) {
      status_ = Status::InvalidArgument("The JSON text is nested deeper than " +
                                        std::to_string(max_depth_) + " levels.")
                    .With("rule", std::string("depth"));
      return false;
    }
    open_.push_back(Container{std::move(value), {}});
    return true;
  }

  bool CloseTop() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    return Add(std::move(value));
  }

  bool Add(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
    } else if (Container& top = open_.back(); top.value.is_array()) {
      top.value.AsArray().push_back(std::move(value));
    } else {
      top.value.AsObject().Append(std::move(top.key), std::move(value));
    }
    return true;
  }

  size_t max_depth_;
  std::vector<Container> open_;
  Value root_;
  Status status_;
};

class StrictSpecials final : public JsonSpecials {
 public:
  Status WriteBytes(BytesView, const Path&, std::string&) override { return Refuse("bytes"); }
  Status WriteInteger(int64_t number, const Path&, std::string& out) override {
    AppendJsonInteger(number, out);
    return Status::Ok();
  }
  Status WriteNonFinite(double, std::string&) override { return Refuse("NaN or an infinity"); }
  Status WriteBrokenText(std::string_view, std::string&) override {
    return Refuse("text that is not valid UTF-8");
  }

 private:
  static Status Refuse(std::string_view what) {
    return Status::InvalidArgument("JSON cannot hold " + std::string(what) + ".")
        .With("rule", std::string("json"));
  }
};

}  // namespace

Result<Value> ParseJson(std::string_view text, int max_depth) {
  if (text.size() > kMaxJsonBytes) {
    return Status::InvalidArgument("The JSON text is longer than " + std::to_string(kMaxJsonBytes) +
                                   " bytes.")
        .With("rule", std::string("length"));
  }
  // The library skips a byte order mark; RFC 8259 lets a parser refuse it, and SQLite's json_valid
  // does.
  if (text.starts_with("\xEF\xBB\xBF")) return BadJson("a byte order mark stands", 0, "json");
  // The library takes a NUL after the value for the end of the text.
  if (const size_t nul = text.find('\0'); nul != std::string_view::npos) {
    return BadJson("a NUL character stands", nul, "json");
  }
  try {
    Builder builder(max_depth);
    const char* begin = text.data();
    if (nlohmann::json::sax_parse(begin, begin + text.size(), &builder)) return builder.TakeRoot();
    Status status = builder.TakeStatus();
    return status.ok() ? BadJson("something unexpected stands", 0, "json") : status;
  } catch (const std::bad_alloc&) {
    return Status(ErrorCode::OUT_OF_MEMORY, "There is not enough memory to read the JSON text.");
  }
}

Result<std::string> WriteJson(const Value& value) {
  StrictSpecials specials;
  std::string out;
  AV_RETURN_IF_ERROR(WriteJsonWith(value, specials, out));
  return out;
}

}  // namespace archivolt
