#include "storage/connection.h"

#include <utility>

#include "sqlite3.h"
#include "storage/open_file.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

constexpr int kStepsBetweenChecks = 1000;

Status TransactionEnded() {
  return Status(ErrorCode::FAILED_PRECONDITION, "The transaction has ended already.");
}

std::string Savepoint(int depth) { return "archivolt_" + std::to_string(depth); }

}  // namespace

void Connection::Attach(sqlite3* handle, bool read_only) {
  handle_ = handle;
  read_only_ = read_only;
  authorizer_.Install(handle);
  changes_.Install(handle);
}

Connection::~Connection() {
  cache_.FinalizeAll();
  sqlite3_close_v2(handle_);
}

Status Connection::Close(const DatabaseOptions& options) {
  // Nobody is told of what closing itself does, and nothing stops it.
  SetInterruptCheck(nullptr);
  changes_.SetListener(nullptr);
  cache_.FinalizeAll();
  if (in_transaction()) (void)RunControl("ROLLBACK").ok();
  const Status status = PutToRest(handle_, options);
  sqlite3_close_v2(std::exchange(handle_, nullptr));
  depth_ = 0;
  ++generation_;
  return status;
}

Status Connection::CheckOpen() const {
  if (handle_ != nullptr) return Status::Ok();
  return Status(ErrorCode::FAILED_PRECONDITION, "The database is closed. Open it again.");
}

bool Connection::in_transaction() const {
  return handle_ != nullptr && sqlite3_get_autocommit(handle_) == 0;
}

Result<Statement> Connection::Prepare(std::string_view sql, SqlPolicy policy) {
  AV_RETURN_IF_ERROR(CheckOpen());
  PreparedStatement* prepared = cache_.Lease(sql, policy);
  if (prepared != nullptr) return Statement(shared_from_this(), prepared);
  // From here on the lease gives the entry back, also when it stays without a handle.
  prepared = cache_.NewLease();
  Statement statement(shared_from_this(), prepared);
  if (policy == SqlPolicy::kWrite) authorizer_.Refresh();
  std::string_view rest;
  AV_RETURN_IF_ERROR(CompileOne(sql, policy, prepared, &rest));
  Status status = CheckKind(*prepared);
  if (status.ok()) status = CheckNothingFollows(rest, policy);
  if (!status.ok()) {
    sqlite3_finalize(std::exchange(prepared->handle, nullptr));
    return status;
  }
  return statement;
}

Status Connection::CompileUnguarded(std::string_view sql, SqlPolicy policy,
                                    PreparedStatement* prepared, std::string_view* rest) {
  if (sql.find('\0') != std::string_view::npos) {
    return Status::InvalidArgument("The SQL holds a NUL character. Remove it.");
  }
  if (sql.size() > static_cast<size_t>(sqlite3_limit(handle_, SQLITE_LIMIT_SQL_LENGTH, -1))) {
    return MapSqliteError(SQLITE_TOOBIG, "");
  }
  // kOwnPrefix; an underscore alone would stand for any character.
  if (policy == SqlPolicy::kWrite &&
      sqlite3_strlike("%archivolt\\_%", std::string(sql).c_str(), '\\') == 0) {
    return Status::InvalidArgument(
        "Names that begin with archivolt_ are the core's own. Bind texts as parameters.");
  }
  const Authorizer::Scope scope(authorizer_, policy, Authorizer::Scope::Phase::kCompile);
  authorizer_.TakeTarget();
  authorizer_.TakeSchemaChange();
  authorizer_.TakeUnguarded();
  const unsigned flags =
      sql.size() <= StatementCache::kMaxCachedSql ? SQLITE_PREPARE_PERSISTENT : 0;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), flags,
                                      &prepared->handle, &tail);
  if (code != SQLITE_OK) return Failed(code);
  *rest = sql.substr(static_cast<size_t>(tail - sql.data()));
  prepared->sql = std::string(sql);
  prepared->policy = policy;
  prepared->target = authorizer_.TakeTarget();
  prepared->changes_schema = authorizer_.TakeSchemaChange();
  if (prepared->handle != nullptr) {
    prepared->readonly = sqlite3_stmt_readonly(prepared->handle) != 0;
  }
  return Status::Ok();
}

