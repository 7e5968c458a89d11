#include "base/value.h"

#include <algorithm>

namespace archivolt {

Object::Object() = default;
Object::Object(const Object& other) = default;
Object::Object(Object&& other) noexcept = default;
Object& Object::operator=(const Object& other) = default;
Object& Object::operator=(Object&& other) noexcept = default;
Object::~Object() = default;
Object::Object(std::initializer_list<Member> members) : members_(members) {}

const Value* Object::Find(std::string_view key) const {
  for (const Member& member : members_) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

Value* Object::Find(std::string_view key) {
  return const_cast<Value*>(std::as_const(*this).Find(key));
}

Value& Object::Set(std::string key, Value value) {
  if (Value* present = Find(key)) return *present = std::move(value);
  return Append(std::move(key), std::move(value));
}

Value& Object::Append(std::string key, Value value) {
  return members_.emplace_back(Member{std::move(key), std::move(value)}).value;
}

bool Object::Erase(std::string_view key) {
  return std::erase_if(members_, [&](const Member& member) { return member.key == key; }) > 0;
}

bool Object::operator==(const Object& other) const { return members_ == other.members_; }

BytesView Value::AsBytes() const {
  if (const auto* owned = std::get_if<Bytes>(&data_)) return BytesView(*owned);
  return std::get<BytesView>(data_);
}

std::string_view Value::KindName() const {
  if (is_null()) return "null";
  if (is_bool()) return "boolean";
  if (is_int()) return "integer";
  if (is_double()) return "number";
  if (is_string()) return "string";
  if (is_bytes()) return "bytes";
  return is_array() ? "array" : "object";
}

bool Value::operator==(const Value& other) const {
  if (is_bytes() && other.is_bytes()) return std::ranges::equal(AsBytes(), other.AsBytes());
  if (data_.index() != other.data_.index()) return false;
  if (is_null()) return true;
  if (is_bool()) return AsBool() == other.AsBool();
  if (is_int()) return AsInt() == other.AsInt();
  if (is_double()) return AsNumber() == other.AsNumber();
  if (is_string()) return AsString() == other.AsString();
  if (is_array()) return AsArray() == other.AsArray();
  return AsObject() == other.AsObject();
}

}  // namespace archivolt
