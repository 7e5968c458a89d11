#include "workspace/arguments.h"

namespace archivolt {
namespace {

Status WrongKind(std::string_view name, std::string_view expected, const Value& got) {
  return Status::InvalidArgument("The argument " + std::string(name) + " must be " +
                                 std::string(expected) + ", not " + std::string(got.KindName()) +
                                 ".")
      .With("argument", std::string(name));
}

}  // namespace

const Value& Argument(const Object& params, std::string_view name) {
  static const Value kMissing;
  const Value* found = params.Find(name);
  return found == nullptr ? kMissing : *found;
}

Result<std::string> TextArgument(const Object& params, std::string_view name) {
  const Value& value = Argument(params, name);
  if (!value.is_string()) return WrongKind(name, "a text", value);
  return value.AsString();
}

Result<std::string> TextOrEmpty(const Object& params, std::string_view name) {
  if (Argument(params, name).is_null()) return std::string();
  return TextArgument(params, name);
}

Result<std::optional<int64_t>> SecondsArgument(const Object& params, std::string_view name) {
  constexpr double kTenYears = 10.0 * 366 * 86'400;
  const Value& value = Argument(params, name);
  if (value.is_null()) return std::optional<int64_t>();
  if (!value.is_number()) return WrongKind(name, "a number of seconds", value);
  const double micros = value.AsNumber() * 1e6;
  if (!(micros >= 1 && value.AsNumber() <= kTenYears)) {
    return Status::InvalidArgument("The argument " + std::string(name) +
                                   " must be above 0 seconds and at most ten years.")
        .With("argument", std::string(name));
  }
  return std::optional(static_cast<int64_t>(micros));
}

Result<const Array*> ArrayArgument(const Object& params, std::string_view name) {
  const Value& value = Argument(params, name);
  if (!value.is_array()) return WrongKind(name, "an array", value);
  return &value.AsArray();
}

Result<const Object*> ObjectArgument(const Object& params, std::string_view name) {
  const Value& value = Argument(params, name);
  if (!value.is_object()) return WrongKind(name, "an object", value);
  return &value.AsObject();
}

Result<BytesView> BytesArgument(const Object& params, std::string_view name) {
  const Value& value = Argument(params, name);
  if (!value.is_bytes()) return WrongKind(name, "bytes", value);
  return value.AsBytes();
}

Result<int64_t> IntegerArgument(const Object& params, std::string_view name, int64_t fallback,
                                int64_t low, int64_t high) {
  const Value& value = Argument(params, name);
  if (value.is_null()) return fallback;
  if (!value.is_int()) return WrongKind(name, "an integer", value);
  if (value.AsInt() < low || value.AsInt() > high) {
    return Status::InvalidArgument("The argument " + std::string(name) + " must be from " +
                                   std::to_string(low) + " to " + std::to_string(high) + ".")
        .With("argument", std::string(name));
  }
  return value.AsInt();
}

Result<bool> BooleanArgument(const Object& params, std::string_view name, bool fallback) {
  const Value& value = Argument(params, name);
  if (value.is_null()) return fallback;
  if (!value.is_bool()) return WrongKind(name, "a boolean", value);
  return value.AsBool();
}

}  // namespace archivolt
