// ChangeTracker: which tables a commit changed, told to one listener after the commit, and how many
// rows of one watched table commits have changed.
//
// Owns the names and numbers collected since the last commit or rollback. Uses SQLite's pre-update
// hook, which also sees tables without rowid, cascades, REPLACE and DELETE without WHERE.
// Over-reports what a savepoint undid.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>

#include "storage/authorizer.h"
#include "storage/row_changes.h"

struct sqlite3;

namespace archivolt {

class ChangeTracker {
 public:
  using Listener = std::function<void(std::span<const std::string>)>;

  void Install(sqlite3* handle) { handle_ = handle; }
  /// Without a listener and a watched table the hooks are taken out, so that writes cost nothing
  /// more.
  void SetListener(Listener listener);
  /// From now on changes of this table are counted; one table at a time.
  void Watch(std::string table);
  /// Of the watched table, by transactions that have committed.
  const RowChanges& row_changes() const { return committed_rows_; }
  /// Tells the listener when a commit has ended since the last call. Never inside a transaction.
  void NotifyIfCommitted(Authorizer& authorizer);

 private:
  void SetHooks();
  static void OnChange(void* self, sqlite3* handle, int action, const char* schema,
                       const char* table, long long old_key, long long new_key);
  static int OnCommit(void* self);
  static void OnRollback(void* self);

  sqlite3* handle_ = nullptr;
  Listener listener_;
  std::set<std::string, std::less<>> tables_;
  std::string watched_;
  RowChanges committed_rows_;
  RowChanges open_rows_;  // of the transaction that runs
  bool committing_ = false;
};

}  // namespace archivolt
