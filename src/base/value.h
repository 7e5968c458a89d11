// Value: the one dynamic value of the core, what rows, JSON columns and call arguments are made of.
//
// Owns its content, except BytesView, which refers to the bytes of the call it came with and must
// not outlive that call. Objects keep their order of insertion. Integers are 64 bits and stay
// integers. Knows no JSON text (codec/json.h) and no SQLite (storage/).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace archivolt {

class Value;
using Bytes = std::vector<uint8_t>;
using BytesView = std::span<const uint8_t>;
using Array = std::vector<Value>;

/// A JSON object: members in order of insertion, looked up linearly (objects here are small).
class Object {
 public:
  struct Member;

  // Out of line, since Member holds a Value and Value holds an Object.
  Object();
  Object(std::initializer_list<Member> members);
  Object(const Object& other);
  Object(Object&& other) noexcept;
  Object& operator=(const Object& other);
  Object& operator=(Object&& other) noexcept;
  ~Object();

  /// The member's value, or nullptr.
  const Value* Find(std::string_view key) const;
  Value* Find(std::string_view key);
  /// Adds the member or replaces its value.
  Value& Set(std::string key, Value value);
  /// Adds a member without looking for an earlier one. REQUIRES: key is not present.
  Value& Append(std::string key, Value value);
  bool Erase(std::string_view key);

  size_t size() const;
  bool empty() const { return size() == 0; }
  const Member* begin() const;
  const Member* end() const;
  Member* begin();
  Member* end();
  bool operator==(const Object& other) const;

 private:
  std::vector<Member> members_;
};

class Value {
 public:
  Value() = default;
  Value(std::nullptr_t) {}                               // NOLINT: implicit by design, as below
  Value(bool v) : data_(v) {}                            // NOLINT
  Value(int v) : data_(static_cast<int64_t>(v)) {}       // NOLINT
  Value(int64_t v) : data_(v) {}                         // NOLINT
  Value(uint32_t v) : data_(static_cast<int64_t>(v)) {}  // NOLINT
  Value(double v) : data_(v) {}                          // NOLINT
  Value(std::string v) : data_(std::move(v)) {}          // NOLINT
  Value(std::string_view v) : data_(std::string(v)) {}   // NOLINT
  Value(const char* v) : data_(std::string(v)) {}        // NOLINT
  Value(Bytes v) : data_(std::move(v)) {}                // NOLINT
  Value(BytesView v) : data_(v) {}                       // NOLINT
  Value(Array v) : data_(std::move(v)) {}                // NOLINT
  Value(Object v) : data_(std::move(v)) {}               // NOLINT

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_bool() const { return std::holds_alternative<bool>(data_); }
  bool is_int() const { return std::holds_alternative<int64_t>(data_); }
  bool is_double() const { return std::holds_alternative<double>(data_); }
  bool is_number() const { return is_int() || is_double(); }
  bool is_string() const { return std::holds_alternative<std::string>(data_); }
  bool is_bytes() const {
    return std::holds_alternative<Bytes>(data_) || std::holds_alternative<BytesView>(data_);
  }
  bool is_array() const { return std::holds_alternative<Array>(data_); }
  bool is_object() const { return std::holds_alternative<Object>(data_); }

  // REQUIRES for each: the value is of that kind.
  bool AsBool() const { return std::get<bool>(data_); }
  int64_t AsInt() const { return std::get<int64_t>(data_); }
  /// An int or a double, as a double.
  double AsNumber() const {
    return is_int() ? static_cast<double>(AsInt()) : std::get<double>(data_);
  }
  const std::string& AsString() const { return std::get<std::string>(data_); }
  BytesView AsBytes() const;
  const Array& AsArray() const { return std::get<Array>(data_); }
  Array& AsArray() { return std::get<Array>(data_); }
  const Object& AsObject() const { return std::get<Object>(data_); }
  Object& AsObject() { return std::get<Object>(data_); }

  /// "null", "boolean", "integer", "number", "string", "bytes", "array" or "object": for messages.
  std::string_view KindName() const;

  /// Deep equality; 1 and 1.0 differ, owned and viewed bytes with the same content are equal.
  bool operator==(const Value& other) const;

 private:
  std::variant<std::monostate, bool, int64_t, double, std::string, Bytes, BytesView, Array, Object>
      data_;
};

struct Object::Member {
  std::string key;
  Value value;
  bool operator==(const Member& other) const = default;
};

inline size_t Object::size() const { return members_.size(); }
inline const Object::Member* Object::begin() const { return members_.data(); }
inline const Object::Member* Object::end() const { return members_.data() + members_.size(); }
inline Object::Member* Object::begin() { return members_.data(); }
inline Object::Member* Object::end() { return members_.data() + members_.size(); }

}  // namespace archivolt
