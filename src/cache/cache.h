// CacheService: values with an end, and counters of requests, kept in the database.
//
// Owns the rows of cache_entries and rate_limits: when they end, how many there may be and which go
// first. Does not know what a value means: it is JSON text. Invariants: 1. what has ended is never
// answered; 2. above a limit the entries that were longest unused go, until a tenth of the limit is
// free; 3. what has ended is removed by the first write after each minute. A use is noted at most
// once a minute, so that reading seldom writes. Durability: each writing call is one transaction;
// neither table is audited. Errors: INVALID_ARGUMENT {argument}, FAILED_PRECONDITION (a value that
// is not a whole number is counted).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "storage/database.h"
#include "storage/transaction.h"

namespace archivolt {

struct CacheLimits {
  int64_t entries = 10'000;
  int64_t bytes = int64_t{64} * 1024 * 1024;       ///< of all keys and values
  int64_t value_bytes = int64_t{4} * 1024 * 1024;  ///< of one value as JSON text
};

class CacheService {
 public:
  /// Both must outlive the service.
  CacheService(Database& database, Clock& clock, CacheLimits limits = {})
      : database_(database), clock_(clock), limits_(limits) {}

  /// Keys have 1 to kMaxKeyBytes bytes. `namespace_name` "": what stands before the first ':' of
  /// the key, or 'default'. `ttl_micros`: how long it lives; without one 3600 s in 'session', 60 s
  /// in 'rate_limit', 300 s in 'bmad_cache' and 3600 s elsewhere.
  Status Set(std::string_view key, std::string_view json, std::string_view namespace_name,
             std::optional<int64_t> ttl_micros);

  /// {json} or, for a plain text of another system, {text}; null when there is none. A key
  /// rate_limit:{subject}:{endpoint} that is no entry answers the hits of its window.
  Result<Value> Get(std::string_view key);

  /// False when there was none. A key rate_limit:{subject}:{endpoint} ends that window as well.
  Result<bool> Delete(std::string_view key);

  /// Adds to a whole number and answers the sum; a missing entry counts as 0 and is made with the
  /// given or default time to live, an existing one keeps its end. FAILED_PRECONDITION: the entry
  /// is not a whole number, or the sum leaves +-2^53.
  Result<int64_t> Increment(std::string_view key, int64_t by, std::string_view namespace_name,
                            std::optional<int64_t> ttl_micros);

  /// One request of `subject` to `endpoint`: a window begins with its first request, lasts
  /// `window_micros` and lets `limit` of them pass -> {allowed, remaining, resetAt}. What is
  /// refused is not counted and writes nothing. A running window keeps its end.
  Result<Value> Hit(std::string_view subject, std::string_view endpoint, int64_t limit,
                    int64_t window_micros);

  /// Removes a namespace's entries, or all of them ("") -> how many; 'rate_limit' counters too.
  Result<int64_t> Clear(std::string_view namespace_name);

  /// Removes what has ended -> how many entries and counters.
  Result<int64_t> Sweep();

  /// {entries, bytes, maxEntries, maxBytes, counters, namespaces: {name: {entries, bytes}}},
  /// without what has ended.
  Result<Value> Stats();

  static constexpr size_t kMaxKeyBytes = 1024;

 private:
  Status Write(std::string_view key, std::string_view json, std::string_view namespace_name,
               std::optional<int64_t> ttl_micros, int64_t now);
  /// Counts an entry that was written, and removes what was longest unused when there is too much,
  /// but not `keep`.
  Status MakeRoom(std::string_view keep, int64_t added);
  Status Commit(Transaction& transaction);
  Status SweepSometimes(int64_t now);

  Database& database_;
  Clock& clock_;
  CacheLimits limits_;
  // An upper bound of what is stored: counted exactly when it passes a limit, since rolled back or
  // removed entries do not come off it. Nothing is known before the first write.
  std::optional<int64_t> entries_;
  int64_t bytes_ = 0;
  std::optional<int64_t> swept_at_;
};

}  // namespace archivolt
