#include "storage/migrator.h"

#include <utility>

#include "storage/transaction.h"

namespace archivolt {
namespace {

Status AtVersion(Status status, int version) {
  return status.ok() ? status : std::move(status).With("version", int64_t{version});
}

// Foreign keys are off while a step runs, so that tables can be made anew (SQLite's own advice for
// ALTER TABLE); the pragma does nothing inside a transaction, hence around it.
class ForeignKeysOff {
 public:
  explicit ForeignKeysOff(Database& database) : database_(database) {
    status_ = database_.Execute("PRAGMA foreign_keys=OFF");
  }
  ~ForeignKeysOff() { (void)database_.Execute("PRAGMA foreign_keys=ON").ok(); }
  ForeignKeysOff(const ForeignKeysOff&) = delete;
  ForeignKeysOff& operator=(const ForeignKeysOff&) = delete;
  const Status& status() const { return status_; }

 private:
  Database& database_;
  Status status_;
};

Result<bool> HasMigrationsTable(Database& database) {
  AV_ASSIGN_OR_RETURN(const Value found,
                      database.QueryValue("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND "
                                          "name = 'schema_migrations'"));
  return !found.is_null();
}

}  // namespace

Migrator::Migrator(Database& database, std::span<const Migration> migrations, Clock& clock)
    : database_(database), migrations_(migrations), clock_(clock) {}

int Migrator::latest() const { return migrations_.empty() ? 0 : migrations_.back().version; }

Result<int> Migrator::Current() {
  AV_ASSIGN_OR_RETURN(const Value version, database_.QueryValue("PRAGMA user_version"));
  return static_cast<int>(version.is_int() ? version.AsInt() : 0);
}

Result<std::vector<MigrationState>> Migrator::List() {
  std::vector<MigrationState> states;
  for (const Migration& migration : migrations_) {
    states.push_back({migration.version, std::string(migration.name), !migration.down_sql.empty(),
                      std::nullopt});
  }
  AV_ASSIGN_OR_RETURN(const bool recorded, HasMigrationsTable(database_));
  if (!recorded) return states;
  AV_ASSIGN_OR_RETURN(Statement rows,
                      database_.Prepare("SELECT version, applied_at FROM schema_migrations"));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return states;
    for (MigrationState& state : states) {
      if (state.version == rows.Int(0)) state.applied_at = rows.Int(1);
    }
  }
}

Result<std::vector<MigrationStep>> Migrator::Migrate(int to, bool dry_run) {
  AV_ASSIGN_OR_RETURN(const int current, Current());
  if (current > latest() || current < 0) {
    return Status(ErrorCode::SCHEMA_TOO_NEW,
                  "A newer version of Archivolt wrote this file; it was not changed. Update first.")
        .With("version", int64_t{current})
        .With("latest", int64_t{latest()});
  }
  if (to < 0 || to > latest()) {
    return AtVersion(Status::InvalidArgument("There is no such schema version."), to);
  }
  AV_RETURN_IF_ERROR(CheckApplied(current));
  std::vector<MigrationStep> steps;
  for (int version = current + 1; version <= to; ++version) {
    const Migration& migration = migrations_[static_cast<size_t>(version - 1)];
    steps.push_back({version, std::string(migration.name), true});
  }
  for (int version = current; version > to; --version) {
    const Migration& migration = migrations_[static_cast<size_t>(version - 1)];
    steps.push_back({version, std::string(migration.name), false});
  }
  if (dry_run || steps.empty()) return steps;
  if (database_.read_only() || database_.in_transaction()) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "Migrations need a database that is open for writing, outside of a transaction.");
  }
  const ForeignKeysOff foreign_keys_off(database_);
  AV_RETURN_IF_ERROR(foreign_keys_off.status());
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  for (const MigrationStep& step : steps) {
    const Migration& migration = migrations_[static_cast<size_t>(step.version - 1)];
    AV_RETURN_IF_ERROR(AtVersion(RunStep(migration, step.up), step.version));
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return steps;
}

