// Connection: what a Database, its Statements and its Transactions share; internal to storage/.
//
// Owns the sqlite3 handle, the statements on lease, the transaction stack and the hooks. It lives
// as long as one of the three does, so that none of them can point to nothing; after Close its
// handle is null and every statement's too. Invariants: 1. depth_ counts the open Transactions; 2.
// depth_ > 0 while SQLite is outside of a transaction means that SQLite rolled back by itself.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/authorizer.h"
#include "storage/change_tracker.h"
#include "storage/database.h"
#include "storage/scalar_function.h"
#include "storage/statement.h"
#include "storage/statement_cache.h"

struct sqlite3;

namespace archivolt {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  explicit Connection(std::string path) : path_(std::move(path)) {}
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Takes the handle over and installs authorizer, progress check and hooks.
  void Attach(sqlite3* handle, bool read_only);
  /// Rolls back what is open, finalizes every statement, puts the file to rest and lets go of it.
  Status Close(const DatabaseOptions& options);
  sqlite3* handle() const { return handle_; }
  const std::string& path() const { return path_; }
  bool read_only() const { return read_only_; }
  Status CheckOpen() const;

  // Statements.
  Result<Statement> Prepare(std::string_view sql, SqlPolicy policy);
  void Return(PreparedStatement* prepared);
  /// See Database.
  void GuardTables(std::span<const std::string_view> tables,
                   std::function<Status(std::string_view table)> make);
  /// Before the first step: FAILED_PRECONDITION when a write would escape a transaction that is
  /// gone.
  Status CheckRunnable(const PreparedStatement& prepared);
  /// sqlite3_step, with the statement's rights for what SQLite compiles meanwhile.
  int StepRaw(const PreparedStatement& prepared);
  /// After a step or reset of a writing statement: tells the listener of a commit.
  void NotifyIfCommitted();
  Status Execute(std::string_view sql);
  /// The error of a statement that failed with `code`, to be told to the caller.
  Status Failed(int code);
  /// After a write that failed with `code`, once its statement was reset. Where SQLite has rolled
  /// back in the middle of it, FTS5 goes on to its own end and may keep totals that it read in
  /// between, all zero: its next commit would write them down, and then no row could leave the
  /// index. A schema that is loaded anew has none of that.
  void ForgetWhatWasRolledBack(int code);

  // Transactions.
  Status BeginTransaction();
  Status CommitTransaction(uint64_t generation, int depth);
  Status RollbackTransaction(uint64_t generation, int depth);
  bool IsActive(uint64_t generation, int depth) const;
  uint64_t generation() const { return generation_; }
  int depth() const { return depth_; }
  bool in_transaction() const;

  Status CreateFunction(const ScalarFunction& function, void* owner);
  /// See Database; in full_text.cc.
  Result<FullTextMatches> ReadPhrases(std::string_view index, std::string_view expression,
                                      std::span<const double> weights, bool with_common);
  /// Statements started since opening.
  uint64_t runs() const { return runs_; }

  /// Whether the interrupt check wants the running statement to end.
  bool ShouldStop() { return OnProgress(this) != 0; }
  void SetInterruptCheck(std::function<bool()> check);
  ChangeTracker& changes() { return changes_; }
  Authorizer& authorizer() { return authorizer_; }

 private:
  /// Of a transaction that SQLite has ended: FAILED_PRECONDITION, or IO_ERROR where nobody was told
  /// the reason yet.
  Status RolledBackEarlier() const;
  static int OnProgress(void* self);
  /// Fills prepared with the first statement of the SQL; its handle stays null when there is none.
  Status CompileOne(std::string_view sql, SqlPolicy policy, PreparedStatement* prepared,
                    std::string_view* rest);
  Status CheckKind(const PreparedStatement& prepared) const;
  Status CheckNothingFollows(std::string_view rest, SqlPolicy policy);
  Status RunControl(const std::string& sql);
  /// sqlite3_prepare_v3 into `prepared`, whose guards may be missing.
  Status CompileUnguarded(std::string_view sql, SqlPolicy policy, PreparedStatement* prepared,
                          std::string_view* rest);
  Status MakeGuards(const std::set<std::string>& tables);
  /// Guards that were made in a transaction are gone with it, unless it was committed.
  void ForgetRolledBackGuards();
  void ForgetYoungGuards();

  std::string path_;
  sqlite3* handle_ = nullptr;
  bool read_only_ = false;
  StatementCache cache_;
  Authorizer authorizer_;
  ChangeTracker changes_;
  std::function<bool()> interrupt_check_;
  std::function<Status(std::string_view table)> make_guards_;
  std::vector<std::string> young_guards_;  // made in the transaction that runs
  // The end of a transaction is not interrupted, since it is what cleans up after an interrupt.
  bool in_control_ = false;
  bool reads_phrases_ = false;  // FTS5 knows the function that does.
  int depth_ = 0;
  uint64_t generation_ = 0;
  // Whether a statement has failed since the transaction began. Without it SQLite met an error that
  // it did not tell of, as while it opens a full-text table, and rolled back all the same.
  bool failed_ = false;
  uint64_t runs_ = 0;
};

}  // namespace archivolt
