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

void ChangeTracker::Touch(int64_t rowid) {
  if (!touched_.complete) return;
  if (touched_.rowids.size() == kMaxTouchedRows) {
    touched_ = {.rowids = {}, .complete = false};
    return;
  }
  touched_.rowids.push_back(rowid);
}

void ChangeTracker::NotifyIfCommitted(Authorizer& authorizer) {
  if (!committing_ || sqlite3_get_autocommit(handle_) == 0) {
    // The hook runs before the commit: while the transaction is still open, that commit has failed.
    committing_ = false;
    return;
  }
  committing_ = false;
  authorizer.Refresh();
  std::vector<TableChanges> changed;
  for (auto& [table, rows] : std::exchange(tables_, {})) {
    if (authorizer.IsShadow(table)) continue;
    changed.push_back({table, std::move(rows.keys), rows.complete});
  }
  if (changed.empty() || !listener_) return;
  const Listener listener = listener_;  // It may replace itself.
  listener(changed);
}

void ChangeTracker::OnChange(void* self, sqlite3* handle, int action, const char* schema,
                             const char* table, long long old_key, long long new_key) {
  if (std::string_view(schema) != "main" || std::string_view(table).starts_with("sqlite_")) return;
  auto* tracker = static_cast<ChangeTracker*>(self);
  if (tracker->watched_ == table) {
    if (action != SQLITE_INSERT) tracker->Touch(old_key);
    if (action != SQLITE_DELETE && (action == SQLITE_INSERT || new_key != old_key)) {
      tracker->Touch(new_key);
    }
  }
  if (tracker->listener_) tracker->Collect(handle, action, table);
}

void ChangeTracker::Collect(sqlite3* handle, int action, std::string_view table) {
  const auto columns = key_columns_.find(table);
  auto rows = tables_.find(table);
  if (rows == tables_.end()) {
    rows = tables_.emplace(table, Collected()).first;
    rows->second.complete = columns != key_columns_.end();
  }
  if (!rows->second.complete) return;
  if (action != SQLITE_INSERT) AddKey(handle, columns->second, true, rows->second);
  if (action != SQLITE_DELETE) AddKey(handle, columns->second, false, rows->second);
  if (rows->second.keys.size() > kMaxReportedKeys) rows->second = Collected();
}

void ChangeTracker::AddKey(sqlite3* handle, const std::vector<int>& columns, bool old_row,
                           Collected& rows) {
  std::string key;
  for (const int& column : columns) {
    sqlite3_value* value = nullptr;
    const int found = old_row ? sqlite3_preupdate_old(handle, column, &value)
                              : sqlite3_preupdate_new(handle, column, &value);
    const auto* text = found == SQLITE_OK ? sqlite3_value_text(value) : nullptr;
    if (&column != columns.data()) key += '/';
    if (text != nullptr) key += reinterpret_cast<const char*>(text);
  }
  if (rows.seen.insert(key).second) rows.keys.push_back(std::move(key));
}

int ChangeTracker::OnCommit(void* self) {
  static_cast<ChangeTracker*>(self)->committing_ = true;
  return 0;
}

void ChangeTracker::OnRollback(void* self) {
  auto* tracker = static_cast<ChangeTracker*>(self);
  tracker->committing_ = false;
  tracker->tables_.clear();
}

}  // namespace archivolt
