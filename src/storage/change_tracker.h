// ChangeTracker: which tables and rows a commit changed, told to one listener after the commit, and
// which rows of watched tables were touched.
//
// Owns the names and keys collected since the last commit or rollback, and the rowids of the
// watched tables since they were last taken, whatever became of their transaction. Uses SQLite's
// pre-update hook, which also sees tables without rowid, cascades, REPLACE and DELETE without
// WHERE. Over-reports what a savepoint undid.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "storage/authorizer.h"
#include "storage/row_changes.h"

struct sqlite3;

namespace archivolt {

class ChangeTracker {
 public:
  using Listener = std::function<void(std::span<const TableChanges>)>;

  void Install(sqlite3* handle) { handle_ = handle; }
  /// Without a listener and watched tables the hooks are taken out, so that writes cost nothing
  /// more.
  void SetListener(Listener listener);
  /// From now on changes of this table come with the keys of their rows. `columns`: places of the
  /// key columns in the table.
  void ReportKeys(std::string_view table, std::vector<int> columns) {
    Of(table).key_columns = std::move(columns);
  }
  /// From now on the rowids of this table's changed rows are kept. Each table has one watcher.
  void Watch(std::string_view table);
  /// What was touched since the last call, also by transactions that run still or were rolled back:
  /// whoever keeps something in step with the rows reads them again. Nothing unless watched.
  TouchedRows TakeTouched(std::string_view table);
  /// Tells the listener when a commit has ended since the last call. Never inside a transaction.
  void NotifyIfCommitted(Authorizer& authorizer);

 private:
  /// What is known of one table.
  struct Rows {
    std::vector<int> key_columns;  // none: its keys are not reported
    bool watched = false;
    TouchedRows touched;
    // In the transaction that runs.
    bool changed = false;
    bool complete = false;
    std::vector<std::string> keys;
    std::unordered_set<std::string> seen;
  };
  Rows& Of(std::string_view table);
  void SetHooks();
  static void Forget(Rows& rows);
  void Collect(sqlite3* handle, int action, Rows& rows);
  void AddKey(sqlite3* handle, bool old_row, Rows& rows);
  static void OnChange(void* self, sqlite3* handle, int action, const char* schema,
                       const char* table, long long old_key, long long new_key);
  static int OnCommit(void* self);
  static void OnRollback(void* self);

  sqlite3* handle_ = nullptr;
  Listener listener_;
  bool watching_ = false;
  std::map<std::string, Rows, std::less<>> tables_;  // none ever leaves
  // The one that was asked for last: rows of one table come in a row.
  std::pair<const std::string, Rows>* last_ = nullptr;
  std::string key_;  // of AddKey
  bool committing_ = false;
};

}  // namespace archivolt
