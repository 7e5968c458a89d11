// Replacement: puts the content of one database in the place of another's, page by page, in one
// transaction of the latter.
//
// Owns SQLite's backup between two connections. Invariants: 1. until the last Step returns, and
// after any failure, the target is as it was; 2. a crash leaves the old content or the new one,
// whole, since the pages go through the target's write-ahead log like any commit. Durability: that
// of a commit of the target. Errors: those of sqlite_status.h.
#pragma once

#include <memory>

#include "base/status.h"
#include "storage/database.h"

struct sqlite3_backup;

namespace archivolt {

class Replacement {
 public:
  /// Both must outlive the replacement and are not to be used until it has ended. REQUIRES: both
  /// have the same layout of pages (Database::TakeLayoutOf). FAILED_PRECONDITION: `into` is in a
  /// transaction or open for reading only.
  static Result<std::unique_ptr<Replacement>> Begin(Database& into, Database& from);
  /// Undoes what is not committed.
  ~Replacement();
  Replacement(const Replacement&) = delete;
  Replacement& operator=(const Replacement&) = delete;

  /// Copies so many pages more; true = all were copied and it is committed.
  Result<bool> Step(int pages);
  /// Pages, known after the first Step.
  int total() const;
  int done() const;

 private:
  Replacement(Database& into, sqlite3_backup* backup) : into_(into), backup_(backup) {}

  Database& into_;
  sqlite3_backup* backup_;
  int total_ = 0;
};

}  // namespace archivolt
