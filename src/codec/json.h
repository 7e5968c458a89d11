// JSON text <-> Value. The only folder that knows a JSON library.
//
// Reading is strict RFC 8259: no comments, no trailing commas, no NaN, UTF-8 only. Integers stay
// 64-bit integers, those beyond int64 become doubles; of members with one key the last wins, at the
// first one's place. Writing is compact, escapes what JSON asks for, and prints doubles so that
// they read back as the same double (1.0 stays "1.0"). Errors: INVALID_ARGUMENT with the byte
// position, never with text of the input. Nothing throws.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// Longer input is refused before it is read.
inline constexpr size_t kMaxJsonBytes = size_t{256} * 1024 * 1024;

/// `max_depth`: how many arrays and objects may be open at once. Errors: INVALID_ARGUMENT {byte,
/// rule}.
Result<Value> ParseJson(std::string_view text, int max_depth = 64);

/// Errors: INVALID_ARGUMENT for what JSON cannot hold: bytes, NaN, infinities, invalid UTF-8; and
/// for a value nested deeper than 256.
Result<std::string> WriteJson(const Value& value);

}  // namespace archivolt
