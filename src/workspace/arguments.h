// How the façade reads the members of a call's parameters: one way, one wording of the errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// The member as it is, or null when it is missing. The reference lives as long as `params`.
const Value& Argument(const Object& params, std::string_view name);

/// A text that must be there. INVALID_ARGUMENT with the detail `argument` otherwise.
Result<std::string> TextArgument(const Object& params, std::string_view name);

/// A text; "" when it is missing or null.
Result<std::string> TextOrEmpty(const Object& params, std::string_view name);

/// Seconds above 0, fractions included, as microseconds; nothing when missing or null. What is
/// longer than ten years is refused.
Result<std::optional<int64_t>> SecondsArgument(const Object& params, std::string_view name);

/// An array that must be there; the pointer lives as long as `params`.
Result<const Array*> ArrayArgument(const Object& params, std::string_view name);

/// An object that must be there; the pointer lives as long as `params`.
Result<const Object*> ObjectArgument(const Object& params, std::string_view name);

/// Bytes that must be there; the view lives as long as the call.
Result<BytesView> BytesArgument(const Object& params, std::string_view name);

/// An integer within [low, high]; `fallback` when it is missing or null.
Result<int64_t> IntegerArgument(const Object& params, std::string_view name, int64_t fallback,
                                int64_t low, int64_t high);

/// A boolean; `fallback` when it is missing or null.
Result<bool> BooleanArgument(const Object& params, std::string_view name, bool fallback);

}  // namespace archivolt
