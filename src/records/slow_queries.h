// SlowQueries: which statements of callers took long, and how often.
//
// Owns the list, in memory alone: texts as they were given, never parameters. At most kMaxDistinct
// of them; the quickest makes room for a slower one. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/value.h"

namespace archivolt {

class SlowQueries {
 public:
  static constexpr size_t kMaxDistinct = 100;
  /// Of one text, in bytes.
  static constexpr size_t kMaxText = 2000;
  static constexpr int64_t kDefaultMillis = 1000;

  explicit SlowQueries(Clock& clock) : clock_(clock) {}

  int64_t Now() { return clock_.NowMicros(); }
  /// A statement that takes at least so long is slow.
  void SetThreshold(int64_t millis) { threshold_ = millis; }
  /// [{sql, count, maxMs}], slowest first.
  Array List() const;
  /// [{sql, ms}] since the last time this was asked, at most kMaxDistinct.
  Array TakeNew();

  /// What happens in this block is one statement. `sql` must outlive it.
  class Timing {
   public:
    Timing(SlowQueries* log, std::string_view sql)
        : log_(log), sql_(sql), start_(log == nullptr ? 0 : log->clock_.NowMicros()) {}
    ~Timing() {
      if (log_ != nullptr) log_->Took(sql_, log_->clock_.NowMicros() - start_);
    }
    Timing(const Timing&) = delete;
    Timing& operator=(const Timing&) = delete;

   private:
    SlowQueries* log_;
    std::string_view sql_;
    int64_t start_;
  };

 private:
  void Took(std::string_view sql, int64_t micros) noexcept;

  struct Entry {
    std::string sql;
    int64_t count;
    double max_ms;
  };
  Clock& clock_;
  int64_t threshold_ = kDefaultMillis;
  std::vector<Entry> entries_;
  Array fresh_;
};

}  // namespace archivolt
