#include "maintenance/backup.h"

#include <string_view>
#include <utility>

#include "maintenance/backup_schema.h"
#include "records/catalogue.h"
#include "records/row_sql.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

/// The row of migration_state that keeps the time of the last copy.
constexpr std::string_view kMark = "archivolt:backup";
constexpr std::string_view kMarkTable = "migration_state";
constexpr std::string_view kGraphs = "vector_graphs";
constexpr int kPagesAtOnce = 64;

Status Mark(Database& database, int64_t at) {
  AV_ASSIGN_OR_RETURN(
      Statement mark,
      database.Prepare(
          "INSERT INTO migration_state(id, migration_name, started_at, completed_at, status) "
          "VALUES "
          "(?1, ?1, ?2, ?2, 'completed') ON CONFLICT(migration_name) DO UPDATE SET started_at = "
          "?2, completed_at = ?2"));
  AV_RETURN_IF_ERROR(mark.BindAll(kMark, at));
  return mark.Run();
}

/// Graphs are derived from the rows, and made again where the copy is opened. Older schemas have
/// none.
Status LeaveOutGraphs(Database& copy) {
  AV_ASSIGN_OR_RETURN(
      const Value present,
      copy.QueryValue("SELECT 1 FROM sqlite_schema WHERE name = '" + std::string(kGraphs) + "'"));
  if (present.is_null()) return Status::Ok();
  return copy.Execute("DELETE FROM " + std::string(kGraphs));
}

Result<int64_t> Number(Database& database, const std::string& sql) {
  AV_ASSIGN_OR_RETURN(const Value value, database.QueryValue(sql));
  return value.is_int() ? value.AsInt() : 0;
}

Result<Object> CountRows(Database& database) {
  AV_ASSIGN_OR_RETURN(
      Statement names,
      database.Prepare("SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = "
                       "'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
  Object rows;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, names.Step());
    if (!row) return rows;
    const std::string name(names.Text(0));
    AV_ASSIGN_OR_RETURN(const int64_t count,
                        Number(database, "SELECT count(*) FROM " + Quoted(name)));
    rows.Append(name, count);
  }
}

Status Foreign(std::string message) {
  return Status::InvalidArgument(
      std::move(message) + " Choose a file that Archivolt's backup made; nothing was restored.");
}

}  // namespace

Result<Value> BackupService::Copy(const std::string& path) {
  AV_RETURN_IF_ERROR(database_.VacuumInto(path));
  const int64_t now = clock_.NowMicros();
  // A newer schema, which only a database that is open for reading can have, may keep other books.
  if (!database_.read_only()) {
    AV_ASSIGN_OR_RETURN(const std::unique_ptr<Database> copy,
                        database_.OpenBeside(path, false, database_.key()));
    AV_RETURN_IF_ERROR(Mark(*copy, now));
    AV_RETURN_IF_ERROR(LeaveOutGraphs(*copy));
    AV_RETURN_IF_ERROR(copy->Close());
  }
  return Value(FormatMicros(now));
}

Status BackupService::ChangeKey(const std::string& path, const CipherKey& next) {
  AV_ASSIGN_OR_RETURN(const std::unique_ptr<Database> copy,
                      database_.OpenBeside(path, false, database_.key()));
  AV_RETURN_IF_ERROR(copy->ChangeKey(next));
  return copy->Close();
}

Result<Value> BackupService::Check(const std::string& path, int64_t bytes, bool own,
                                   const CipherKey& key) {
  Result<std::unique_ptr<Database>> opened = database_.OpenBeside(path, true, key);
  if (!opened.ok()) {
    if (opened.status().code() != ErrorCode::FAILED_PRECONDITION) return opened.status();
    return Foreign("The file is a database of another program.");
  }
  Database& file = **opened;
  AV_ASSIGN_OR_RETURN(const int64_t application, Number(file, "PRAGMA application_id"));
  AV_ASSIGN_OR_RETURN(const int64_t version, Number(file, "PRAGMA user_version"));
  AV_ASSIGN_OR_RETURN(const Value encoding, file.QueryValue("PRAGMA encoding"));
  if (application != kApplicationId || version < 1 || !encoding.is_string() ||
      encoding.AsString() != "UTF-8") {
    return Foreign("The file is a database of another program.");
  }
  Migrator migrator(file, migrations_, clock_);
  if (!own || version <= migrator.latest()) {
    const Status known = migrator.Migrate(migrator.latest(), true).status();
    if (known.code() == ErrorCode::SCHEMA_TOO_NEW) return known;
    // First of all the schema: from then on nothing in it is but our own.
    AV_RETURN_IF_ERROR(CheckSchema(file, static_cast<int>(version), migrations_, clock_));
    if (!known.ok()) return Foreign(known.message());
  }
  AV_ASSIGN_OR_RETURN(const int64_t pages, Number(file, "PRAGMA page_count"));
  AV_ASSIGN_OR_RETURN(const int64_t page_size, Number(file, "PRAGMA page_size"));
  if (pages * page_size > bytes) {
    return Status(ErrorCode::CORRUPTION, "The file ends before its last page does.");
  }
  AV_RETURN_IF_ERROR(file.CheckIntegrity(false));
  AV_ASSIGN_OR_RETURN(const int64_t broken,
                      Number(file, "SELECT count(*) FROM pragma_foreign_key_check"));
  if (broken > 0) {
    return Status(ErrorCode::CORRUPTION, "Rows of the copy refer to rows that it does not hold.")
        .With("rows", broken);
  }
  AV_ASSIGN_OR_RETURN(Object rows, CountRows(file));
  if (own) {
    AV_ASSIGN_OR_RETURN(const Object here, CountRows(database_));
    for (const auto& [table, count] : here) {
      const Value* copied = rows.Find(table);
      if (table == kMarkTable || table == kGraphs || (copied != nullptr && *copied == count))
        continue;
      return Status(ErrorCode::CORRUPTION, "The copy has not all rows. Make it again.")
          .With("table", table);
    }
  }
  return Value(Object{{"schemaVersion", version}, {"rows", std::move(rows)}});
}

