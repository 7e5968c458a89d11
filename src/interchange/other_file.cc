#include "interchange/other_file.h"

#include <utility>

#include "records/sql.h"
#include "storage/transaction.h"

namespace archivolt {

Status OtherFile::Open(const std::string& path, const std::string& vfs, Purpose purpose) {
  const bool write = purpose == Purpose::kWrite;
  AV_RETURN_IF_ERROR(Close());
  DatabaseOptions options;
  options.path = path;
  options.vfs = vfs;
  options.read_only = !write;
  options.create = write;
  options.tables_only = !write;
  options.full_sync = false;  // It is checked, or made again, after a crash.
  options.page_checksums = false;
  options.cache_kib = 4096;
  AV_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(options));
  // A tree whose pages lead back to one another would be read for ever.
  if (purpose == Purpose::kRead) AV_RETURN_IF_ERROR(database->CheckIntegrity(true));
  database_ = std::move(database);
  writes_ = write;
  return Status::Ok();
}

Result<Database*> OtherFile::Present() {
  if (database_ != nullptr) return database_.get();
  return Status(ErrorCode::FAILED_PRECONDITION, "No other file is open.");
}

Result<Value> OtherFile::Query(std::string_view sql, const Value& params) {
  AV_ASSIGN_OR_RETURN(Database * database, Present());
  // What its columns are called says nothing about what they hold.
  return SqlService(*database).Query(sql, params, {.secrets = true});
}

Status OtherFile::Define(std::string_view sql) {
  AV_ASSIGN_OR_RETURN(Database * database, Present());
  if (!writes_) return Status(ErrorCode::FAILED_PRECONDITION, "The file is open for reading.");
  return database->Execute(sql);
}

Status OtherFile::Insert(std::string_view sql, const Array& rows) {
  AV_ASSIGN_OR_RETURN(Database * database, Present());
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database));
  AV_ASSIGN_OR_RETURN(Statement insert, database->Prepare(sql));
  for (const Value& row : rows) {
    if (!row.is_array())
      return Status::InvalidArgument("A row is an array of a value for each parameter.");
    insert.Reset();
    int place = 0;
    for (const Value& value : row.AsArray()) AV_RETURN_IF_ERROR(insert.Bind(++place, value));
    AV_RETURN_IF_ERROR(insert.Run());
  }
  return transaction.Commit();
}

Status OtherFile::Close() {
  const std::unique_ptr<Database> database = std::move(database_);
  if (database == nullptr) return Status::Ok();
  // Readers of such files take another program's mark for a foreign file.
  if (writes_) AV_RETURN_IF_ERROR(database->Execute("PRAGMA application_id = 0"));
  return database->Close();
}

}  // namespace archivolt