Status Migrator::CheckApplied(int current) {
  for (size_t i = 0; i < migrations_.size(); ++i) {
    if (migrations_[i].version != static_cast<int>(i) + 1) {
      return Status::Internal(
          "The migrations of this build are not numbered 1, 2, 3 without gaps.");
    }
  }
  AV_ASSIGN_OR_RETURN(const bool recorded, HasMigrationsTable(database_));
  if (!recorded) {
    if (current == 0) return Status::Ok();
    return Status(
               ErrorCode::FAILED_PRECONDITION,
               "The file has a schema version but no record of migrations: it is not of Archivolt.")
        .With("version", int64_t{current});
  }
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare("SELECT version, checksum FROM "
                                                        "schema_migrations ORDER BY version"));
  int expected = 0;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    ++expected;
    const int64_t version = rows.Int(0);
    const bool known = version == expected && expected <= current &&
                       rows.Text(1) == migrations_[static_cast<size_t>(expected - 1)].checksum;
    if (!known) {
      return Status(ErrorCode::FAILED_PRECONDITION,
                    "The file was migrated by another build: its migrations are not the ones known "
                    "here. Nothing was changed.")
          .With("version", version);
    }
  }
  if (expected == current) return Status::Ok();
  return Status(ErrorCode::FAILED_PRECONDITION,
                "The record of migrations ends before the file's schema version.")
      .With("version", int64_t{current});
}

Status Migrator::RunStep(const Migration& migration, bool up) {
  AV_RETURN_IF_ERROR(up ? ApplyUp(migration) : ApplyDown(migration));
  AV_RETURN_IF_ERROR(database_.Execute(
      "PRAGMA user_version=" + std::to_string(up ? migration.version : migration.version - 1)));
  return CheckForeignKeys(migration.version);
}

Status Migrator::ApplyUp(const Migration& migration) {
  AV_RETURN_IF_ERROR(database_.Execute(migration.up_sql));
  AV_ASSIGN_OR_RETURN(Statement insert,
                      database_.Prepare("INSERT INTO schema_migrations (version, name, checksum, "
                                        "applied_at, down_sql) VALUES (?1, ?2, ?3, ?4, ?5)"));
  AV_RETURN_IF_ERROR(insert.BindAll(migration.version, migration.name, migration.checksum,
                                    clock_.NowMicros(), migration.down_sql));
  return insert.Run();
}

Status Migrator::ApplyDown(const Migration& migration) {
  // The text stored when the step was applied is the one that fits what stands in the file.
  std::string down_sql(migration.down_sql);
  {
    AV_ASSIGN_OR_RETURN(
        Statement stored,
        database_.Prepare("SELECT down_sql FROM schema_migrations WHERE version = ?1"));
    AV_RETURN_IF_ERROR(stored.Bind(1, migration.version));
    AV_ASSIGN_OR_RETURN(const bool row, stored.Step());
    if (row && !stored.Text(0).empty()) down_sql = std::string(stored.Text(0));
  }
  // Before the step itself, since the first migration's takes the table away.
  AV_ASSIGN_OR_RETURN(Statement remove,
                      database_.Prepare("DELETE FROM schema_migrations WHERE version = ?1"));
  AV_RETURN_IF_ERROR(remove.Bind(1, migration.version));
  AV_RETURN_IF_ERROR(remove.Run());
  return database_.Execute(down_sql);
}

Status Migrator::CheckForeignKeys(int version) {
  AV_ASSIGN_OR_RETURN(Statement check, database_.Prepare("PRAGMA foreign_key_check"));
  AV_ASSIGN_OR_RETURN(const bool broken, check.Step());
  if (!broken) return Status::Ok();
  return Status(ErrorCode::CONSTRAINT,
                "The migration would leave rows that refer to nothing. It was undone.")
      .With("version", int64_t{version})
      .With("table", std::string(check.Text(0)))
      .With("constraint", std::string(check.Text(2)))
      .With("rule", "foreign key");
}

}  // namespace archivolt