Status Connection::CheckKind(const PreparedStatement& prepared) const {
  if (prepared.handle == nullptr) {
    return Status::InvalidArgument("There is no SQL statement in the text.");
  }
  if (prepared.policy != SqlPolicy::kTrusted && prepared.policy != SqlPolicy::kWrite &&
      !prepared.readonly) {
    return Status::InvalidArgument("Only SQL that reads is allowed here. Use SELECT.");
  }
  const bool explains = sqlite3_stmt_isexplain(prepared.handle) != 0;
  if (prepared.policy == SqlPolicy::kWrite && (prepared.target.empty() || explains)) {
    return Status::InvalidArgument(
        "Only SQL that writes is allowed here: INSERT, UPDATE or DELETE.");
  }
  return Status::Ok();
}

Status Connection::CheckNothingFollows(std::string_view rest, SqlPolicy policy) {
  PreparedStatement next;
  std::string_view behind;
  const Status status = rest.empty() ? Status::Ok() : CompileOne(rest, policy, &next, &behind);
  const bool empty = status.ok() && next.handle == nullptr;
  sqlite3_finalize(next.handle);
  // Empty, a comment or blanks, up to another semicolon behind which there may be more.
  if (empty && (behind.empty() || behind.size() == rest.size())) return Status::Ok();
  if (empty) return CheckNothingFollows(behind, policy);
  return Status::InvalidArgument("There are several SQL statements. Give one at a time.");
}

void Connection::Return(PreparedStatement* prepared) {
  if (prepared->handle != nullptr) {
    sqlite3_reset(prepared->handle);
    if (!prepared->readonly) NotifyIfCommitted();
  }
  cache_.Return(prepared);
}

Status Connection::CheckRunnable(const PreparedStatement& prepared) {
  ++runs_;
  if (depth_ == 0 || prepared.readonly || in_transaction()) return Status::Ok();
  return RolledBackEarlier();
}

int Connection::StepRaw(const PreparedStatement& prepared) {
  ForgetRolledBackGuards();
  int code = SQLITE_OK;
  while (true) {
    authorizer_.TakeUnguarded();
    {
      const Authorizer::Scope scope(authorizer_, prepared.policy, Authorizer::Scope::Phase::kRun);
      code = sqlite3_step(prepared.handle);
    }
    // A change of the schema made SQLite compile the statement anew, and it was refused.
    const std::set<std::string> unguarded = authorizer_.TakeUnguarded();
    if (unguarded.empty()) break;
    sqlite3_reset(prepared.handle);
    if (!MakeGuards(unguarded).ok()) return sqlite3_extended_errcode(handle_);
  }
  if (prepared.changes_schema) authorizer_.MarkSchemaChanged();
  return code;
}

Status Connection::Failed(int code) {
  failed_ = true;
  return StatusFromConnection(handle_, code);
}

Status Connection::RolledBackEarlier() const {
  if (!failed_) return MapSqliteError(SQLITE_IOERR, "");
  return Status(ErrorCode::FAILED_PRECONDITION,
                "The transaction was rolled back by an earlier error. End it and begin a new one.");
}

void Connection::ForgetWhatWasRolledBack(int code) {
  const int primary = code & 0xff;
  const bool by_itself = depth_ > 0 || primary == SQLITE_IOERR || primary == SQLITE_FULL ||
                         primary == SQLITE_NOMEM || primary == SQLITE_INTERRUPT;
  if (!by_itself || in_transaction()) return;
  const Authorizer::Scope scope(authorizer_, SqlPolicy::kTrusted, Authorizer::Scope::Phase::kRun);
  (void)sqlite3_exec(handle_, "PRAGMA writable_schema=RESET", nullptr, nullptr, nullptr);
}

void Connection::NotifyIfCommitted() {
  if (handle_ != nullptr) changes_.NotifyIfCommitted(authorizer_);
}

