// Migrator: brings a database's schema from one version to another, up or down, step by step in one
// transaction.
//
// Owns the order of steps, their transaction and the rows of schema_migrations (a table that
// migration 1 itself creates). Does not own the SQL, which is given. Invariants: 1. user_version is
// the version of the last applied migration; 2. what is applied is a prefix of what is known, with
// equal checksums; 3. a call takes all of its steps or none, foreign keys hold after each.
// Errors: SCHEMA_TOO_NEW, FAILED_PRECONDITION, CONSTRAINT, those of the database; all with
// "version".
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "storage/database.h"

namespace archivolt {

/// One migration; the texts live as long as the program (they are embedded in it).
struct Migration {
  int version;                // 1, 2, 3...: without gaps.
  std::string_view name;      // As in the file name: "initial".
  std::string_view checksum;  // SHA-256 of the up file, in hexadecimal.
  std::string_view up_sql;
  std::string_view down_sql;
};

struct MigrationState {
  int version;
  std::string name;
  bool reversible;
  std::optional<int64_t> applied_at;  // Microseconds since 1970 UTC; none = not applied.
};

struct MigrationStep {
  int version;
  std::string name;
  bool up;
};

class Migrator {
 public:
  /// The database, the migrations and the clock must outlive the migrator.
  Migrator(Database& database, std::span<const Migration> migrations, Clock& clock);

  /// The version of the database; 0 = no migration applied.
  Result<int> Current();
  /// The highest version known; 0 = none.
  int latest() const;
  /// All known migrations in order.
  Result<std::vector<MigrationState>> List();
  /// Goes to the version, 0..latest(), and returns the steps taken; with dry_run those it would
  /// take. INVALID_ARGUMENT: no such version. SCHEMA_TOO_NEW: the database is newer than all known
  /// ones; nothing was written. FAILED_PRECONDITION: read-only, inside a transaction, or the
  /// applied migrations are not those known here. After an error the database is as it was.
  Result<std::vector<MigrationStep>> Migrate(int to, bool dry_run = false);

 private:
  Status CheckApplied(int current);
  Status RunStep(const Migration& migration, bool up);
  Status ApplyUp(const Migration& migration);
  Status ApplyDown(const Migration& migration);
  Status CheckForeignKeys(int version);

  Database& database_;
  std::span<const Migration> migrations_;
  Clock& clock_;
};

}  // namespace archivolt
