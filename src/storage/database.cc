#include "storage/database.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "sqlite3.h"
#include "storage/checksum_vfs.h"
#include "storage/connection.h"
#include "storage/open_file.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

// VACUUM attaches its target for as long as it runs.
class OneAttachment {
 public:
  explicit OneAttachment(sqlite3* handle) : handle_(handle) {
    sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 1);
  }
  ~OneAttachment() { sqlite3_limit(handle_, SQLITE_LIMIT_ATTACHED, 0); }
  OneAttachment(const OneAttachment&) = delete;
  OneAttachment& operator=(const OneAttachment&) = delete;

 private:
  sqlite3* handle_;
};

}  // namespace

Database::Database(std::shared_ptr<Connection> connection, DatabaseOptions options)
    : connection_(std::move(connection)), options_(std::move(options)) {}

Database::~Database() { (void)Close().ok(); }

Result<std::unique_ptr<Database>> Database::Open(const DatabaseOptions& options) {
  AV_ASSIGN_OR_RETURN(sqlite3* const handle, OpenFile(options));
  auto connection = std::make_shared<Connection>(options.path);
  connection->Attach(handle, options.read_only);
  return std::unique_ptr<Database>(new Database(std::move(connection), options));
}

Status Database::Close() {
  if (!is_open()) return Status::Ok();
  return connection_->Close(options_);
}

bool Database::is_open() const { return connection_->handle() != nullptr; }

Result<Statement> Database::Prepare(std::string_view sql) {
  return connection_->Prepare(sql, SqlPolicy::kTrusted);
}

Result<Statement> Database::PrepareReadOnly(std::string_view sql, bool secrets) {
  return connection_->Prepare(sql, secrets ? SqlPolicy::kReadAll : SqlPolicy::kReadOnly);
}

Result<Statement> Database::PrepareWrite(std::string_view sql) {
  return connection_->Prepare(sql, SqlPolicy::kWrite);
}

Status Database::Execute(std::string_view sql) { return connection_->Execute(sql); }

Result<Value> Database::QueryValue(std::string_view sql) {
  AV_ASSIGN_OR_RETURN(Statement statement, Prepare(sql));
  AV_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Column(0) : Value();
}

int64_t Database::changes() const {
  return is_open() ? sqlite3_changes64(connection_->handle()) : 0;
}

int64_t Database::total_changes() const {
  return is_open() ? sqlite3_total_changes64(connection_->handle()) : 0;
}

int64_t Database::last_insert_rowid() const {
  return is_open() ? sqlite3_last_insert_rowid(connection_->handle()) : 0;
}

bool Database::in_transaction() const { return connection_->in_transaction(); }

bool Database::read_only() const { return connection_->read_only(); }

const std::string& Database::path() const { return connection_->path(); }

ChecksumState Database::checksum_state() const {
  if (is_open() && options_.key.is_set()) return ChecksumState::kVerified;
  switch (ReadSealState(connection_->handle())) {
    case SealState::kSealed:
      return ChecksumState::kVerified;
    case SealState::kForeign:
      return ChecksumState::kUnverified;
    case SealState::kUnknown:
    case SealState::kUnsealed:
      break;
  }
  return ChecksumState::kNone;
}

void Database::Interrupt() {
  if (is_open()) sqlite3_interrupt(connection_->handle());
}

void Database::SetInterruptCheck(std::function<bool()> check) {
  connection_->SetInterruptCheck(std::move(check));
}

void Database::SetCommitListener(
    std::function<void(std::span<const TableChanges> tables)> listener) {
  if (is_open()) connection_->changes().SetListener(std::move(listener));
}

Status Database::ReportKeys(const std::string& table, std::span<const std::string_view> key) {
  AV_ASSIGN_OR_RETURN(Statement place,
                      Prepare("SELECT cid FROM pragma_table_info(?1) WHERE name = ?2"));
  std::vector<int> columns;
  for (const std::string_view column : key) {
    place.Reset();
    AV_RETURN_IF_ERROR(place.BindAll(table, column));
    AV_ASSIGN_OR_RETURN(const bool found, place.Step());
    if (!found) return Status::NotFound("The table " + table + " has no such key column.");
    columns.push_back(static_cast<int>(place.Int(0)));
  }
  connection_->changes().ReportKeys(table, std::move(columns));
  return Status::Ok();
}

Status Database::CreateFunction(const ScalarFunction& function, void* owner) {
  return connection_->CreateFunction(function, owner);
}

uint64_t Database::runs() const { return connection_->runs(); }

bool Database::runs_callers_sql() const {
  return connection_->authorizer().policy() == SqlPolicy::kWrite;
}

void Database::GuardTables(std::span<const std::string_view> tables,
                           std::function<Status(std::string_view table)> make) {
  if (is_open()) connection_->GuardTables(tables, std::move(make));
}

void Database::WatchTable(std::string table) {
  if (is_open()) connection_->changes().Watch(table);
}

TouchedRows Database::TakeTouched(std::string_view table) {
  return is_open() ? connection_->changes().TakeTouched(table) : TouchedRows();
}

Result<FullTextMatches> Database::ReadPhrases(std::string_view index, std::string_view expression,
                                              std::span<const double> weights, bool with_common) {
  return connection_->ReadPhrases(index, expression, weights, with_common);
}

Status Database::CheckOutsideTransaction() const {
  AV_RETURN_IF_ERROR(connection_->CheckOpen());
  if (!in_transaction()) return Status::Ok();
  return Status(ErrorCode::FAILED_PRECONDITION,
                "This cannot run inside a transaction. Commit it or roll it back first.");
}