Status Connection::Execute(std::string_view sql) {
  AV_RETURN_IF_ERROR(CheckOpen());
  while (!sql.empty()) {
    PreparedStatement prepared;
    std::string_view rest;
    AV_RETURN_IF_ERROR(CompileOne(sql, SqlPolicy::kTrusted, &prepared, &rest));
    if (prepared.handle == nullptr && rest.size() == sql.size()) break;
    sql = rest;
    if (prepared.handle == nullptr) continue;
    int code = SQLITE_OK;
    Status status = CheckRunnable(prepared);
    if (status.ok()) {
      code = SQLITE_ROW;
      while (code == SQLITE_ROW) code = StepRaw(prepared);
      if (code != SQLITE_DONE) status = Failed(code);
    }
    sqlite3_finalize(prepared.handle);
    if (!status.ok() && !prepared.readonly) ForgetWhatWasRolledBack(code);
    NotifyIfCommitted();
    AV_RETURN_IF_ERROR(status);
    AV_RETURN_IF_ERROR(CheckOpen());  // The commit's listener may have closed the database.
  }
  return Status::Ok();
}

Status Connection::RunControl(const std::string& sql) {
  // A commit makes FTS5 write what it gathered, by statements that it compiles when it first needs
  // them: such as the merge of its segments, after 16 small commits.
  const Authorizer::Scope scope(authorizer_, SqlPolicy::kControl, Authorizer::Scope::Phase::kRun);
  in_control_ = true;
  const int code = sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr);
  in_control_ = false;
  if (code == SQLITE_OK) return Status::Ok();
  Status status = Failed(code);
  ForgetWhatWasRolledBack(code);
  return status;
}

Status Connection::BeginTransaction() {
  AV_RETURN_IF_ERROR(CheckOpen());
  if (depth_ == 0) {
    ForgetRolledBackGuards();
    AV_RETURN_IF_ERROR(RunControl("BEGIN IMMEDIATE"));
    ++generation_;
    failed_ = false;
  } else {
    if (!in_transaction()) return RolledBackEarlier();
    AV_RETURN_IF_ERROR(RunControl("SAVEPOINT " + Savepoint(depth_ + 1)));
  }
  ++depth_;
  return Status::Ok();
}

bool Connection::IsActive(uint64_t generation, int depth) const {
  return generation == generation_ && depth <= depth_ && in_transaction();
}

Status Connection::CommitTransaction(uint64_t generation, int depth) {
  AV_RETURN_IF_ERROR(CheckOpen());
  if (generation != generation_ || depth > depth_) return TransactionEnded();
  if (!in_transaction()) {
    depth_ = depth - 1;
    return RolledBackEarlier();
  }
  if (depth > 1) {
    Status status = RunControl("RELEASE " + Savepoint(depth));
    if (status.ok()) {
      depth_ = depth - 1;
    } else {
      (void)RollbackTransaction(generation, depth).ok();
    }
    return status;
  }
  Status status = RunControl("COMMIT");
  if (!status.ok() && in_transaction()) (void)RunControl("ROLLBACK").ok();
  depth_ = 0;
  if (status.ok()) young_guards_.clear();
  NotifyIfCommitted();
  return status;
}

Status Connection::RollbackTransaction(uint64_t generation, int depth) {
  if (handle_ == nullptr || generation != generation_ || depth > depth_) return Status::Ok();
  authorizer_.MarkSchemaChanged();
  ForgetYoungGuards();
  depth_ = depth - 1;
  if (!in_transaction()) return Status::Ok();
  if (depth == 1) return RunControl("ROLLBACK");
  const std::string savepoint = Savepoint(depth);
  Status status = RunControl("ROLLBACK TO " + savepoint);
  if (status.ok()) status = RunControl("RELEASE " + savepoint);
  // What a savepoint cannot undo must not be committed by the enclosing transaction.
  if (!status.ok() && in_transaction()) (void)RunControl("ROLLBACK").ok();
  return status;
}

void Connection::SetInterruptCheck(std::function<bool()> check) {
  interrupt_check_ = std::move(check);
  if (handle_ == nullptr) return;
  if (interrupt_check_) {
    sqlite3_progress_handler(handle_, kStepsBetweenChecks, &Connection::OnProgress, this);
  } else {
    sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
  }
}

int Connection::OnProgress(void* self) {
  auto* connection = static_cast<Connection*>(self);
  if (connection->in_control_ || !connection->interrupt_check_) return 0;
  return connection->interrupt_check_() ? 1 : 0;
}

}  // namespace archivolt
