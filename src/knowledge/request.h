// How the services read the members of a request: missing and null are the same, errors name the
// argument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// INVALID_ARGUMENT with the detail {argument}.
Status BadArgument(std::string_view argument, std::string message);

/// The member, or null.
const Value& Member(const Object& request, std::string_view name);

/// A text without NUL and of valid UTF-8, at most `max_bytes`; nothing when missing.
Result<std::optional<std::string>> OptionalText(const Object& request, std::string_view name,
                                                size_t max_bytes);
/// The same, and it must be there and not be empty.
Result<std::string> RequiredText(const Object& request, std::string_view name, size_t max_bytes);

/// A whole number within [low, high]; `fallback` when missing. Doubles without a fraction are
/// accepted.
Result<int64_t> IntegerOr(const Object& request, std::string_view name, int64_t fallback,
                          int64_t low, int64_t high);

/// A finite number of at least 0; `fallback` when missing.
Result<double> WeightOr(const Object& request, std::string_view name, double fallback);

Result<bool> BooleanOr(const Object& request, std::string_view name, bool fallback);

}  // namespace archivolt
