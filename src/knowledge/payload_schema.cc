#include "knowledge/payload_schema.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include "base/clock.h"
#include "base/utf.h"
#include "knowledge/request.h"

namespace archivolt {
namespace {

constexpr std::string_view kTypes[] = {"text",  "keyword", "integer",
                                       "float", "boolean", "datetime"};
constexpr size_t kMaxFields = 100;
constexpr size_t kMaxFieldBytes = 400;
constexpr size_t kMaxKeyword = 256;  // UTF-16 units, as JavaScript counts

bool IsOfType(std::string_view type, const Value& value) {
  if (type == "integer") {
    return value.is_int() ||
           (value.is_number() && std::trunc(value.AsNumber()) == value.AsNumber());
  }
  if (type == "float") return value.is_number();
  if (type == "boolean") return value.is_bool();
  if (!value.is_string()) return false;
  if (type == "keyword") return Utf16Length(value.AsString()) <= kMaxKeyword;
  return type != "datetime" || ParseIso8601(value.AsString()).ok();
}

/// What the path leads to, or nullptr. A field whose own name has dots comes first.
const Value* FindField(const Object& payload, std::string_view path) {
  if (const Value* whole = payload.Find(path)) return whole;
  const size_t dot = path.find('.');
  if (dot == std::string_view::npos) return nullptr;
  const Value* outer = payload.Find(path.substr(0, dot));
  return outer != nullptr && outer->is_object() ? FindField(outer->AsObject(), path.substr(dot + 1))
                                                : nullptr;
}

}  // namespace

Status CheckPayloadSchema(const Object& schema) {
  size_t fields = 0;
  for (const auto& [field, type] : schema) {
    std::string_view name = type.is_string() ? std::string_view(type.AsString()) : "";
    if (name.ends_with("[]")) name.remove_suffix(2);
    const bool known = std::find(std::begin(kTypes), std::end(kTypes), name) != std::end(kTypes);
    if (!known || field.empty() || field.size() > kMaxFieldBytes || ++fields > kMaxFields) {
      return BadArgument("payloadSchema",
                         "payloadSchema must name up to 100 fields, each with a type of text, "
                         "keyword, integer, float, boolean, datetime, or one of these with []")
          .With("field", std::string(std::string_view(field).substr(
                             0, FloorToCharacter(field, std::min<size_t>(field.size(), 100)))));
    }
  }
  return Status::Ok();
}

Status CheckPayload(const Object& schema, const Object& payload) {
  for (const auto& [field, type] : schema) {
    const Value* value = FindField(payload, field);
    if (value == nullptr || value->is_null() || !type.is_string()) continue;
    std::string_view item = type.AsString();
    bool fits = true;
    if (item.ends_with("[]")) {
      item.remove_suffix(2);
      fits =
          value->is_array() && std::all_of(value->AsArray().begin(), value->AsArray().end(),
                                           [&](const Value& one) { return IsOfType(item, one); });
    } else {
      fits = IsOfType(item, *value);
    }
    if (!fits) {
      return BadArgument("points", "the payload's field " + std::string(field) + " must be " +
                                       type.AsString() + " by the collection's schema")
          .With("field", std::string(field))
          .With("rule", type.AsString());
    }
  }
  return Status::Ok();
}

}  // namespace archivolt
