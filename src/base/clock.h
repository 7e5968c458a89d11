// Time: the clock that services are given, and the text form of the core's times.
//
// Owns the Clock interface, the system's clock and the conversion between microseconds since
// 1970-01-01T00:00:00Z (what tables store) and ISO 8601 text (what callers see). Knows no time
// zones beyond a fixed offset in the text and no leap seconds. Years 0001 to 9999, proleptic
// Gregorian.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"

namespace archivolt {

class Clock {
 public:
  virtual ~Clock() = default;
  /// Microseconds since 1970 UTC. May repeat and may step back when the user sets the clock.
  virtual int64_t NowMicros() = 0;
};

/// The operating system's (in a browser: the page's) wall clock.
class SystemClock final : public Clock {
 public:
  int64_t NowMicros() override;
};

/// 0001-01-01T00:00:00Z and 9999-12-31T23:59:59.999999Z, the range that has a text form.
inline constexpr int64_t kMinMicros = -62135596800000000;
inline constexpr int64_t kMaxMicros = 253402300799999999;

/// "2026-01-30T10:30:00.123456Z"; no fraction at all when it is zero: "2026-01-30T10:30:00Z".
/// A time outside kMinMicros..kMaxMicros is shown as the nearest of the two.
std::string FormatMicros(int64_t micros);

/// "2026-01-30": the UTC day of the time, clamped as above.
std::string FormatDate(int64_t micros);

/// Microseconds since 1970 UTC of an ISO 8601 text:
///   date "2026-01-30" (midnight UTC), or date, 'T' (or 't' or one space), "10:30" or "10:30:00"
///   with a fraction of 1 to 9 digits after '.' or ',' (digits beyond the sixth are cut off), and
///   then 'Z', an offset "+02:00", "+0200" or "+02", or nothing, which means UTC.
/// INVALID_ARGUMENT for anything else: a month 13, February 30, hour 24, second 60, an offset
/// beyond 23:59, a time that leaves the years 0001 to 9999, text before or after.
Result<int64_t> ParseIso8601(std::string_view text);

/// Whether the text is a calendar day in the form "YYYY-MM-DD" and nothing more.
bool IsCalendarDate(std::string_view text);

}  // namespace archivolt
