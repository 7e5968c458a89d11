#include "storage/change_tracker.h"

#include <string_view>
#include <utility>
#include <vector>

#include "sqlite3.h"

namespace archivolt {
namespace {

void Touch(TouchedRows& rows, int64_t rowid) {
  if (!rows.complete) return;
  if (rows.rowids.size() == kMaxTouchedRows) {
    rows = {.rowids = {}, .complete = false};
    return;
  }
  rows.rowids.push_back(rowid);
}

}  // namespace

void ChangeTracker::SetListener(Listener listener) {
  listener_ = std::move(listener);
  SetHooks();
  if (!listener_) tables_.clear();
}

void ChangeTracker::Watch(std::string table) {
  touched_.try_emplace(std::move(table));
  SetHooks();
}

TouchedRows ChangeTracker::TakeTouched(std::string_view table) {
  const auto watched = touched_.find(table);
  return watched == touched_.end() ? TouchedRows() : std::exchange(watched->second, {});
}

void ChangeTracker::SetHooks() {
  const bool listening = static_cast<bool>(listener_) || !touched_.empty();
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
  if (const auto watched = tracker->touched_.find(std::string_view(table));
      watched != tracker->touched_.end()) {
    if (action != SQLITE_INSERT) Touch(watched->second, old_key);
    if (action != SQLITE_DELETE && (action == SQLITE_INSERT || new_key != old_key)) {
      Touch(watched->second, new_key);
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
