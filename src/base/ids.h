// Ids: the UUIDs that rows made here are known by.
//
// Owns the making of UUIDv7 text (RFC 9562) and the check of a UUID's form. The clock and the
// randomness are given, so that tests repeat. Invariant: ids of one IdSource strictly increase as
// text, also within one microsecond and when the clock steps back.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace archivolt {

/// Returns 64 uniformly random bits a call.
using RandomSource = std::function<uint64_t()>;

/// The operating system's cryptographic randomness (in a browser: crypto.getRandomValues).
RandomSource SystemRandom();

class IdSource {
 public:
  /// The clock must outlive the source.
  IdSource(Clock& clock, RandomSource random) : clock_(clock), random_(std::move(random)) {}

  /// A new UUIDv7 in lower case: 48 bits milliseconds, 12 bits fraction of the millisecond, 62
  /// random.
  std::string NewId();

 private:
  Clock& clock_;
  RandomSource random_;
  // Milliseconds << 12 | fraction of the last id; the next one is at least one larger.
  uint64_t last_stamp_ = 0;
};

/// Whether the text is a UUID in lower case: 8-4-4-4-12 hexadecimal digits, of any version.
bool IsUuid(std::string_view text);

}  // namespace archivolt
