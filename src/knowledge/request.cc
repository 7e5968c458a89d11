#include "knowledge/request.h"

#include <cmath>
#include <utility>

#include "base/utf.h"

namespace archivolt {

Status BadArgument(std::string_view argument, std::string message) {
  return Status::InvalidArgument(std::move(message)).With("argument", std::string(argument));
}

const Value& Member(const Object& request, std::string_view name) {
  static const Value kNull;
  const Value* found = request.Find(name);
  return found == nullptr ? kNull : *found;
}

Result<std::optional<std::string>> OptionalText(const Object& request, std::string_view name,
                                                size_t max_bytes) {
  const Value& value = Member(request, name);
  if (value.is_null()) return std::optional<std::string>();
  const std::string title(name);
  if (!value.is_string()) return BadArgument(name, title + " must be a text");
  const std::string& text = value.AsString();
  if (text.size() > max_bytes) {
    return BadArgument(name, title + " must have at most " + std::to_string(max_bytes) + " bytes");
  }
  if (text.find('\0') != std::string::npos)
    return BadArgument(name, title + " must not contain NUL characters");
  if (!IsValidUtf8(text)) return BadArgument(name, title + " is not valid UTF-8");
  return std::optional<std::string>(text);
}

Result<std::string> RequiredText(const Object& request, std::string_view name, size_t max_bytes) {
  AV_ASSIGN_OR_RETURN(std::optional<std::string> text, OptionalText(request, name, max_bytes));
  if (!text || text->empty())
    return BadArgument(name, std::string(name) + " must be given and not be empty");
  return std::move(*text);
}

Result<int64_t> IntegerOr(const Object& request, std::string_view name, int64_t fallback,
                          int64_t low, int64_t high) {
  const Value& value = Member(request, name);
  if (value.is_null()) return fallback;
  std::optional<int64_t> number;
  if (value.is_int()) {
    number = value.AsInt();
  } else if (value.is_double() && std::nearbyint(value.AsNumber()) == value.AsNumber() &&
             std::fabs(value.AsNumber()) < 9e15) {
    number = static_cast<int64_t>(value.AsNumber());
  }
  if (!number || *number < low || *number > high) {
    return BadArgument(name, std::string(name) + " must be a whole number from " +
                                 std::to_string(low) + " to " + std::to_string(high));
  }
  return *number;
}

Result<double> WeightOr(const Object& request, std::string_view name, double fallback) {
  const Value& value = Member(request, name);
  if (value.is_null()) return fallback;
  if (!value.is_number() || !std::isfinite(value.AsNumber()) || value.AsNumber() < 0) {
    return BadArgument(name, std::string(name) + " must be a number of at least 0");
  }
  return value.AsNumber();
}

Result<bool> BooleanOr(const Object& request, std::string_view name, bool fallback) {
  const Value& value = Member(request, name);
  if (value.is_null()) return fallback;
  if (!value.is_bool()) return BadArgument(name, std::string(name) + " must be true or false");
  return value.AsBool();
}

}  // namespace archivolt
