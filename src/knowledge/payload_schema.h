// Payload schemas: which kinds of values the points of a collection carry.
//
// {field: type}, a field being a name or a dotted path into nested objects, a type one of text,
// keyword (a text of at most 256 characters), integer, float, boolean, datetime (ISO-8601), or one
// of these with [] for an array of them. Fields may be missing or null, and there may be others.
// Errors: INVALID_ARGUMENT {argument, field, rule}.
#pragma once

#include <string>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// Checks a schema as given. At most 100 fields.
Status CheckPayloadSchema(const Object& schema);

/// Checks one point's payload. REQUIRES: a checked schema.
Status CheckPayload(const Object& schema, const Object& payload);

}  // namespace archivolt
