// PayloadFilter: decides whether a JSON payload meets a condition of the Where form.
//
// {field: value} is eq; {field: {eq|ne|lt|lte|gt|gte|in|has|contains: operand}}; {and: [...]}, {or: [...]},
// {not: {...}}; several members of one object must all hold. "a.b" looks inside objects.
// Values of different kinds are unequal and never ordered; a missing field is null. `has` looks for an element of
// an array, `contains` for a part of a text, without case.
// Errors: INVALID_ARGUMENT for an unknown operator, a wrong operand or nesting beyond 32.
#pragma once

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// Checks the form once, so that Matches cannot fail.
Status ValidatePayloadFilter(const Value& filter);

/// REQUIRES: ValidatePayloadFilter(filter) was ok. A null filter matches everything.
bool PayloadMatches(const Value& filter, const Value& payload);

}  // namespace archivolt
