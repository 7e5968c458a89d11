// ChangeTracker: which tables a commit changed, told to one listener after the commit.
//
// Owns the names collected since the last commit or rollback. Uses SQLite's pre-update hook, which
// also sees tables without rowid, REPLACE and DELETE without WHERE. Over-reports what a savepoint
// undid.
#pragma once

#include <functional>
#include <set>
#include <span>
#include <string>

#include "storage/authorizer.h"

struct sqlite3;

namespace archivolt {

class ChangeTracker {
 public:
  using Listener = std::function<void(std::span<const std::string>)>;

  void Install(sqlite3* handle) { handle_ = handle; }
  /// Without a listener the hooks are taken out, so that writes cost nothing more.
  void SetListener(Listener listener);
  /// Tells the listener when a commit has ended since the last call. Never inside a transaction.
  void NotifyIfCommitted(Authorizer& authorizer);

 private:
  static void OnChange(void* self, sqlite3* handle, int action, const char* schema,
                       const char* table, long long old_key, long long new_key);
  static int OnCommit(void* self);
  static void OnRollback(void* self);

  sqlite3* handle_ = nullptr;
  Listener listener_;
  std::set<std::string, std::less<>> tables_;
  bool committing_ = false;
};

}  // namespace archivolt
