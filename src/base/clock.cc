#include "base/clock.h"

#include <algorithm>
#include <chrono>

namespace archivolt {
namespace {

constexpr int64_t kMicrosPerSecond = 1000000;
constexpr int64_t kMicrosPerDay = 86400 * kMicrosPerSecond;

bool IsLeapYear(int year) { return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0; }

int DaysInMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

struct TimeParts {
  int year, month, day, hour, minute, second, micros;
};

int64_t DaysSinceEpoch(int year, int month, int day) {
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  return std::chrono::sys_days(date).time_since_epoch().count();
}

TimeParts Split(int64_t micros) {
  micros = std::clamp(micros, kMinMicros, kMaxMicros);
  int64_t days = micros / kMicrosPerDay;
  int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int>(days)))};
  const int seconds = static_cast<int>(rest / kMicrosPerSecond);
  return {static_cast<int>(date.year()),
          static_cast<int>(static_cast<unsigned>(date.month())),
          static_cast<int>(static_cast<unsigned>(date.day())),
          seconds / 3600,
          seconds / 60 % 60,
          seconds % 60,
          static_cast<int>(rest % kMicrosPerSecond)};
}

void AppendDigits(std::string* out, int value, int width) {
  char digits[8];
  for (int i = width - 1; i >= 0; --i, value /= 10) digits[i] = static_cast<char>('0' + value % 10);
  out->append(digits, static_cast<size_t>(width));
}

void AppendDate(std::string* out, const TimeParts& parts) {
  AppendDigits(out, parts.year, 4);
  out->push_back('-');
  AppendDigits(out, parts.month, 2);
  out->push_back('-');
  AppendDigits(out, parts.day, 2);
}

// Takes a text apart from the left; every Take* leaves the reader where it was when it answers
// false.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool done() const { return rest_.empty(); }
  char peek() const { return rest_.empty() ? '\0' : rest_.front(); }

  bool TakeAnyOf(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool TakeNumber(size_t width, int* value) {
    if (rest_.size() < width) return false;
    int number = 0;
    for (char c : rest_.substr(0, width)) {
      if (c < '0' || c > '9') return false;
      number = number * 10 + (c - '0');
    }
    rest_.remove_prefix(width);
    *value = number;
    return true;
  }

  // 1 to 9 digits of a fraction of a second, cut to microseconds.
  bool TakeFraction(int* micros) {
    size_t width = 0;
    while (width < rest_.size() && rest_[width] >= '0' && rest_[width] <= '9') ++width;
    if (width < 1 || width > 9) return false;
    int value = 0;
    for (size_t i = 0; i < 6; ++i) value = value * 10 + (i < width ? rest_[i] - '0' : 0);
    rest_.remove_prefix(width);
    *micros = value;
    return true;
  }

 private:
  std::string_view rest_;
};

bool TakeDate(Reader* reader, TimeParts* parts) {
  return reader->TakeNumber(4, &parts->year) && reader->TakeAnyOf("-") &&
         reader->TakeNumber(2, &parts->month) && reader->TakeAnyOf("-") &&
         reader->TakeNumber(2, &parts->day) && parts->year >= 1 && parts->month >= 1 &&
         parts->month <= 12 && parts->day >= 1 &&
         parts->day <= DaysInMonth(parts->year, parts->month);
}

bool TakeTimeOfDay(Reader* reader, TimeParts* parts) {
  if (!reader->TakeNumber(2, &parts->hour) || !reader->TakeAnyOf(":") ||
      !reader->TakeNumber(2, &parts->minute)) {
    return false;
  }
  if (reader->TakeAnyOf(":")) {
    if (!reader->TakeNumber(2, &parts->second)) return false;
    if (reader->TakeAnyOf(".,") && !reader->TakeFraction(&parts->micros)) return false;
  }
  return parts->hour <= 23 && parts->minute <= 59 && parts->second <= 59;
}

// 'Z', "+02:00", "+0200", "+02" or nothing; the offset in minutes east of UTC.
bool TakeOffset(Reader* reader, int* minutes_east) {
  *minutes_east = 0;
  if (reader->done() || reader->TakeAnyOf("Zz")) return reader->done();
  const int sign = reader->peek() == '-' ? -1 : 1;
  int hours = 0;
  int minutes = 0;
  if (!reader->TakeAnyOf("+-") || !reader->TakeNumber(2, &hours)) return false;
  if (!reader->done()) {
    reader->TakeAnyOf(":");
    if (!reader->TakeNumber(2, &minutes)) return false;
  }
  *minutes_east = sign * (hours * 60 + minutes);
  return reader->done() && hours <= 23 && minutes <= 59;
}

Status NotATime() {
  return Status::InvalidArgument(
      "The text is not a time: write it as 2026-01-30T10:30:00Z or as a day, 2026-01-30.");
}

}  // namespace

int64_t SystemClock::NowMicros() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string FormatMicros(int64_t micros) {
  const TimeParts parts = Split(micros);
  std::string out;
  out.reserve(27);
  AppendDate(&out, parts);
  out.push_back('T');
  AppendDigits(&out, parts.hour, 2);
  out.push_back(':');
  AppendDigits(&out, parts.minute, 2);
  out.push_back(':');
  AppendDigits(&out, parts.second, 2);
  if (parts.micros != 0) {
    out.push_back('.');
    AppendDigits(&out, parts.micros, 6);
  }
  out.push_back('Z');
  return out;
}

std::string FormatDate(int64_t micros) {
  std::string out;
  AppendDate(&out, Split(micros));
  return out;
}

Result<int64_t> ParseIso8601(std::string_view text) {
  Reader reader(text);
  TimeParts parts{};
  int minutes_east = 0;
  if (!TakeDate(&reader, &parts)) return NotATime();
  if (!reader.done()) {
    if (!reader.TakeAnyOf("Tt ") || !TakeTimeOfDay(&reader, &parts) ||
        !TakeOffset(&reader, &minutes_east)) {
      return NotATime();
    }
  }
  const int64_t seconds = DaysSinceEpoch(parts.year, parts.month, parts.day) * 86400 +
                          parts.hour * 3600 + parts.minute * 60 + parts.second - minutes_east * 60;
  const int64_t micros = seconds * kMicrosPerSecond + parts.micros;
  if (micros < kMinMicros || micros > kMaxMicros) {
    return Status::InvalidArgument("The time lies outside of the years 0001 to 9999 UTC.");
  }
  return micros;
}

bool IsCalendarDate(std::string_view text) {
  Reader reader(text);
  TimeParts parts{};
  return TakeDate(&reader, &parts) && reader.done();
}

}  // namespace archivolt
