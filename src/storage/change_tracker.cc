#include "storage/change_tracker.h"

#include <string_view>
#include <utility>
#include <vector>

#include "sqlite3.h"

namespace archivolt {

void ChangeTracker::SetListener(Listener listener) {
  listener_ = std::move(listener);
  SetHooks();
  if (!listener_) tables_.clear();
}

void ChangeTracker::Watch(std::string table) {
  watched_ = std::move(table);
  SetHooks();
}

void ChangeTracker::SetHooks() {
  const bool listening = static_cast<bool>(listener_) || !watched_.empty();
  sqlite3_preupdate_hook(handle_, listening ? &ChangeTracker::OnChange : nullptr, this);
  sqlite3_commit_hook(handle_, listening ? &ChangeTracker::OnCommit : nullptr, this);
  sqlite3_rollback_hook(handle_, listening ? &ChangeTracker::OnRollback : nullptr, this);
}

void ChangeTracker::NotifyIfCommitted(Authorizer& authorizer) {
  if (!committing_ || sqlite3_get_autocommit(handle_) == 0) {
    // The hook runs before the commit: while the transaction is still open, that commit has failed.
    committing_ = false;
    return;
  }
  committing_ = false;
  committed_rows_.written += open_rows_.written;
  committed_rows_.deleted += open_rows_.deleted;
  open_rows_ = {};
  authorizer.Refresh();
  std::vector<std::string> changed;
  for (const std::string& table : std::exchange(tables_, {})) {
    if (!authorizer.IsShadow(table)) changed.push_back(table);
  }
  if (changed.empty() || !listener_) return;
  const Listener listener = listener_;  // It may replace itself.
  listener(changed);
}

void ChangeTracker::OnChange(void* self, sqlite3* /*handle*/, int action, const char* schema,
                             const char* table, long long /*old_key*/, long long /*new_key*/) {
  if (std::string_view(schema) != "main" || std::string_view(table).starts_with("sqlite_")) return;
  auto* tracker = static_cast<ChangeTracker*>(self);
  if (tracker->watched_ == table) {
    ++(action == SQLITE_DELETE ? tracker->open_rows_.deleted : tracker->open_rows_.written);
  }
  if (!tracker->listener_) return;
  auto& tables = tracker->tables_;
  if (!tables.contains(std::string_view(table))) tables.emplace(table);
}

int ChangeTracker::OnCommit(void* self) {
  static_cast<ChangeTracker*>(self)->committing_ = true;
  return 0;
}

void ChangeTracker::OnRollback(void* self) {
  auto* tracker = static_cast<ChangeTracker*>(self);
  tracker->committing_ = false;
  tracker->tables_.clear();
  tracker->open_rows_ = {};
}

}  // namespace archivolt
