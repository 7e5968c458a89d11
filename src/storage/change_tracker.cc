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

ChangeTracker::Rows& ChangeTracker::Of(std::string_view table) {
  if (last_ == nullptr || last_->first != table) {
    auto found = tables_.find(table);
    if (found == tables_.end()) found = tables_.emplace(table, Rows()).first;
    last_ = &*found;
  }
  return last_->second;
}

void ChangeTracker::Forget(Rows& rows) {
  rows.changed = false;
  rows.complete = false;
  rows.keys.clear();
  rows.seen.clear();
}

void ChangeTracker::SetListener(Listener listener) {
  listener_ = std::move(listener);
  SetHooks();
  if (listener_) return;
  for (auto& [table, rows] : tables_) Forget(rows);
}

void ChangeTracker::Watch(std::string_view table) {
  Of(table).watched = true;
  watching_ = true;
  SetHooks();
}

TouchedRows ChangeTracker::TakeTouched(std::string_view table) {
  return std::exchange(Of(table).touched, {});
}

void ChangeTracker::SetHooks() {
  const bool listening = static_cast<bool>(listener_) || watching_;
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
  for (auto& [table, rows] : tables_) {
    if (rows.changed && !authorizer.IsShadow(table))
      changed.push_back({table, std::move(rows.keys), rows.complete});
    Forget(rows);
  }
  if (changed.empty() || !listener_) return;
  const Listener listener = listener_;  // It may replace itself.
  listener(changed);
}

void ChangeTracker::OnChange(void* self, sqlite3* handle, int action, const char* schema,
                             const char* table, long long old_key, long long new_key) {
  if (std::string_view(schema) != "main" || std::string_view(table).starts_with("sqlite_")) return;
  auto* tracker = static_cast<ChangeTracker*>(self);
  Rows& rows = tracker->Of(table);
  if (rows.watched) {
    if (action != SQLITE_INSERT) Touch(rows.touched, old_key);
    if (action != SQLITE_DELETE && (action == SQLITE_INSERT || new_key != old_key)) {
      Touch(rows.touched, new_key);
    }
  }
  if (tracker->listener_) tracker->Collect(handle, action, rows);
}

void ChangeTracker::Collect(sqlite3* handle, int action, Rows& rows) {
  if (!rows.changed) rows.complete = !rows.key_columns.empty();
  rows.changed = true;
  if (!rows.complete) return;
  if (action != SQLITE_INSERT) AddKey(handle, true, rows);
  if (action != SQLITE_DELETE) AddKey(handle, false, rows);
  if (rows.keys.size() <= kMaxReportedKeys) return;
  Forget(rows);
  rows.changed = true;
}

void ChangeTracker::AddKey(sqlite3* handle, bool old_row, Rows& rows) {
  key_.clear();
  for (const int& column : rows.key_columns) {
    sqlite3_value* value = nullptr;
    const int found = old_row ? sqlite3_preupdate_old(handle, column, &value)
                              : sqlite3_preupdate_new(handle, column, &value);
    const auto* text = found == SQLITE_OK ? sqlite3_value_text(value) : nullptr;
    if (&column != rows.key_columns.data()) key_ += '/';
    if (text != nullptr) key_ += reinterpret_cast<const char*>(text);
  }
  if (!rows.seen.contains(key_)) rows.keys.push_back(*rows.seen.insert(key_).first);
}

int ChangeTracker::OnCommit(void* self) {
  static_cast<ChangeTracker*>(self)->committing_ = true;
  return 0;
}

void ChangeTracker::OnRollback(void* self) {
  auto* tracker = static_cast<ChangeTracker*>(self);
  tracker->committing_ = false;
  for (auto& [table, rows] : tracker->tables_) Forget(rows);
}

}  // namespace archivolt
