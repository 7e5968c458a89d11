// Guards of tables: made before a table is first written, and again after a rollback.
#include <utility>

#include "sqlite3.h"
#include "storage/connection.h"

namespace archivolt {

Status Connection::CompileOne(std::string_view sql, SqlPolicy policy, PreparedStatement* prepared,
                              std::string_view* rest) {
  ForgetRolledBackGuards();
  while (true) {
    AV_RETURN_IF_ERROR(CompileUnguarded(sql, policy, prepared, rest));
    const std::set<std::string> unguarded = authorizer_.TakeUnguarded();
    if (unguarded.empty()) return Status::Ok();
    // The guards write too, so that there may be more of them the next time.
    sqlite3_finalize(std::exchange(prepared->handle, nullptr));
    AV_RETURN_IF_ERROR(MakeGuards(unguarded));
  }
}

void Connection::GuardTables(std::span<const std::string_view> tables,
                             std::function<Status(std::string_view table)> make) {
  authorizer_.ForgetGuards();
  young_guards_.clear();
  for (const std::string_view table : tables) authorizer_.SetGuarded(std::string(table), false);
  make_guards_ = std::move(make);
  // Makes SQLite compile anew what was compiled without them.
  authorizer_.Install(handle_);
}

Status Connection::MakeGuards(const std::set<std::string>& tables) {
  for (const std::string& table : tables) {
    AV_RETURN_IF_ERROR(make_guards_(table));
    authorizer_.SetGuarded(table, true);
    if (sqlite3_txn_state(handle_, nullptr) == SQLITE_TXN_WRITE) young_guards_.push_back(table);
  }
  return Status::Ok();
}

void Connection::ForgetRolledBackGuards() {
  if (young_guards_.empty() || sqlite3_txn_state(handle_, nullptr) == SQLITE_TXN_WRITE) return;
  ForgetYoungGuards();
}

void Connection::ForgetYoungGuards() {
  for (const std::string& table : young_guards_) authorizer_.SetGuarded(table, false);
  young_guards_.clear();
}

}  // namespace archivolt