Status BackupService::Note(const std::string& at) {
  AV_ASSIGN_OR_RETURN(const int64_t micros, ParseIso8601(at));
  const AuditContext::Silence silence(audit_);
  return Mark(database_, micros);
}

Result<Value> BackupService::LastBackupAt() {
  Result<Statement> mark = database_.Prepare(
      "SELECT completed_at FROM migration_state WHERE migration_name = ?1 AND completed_at "
      "NOTNULL");
  // A newer schema, open for reading, may keep other books.
  if (!mark.ok()) return Value();
  AV_RETURN_IF_ERROR(mark->Bind(1, kMark));
  AV_ASSIGN_OR_RETURN(const bool row, mark->Step());
  return row ? Value(FormatMicros(mark->Int(0))) : Value();
}

Status BackupService::BringUpToDate(Database& file) {
  Migrator migrator(file, migrations_, clock_);
  // Going down runs the text that the file keeps; from a file that comes from outside it must be
  // our own.
  {
    AV_ASSIGN_OR_RETURN(
        Statement down,
        file.Prepare("UPDATE schema_migrations SET down_sql = ?2 WHERE version = ?1 "
                     "AND down_sql IS NOT ?2"));
    for (const Migration& migration : migrations_) {
      down.Reset();
      AV_RETURN_IF_ERROR(down.BindAll(migration.version, migration.down_sql));
      AV_RETURN_IF_ERROR(down.Run());
    }
  }
  AV_RETURN_IF_ERROR(migrator.Migrate(migrator.latest()).status());
  for (const Table& table : AllTables()) {
    for (const std::string_view index : {table.fts, table.trigram}) {
      if (index.empty()) continue;
      const std::string name = Quoted(index);
      const std::string command = "INSERT INTO " + name + "(" + name;
      const Status sound = file.Execute(command + ", rank) VALUES ('integrity-check', 1)");
      if (sound.ok()) continue;
      if (sound.code() != ErrorCode::CORRUPTION) return sound;
      AV_RETURN_IF_ERROR(file.Execute(command + ") VALUES ('rebuild')"));
    }
  }
  return Status::Ok();
}

Status BackupService::Begin(const std::string& path) {
  End();
  AV_ASSIGN_OR_RETURN(file_, database_.OpenBeside(path, false, CipherKey()));
  AV_RETURN_IF_ERROR(BringUpToDate(*file_));
  AV_RETURN_IF_ERROR(file_->TakeLayoutOf(database_));
  // Pages go over between two databases that are both plain or both encrypted.
  if (database_.key().is_set()) AV_RETURN_IF_ERROR(file_->ChangeKey(database_.key()));
  AV_ASSIGN_OR_RETURN(replacement_, Replacement::Begin(database_, *file_));
  return Status::Ok();
}

Result<Value> BackupService::Step(int64_t budget_ms) {
  if (replacement_ == nullptr) {
    return Status(ErrorCode::FAILED_PRECONDITION, "No restore is under way.");
  }
  const int64_t deadline = clock_.NowMicros() + budget_ms * 1000;
  do {
    AV_ASSIGN_OR_RETURN(replaced_, replacement_->Step(kPagesAtOnce));
  } while (!replaced_ && clock_.NowMicros() < deadline);
  return Value(Object{
      {"done", replacement_->done()}, {"total", replacement_->total()}, {"more", !replaced_}});
}

void BackupService::End() {
  const bool began = replacement_ != nullptr;
  replacement_.reset();
  file_.reset();
  // The log has grown by all that was copied. Where it cannot be emptied now, the next commits do
  // it.
  if (began) (void)database_.EmptyLog().ok();
}

}  // namespace archivolt
