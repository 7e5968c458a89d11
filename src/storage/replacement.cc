#include "storage/replacement.h"

#include <utility>

#include "sqlite3.h"
#include "storage/connection.h"
#include "storage/sqlite_status.h"

namespace archivolt {

Result<std::unique_ptr<Replacement>> Replacement::Begin(Database& into, Database& from) {
  AV_RETURN_IF_ERROR(into.connection_->CheckOpen());
  AV_RETURN_IF_ERROR(from.connection_->CheckOpen());
  if (into.read_only() || into.in_transaction()) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The content is replaced in a database that is open for writing, outside of a "
                  "transaction.");
  }
  sqlite3* const target = into.connection_->handle();
  sqlite3_backup* backup = sqlite3_backup_init(target, "main", from.connection_->handle(), "main");
  if (backup == nullptr) return StatusFromConnection(target, sqlite3_errcode(target));
  return std::unique_ptr<Replacement>(new Replacement(into, backup));
}

Replacement::~Replacement() { sqlite3_backup_finish(backup_); }

Result<bool> Replacement::Step(int pages) {
  if (backup_ == nullptr) return true;
  const int code = sqlite3_backup_step(backup_, pages);
  total_ = sqlite3_backup_pagecount(backup_);
  if (code == SQLITE_OK) return false;
  if (code != SQLITE_DONE) return MapSqliteError(code, "");
  const int finished = sqlite3_backup_finish(std::exchange(backup_, nullptr));
  into_.connection_->authorizer().MarkSchemaChanged();
  AV_RETURN_IF_ERROR(MapSqliteError(finished, ""));
  return true;
}

int Replacement::total() const { return total_; }

int Replacement::done() const {
  return backup_ == nullptr ? total_ : total_ - sqlite3_backup_remaining(backup_);
}

}  // namespace archivolt
