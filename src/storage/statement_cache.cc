#include "storage/statement_cache.h"

#include "sqlite3.h"

namespace archivolt {

PreparedStatement* StatementCache::Lease(std::string_view sql, SqlPolicy policy) {
  const auto found = by_sql_.find(Key{sql, policy});
  if (found == by_sql_.end()) return nullptr;
  const Entries::iterator entry = found->second;
  by_sql_.erase(found);
  leased_.splice(leased_.begin(), idle_, entry);
  return &*entry;
}

PreparedStatement* StatementCache::NewLease() {
  leased_.emplace_front();
  leased_.front().self = leased_.begin();
  return &leased_.front();
}

void StatementCache::Return(PreparedStatement* prepared) {
  const Entries::iterator entry = prepared->self;
  const Key key{prepared->sql, prepared->policy};
  if (prepared->handle == nullptr || prepared->sql.size() > kMaxCachedSql ||
      by_sql_.contains(key)) {
    Drop(leased_, entry);
    return;
  }
  sqlite3_clear_bindings(prepared->handle);
  idle_.splice(idle_.begin(), leased_, entry);
  by_sql_.emplace(key, entry);
  if (idle_.size() > kMaxIdle) {
    const Entries::iterator oldest = std::prev(idle_.end());
    by_sql_.erase(Key{oldest->sql, oldest->policy});
    Drop(idle_, oldest);
  }
}

void StatementCache::FinalizeAll() {
  by_sql_.clear();
  while (!idle_.empty()) Drop(idle_, idle_.begin());
  for (PreparedStatement& prepared : leased_) {
    sqlite3_finalize(prepared.handle);
    prepared.handle = nullptr;
  }
}

void StatementCache::Drop(Entries& entries, Entries::iterator entry) {
  sqlite3_finalize(entry->handle);
  entries.erase(entry);
}

}  // namespace archivolt
