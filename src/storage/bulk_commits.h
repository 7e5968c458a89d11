// BulkCommits: commits that are not flushed one by one, for whoever writes many of them and can do
// those again that a power cut took.
//
// Owns the settings of the connection that this needs, and what they were: flushes, the length of
// the log, and the page cache, which stays large between commits until End. While on, a power
// cut may undo the last commits, in their order; a kill undoes none. The next commit after they
// were switched off makes the earlier ones durable too.
#pragma once

#include <cstdint>
#include <optional>

#include "base/status.h"
#include "storage/database.h"

namespace archivolt {

class BulkCommits {
 public:
  /// The database must outlive it.
  explicit BulkCommits(Database& database) : database_(database) {}

  /// Twice the same is once. FAILED_PRECONDITION inside a transaction.
  Status Set(bool on);
  /// No more of them come: the page cache is as large as everybody else's again.
  Status End();

 private:
  struct Settings {
    int64_t synchronous;
    int64_t checkpoint_pages;
  };
  Status Apply(const Settings& settings);
  Status SetCache(int kib);

  Database& database_;
  std::optional<Settings> before_;  // set = on
};

}  // namespace archivolt
