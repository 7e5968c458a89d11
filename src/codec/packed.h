// The boundary format between the core and JavaScript: one JSON text and one byte buffer.
//
// The text is {"v": value, "x": [[path, kind, a, b], ...]}. A place that JSON cannot carry holds
// null in v and has an entry in x; path is the array of keys and indexes that leads there ([] is v
// itself). x is left out when empty.
//   kind "u8":  b bytes at offset a of the buffer
//   kind "f32": b float32, little endian, at offset a, a multiple of 4
//   kind "i64": a is a decimal string, for integers beyond 2^53; b is 0
// Infinities are written as 1e999, which JSON.parse reads as Infinity; NaN, which SQLite cannot
// store, as null. Unpacked bytes are views into the buffer and must not outlive it. Nothing throws.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// Errors: INVALID_ARGUMENT when the text is not of this form, or an entry's path or range does not
/// exist.
Result<Value> Unpack(std::string_view json, BytesView bytes);

struct PackedOut {
  std::string json;
  Bytes bytes;
};

/// Bytes become kind "f32" under a key `vector` or in an array under a key `vectors` (when their
/// length is a multiple of 4), "u8" elsewhere. Invalid UTF-8, which only a foreign database can
/// hold, becomes U+FFFD.
PackedOut Pack(const Value& value);

}  // namespace archivolt