Status Database::Checkpoint() {
  AV_RETURN_IF_ERROR(CheckOutsideTransaction());
  // Not TRUNCATE: an empty WAL after a crash would look like one that another program has removed.
  return Execute("PRAGMA wal_checkpoint(RESTART)");
}

Status Database::EmptyLog() {
  AV_RETURN_IF_ERROR(CheckOutsideTransaction());
  AV_RETURN_IF_ERROR(Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
  // At once a frame again, for the reason above; until then a crash costs one check of the file.
  AV_ASSIGN_OR_RETURN(const Value version, QueryValue("PRAGMA user_version"));
  return Execute("PRAGMA user_version=" + std::to_string(version.AsInt()));
}

Status Database::Vacuum() {
  AV_RETURN_IF_ERROR(CheckOutsideTransaction());
  const OneAttachment attachment(connection_->handle());
  return Execute("VACUUM");
}

Status Database::VacuumInto(const std::string& path) {
  AV_RETURN_IF_ERROR(CheckOutsideTransaction());
  {
    const OneAttachment attachment(connection_->handle());
    AV_ASSIGN_OR_RETURN(Statement statement, Prepare("VACUUM INTO ?1"));
    AV_RETURN_IF_ERROR(statement.Bind(1, path));
    const Status status = statement.Run();
    if (!status.ok()) {
      const bool exists = std::string_view(sqlite3_errmsg(connection_->handle()))
                              .starts_with("output file already exists");
      if (!exists) return status;
      return Status(ErrorCode::ALREADY_EXISTS,
                    "There is such a file already. Choose another name.");
    }
  }
  // While VACUUM fills its cache, pages may reach the file before page 1 has told their layout.
  return SealCopy(path, options_);
}

Result<std::unique_ptr<Database>> Database::OpenBeside(const std::string& path, bool read_only,
                                                       const CipherKey& key) const {
  DatabaseOptions options = options_;
  options.key = key;
  options.path = path;
  options.read_only = read_only;
  options.create = false;
  return Open(options);
}

Status Database::ChangeKey(const CipherKey& next) {
  AV_RETURN_IF_ERROR(CheckOutsideTransaction());
  if (!next.is_set() && !options_.key.is_set()) return Status::Ok();
  sqlite3* const handle = connection_->handle();
  // Space that is reserved for growth would count as pages.
  int growth = 0;
  (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &growth);
  // There is no way from plain to encrypted pages while there is a write-ahead log.
  AV_RETURN_IF_ERROR(Execute("PRAGMA journal_mode=DELETE"));
  {
    const OneAttachment attachment(handle);
    // SQLite runs statements of its own for it.
    const Authorizer::Scope scope(connection_->authorizer(), SqlPolicy::kTrusted,
                                  Authorizer::Scope::Phase::kRun);
    AV_RETURN_IF_ERROR(next.Reseal(handle));
  }
  options_.key = next;
  if (next.is_set()) return Status::Ok();
  ExpectTags(handle, false);
  int reserve = kChecksumBytes;
  (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
  AV_RETURN_IF_ERROR(Vacuum());
  return SealAllPages(handle);
}

Status Database::TakeLayoutOf(Database& other) {
  std::string layout[2];
  int reserve[2] = {-1, -1};
  Database* const both[] = {this, &other};
  for (int i = 0; i < 2; ++i) {
    AV_RETURN_IF_ERROR(both[i]->connection_->CheckOpen());
    (void)sqlite3_file_control(both[i]->connection_->handle(), "main", SQLITE_FCNTL_RESERVE_BYTES,
                               &reserve[i]);
    for (const char* pragma : {"page_size", "auto_vacuum"}) {
      AV_ASSIGN_OR_RETURN(const Value value, both[i]->QueryValue("PRAGMA " + std::string(pragma)));
      layout[i] += "PRAGMA " + std::string(pragma) + "=" + std::to_string(value.AsInt()) + ";";
    }
  }
  if (layout[0] == layout[1] && reserve[0] == reserve[1]) return Status::Ok();
  AV_RETURN_IF_ERROR(CheckOutsideTransaction());
  sqlite3* const handle = connection_->handle();
  // The size of pages cannot change while there is a write-ahead log.
  AV_RETURN_IF_ERROR(Execute("PRAGMA journal_mode=DELETE;" + layout[1]));
  int wanted = reserve[1];
  (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &wanted);
  AV_RETURN_IF_ERROR(Vacuum());
  return SealAllPages(handle);
}

Status Database::ReleaseFreePages(int max_pages) {
  AV_RETURN_IF_ERROR(connection_->CheckOpen());
  return Execute("PRAGMA incremental_vacuum(" + std::to_string(max_pages) + ")");
}

Status Database::CheckIntegrity(bool quick) {
  AV_ASSIGN_OR_RETURN(const Value finding,
                      QueryValue(quick ? "PRAGMA quick_check(1)" : "PRAGMA integrity_check(1)"));
  if (finding.is_string() && finding.AsString() == "ok") return Status::Ok();
  // The check goes on after a page that storage did not give, and tells of it in words alone.
  constexpr std::string_view kCode = "error code=";
  const std::string_view words = finding.is_string() ? finding.AsString() : std::string_view();
  if (const size_t at = words.find(kCode); at != std::string_view::npos) {
    const int code = std::atoi(words.data() + at + kCode.size());
    if (const Status read = MapSqliteError(code, "");
        read.code() == ErrorCode::IO_ERROR || read.code() == ErrorCode::OUT_OF_MEMORY)
      return read;
  }
  return Status(ErrorCode::CORRUPTION,
                "The database is damaged. Export what can be read, restore a backup.")
      .With("finding", finding.is_string() ? finding.AsString() : std::string("unknown"));
}

}  // namespace archivolt
