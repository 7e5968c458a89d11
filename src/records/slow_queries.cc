#include "records/slow_queries.h"

#include <algorithm>
#include <new>
#include <utility>

#include "base/utf.h"

namespace archivolt {

void SlowQueries::Took(std::string_view sql, int64_t micros) noexcept {
  if (micros < threshold_ * 1000) return;
  const double ms = static_cast<double>(micros) / 1000;
  try {
    std::string text(sql.substr(0, FloorToCharacter(sql, std::min(sql.size(), kMaxText))));
    if (fresh_.size() < kMaxDistinct) fresh_.emplace_back(Object{{"sql", text}, {"ms", ms}});
    for (Entry& entry : entries_) {
      if (entry.sql != text) continue;
      ++entry.count;
      entry.max_ms = std::max(entry.max_ms, ms);
      return;
    }
    if (entries_.size() < kMaxDistinct) {
      entries_.push_back({std::move(text), 1, ms});
      return;
    }
    Entry& quickest = *std::ranges::min_element(entries_, {}, &Entry::max_ms);
    if (quickest.max_ms < ms) quickest = {std::move(text), 1, ms};
  } catch (const std::bad_alloc&) {
    // The statement itself has its answer; only its mention is lost.
  }
}

Array SlowQueries::List() const {
  std::vector<Entry> sorted = entries_;
  std::ranges::sort(sorted, std::greater<>(), &Entry::max_ms);
  Array out;
  for (Entry& entry : sorted) {
    out.emplace_back(
        Object{{"sql", std::move(entry.sql)}, {"count", entry.count}, {"maxMs", entry.max_ms}});
  }
  return out;
}

Array SlowQueries::TakeNew() { return std::exchange(fresh_, Array()); }

}  // namespace archivolt
