// StatementCache: compiled statements, those on lease and the most recently used idle ones.
//
// Owns every sqlite3_stmt of a connection. A statement on lease is never handed out a second time;
// a second lease of the same SQL compiles again. Invariant: idle statements are reset and hold no
// parameters. FinalizeAll leaves the leased entries in place with a null handle.
#pragma once

#include <cstddef>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "storage/authorizer.h"

struct sqlite3_stmt;

namespace archivolt {

struct PreparedStatement {
  std::string sql;
  SqlPolicy policy = SqlPolicy::kTrusted;
  sqlite3_stmt* handle = nullptr;
  bool readonly = true;
  // Makes or drops tables.
  bool changes_schema = false;
  // The table an INSERT, UPDATE or DELETE names; empty for others.
  std::string target;
  std::list<PreparedStatement>::iterator self;
};

class StatementCache {
 public:
  static constexpr size_t kMaxIdle = 128;
  // Longer SQL is rarely run twice and would keep its text in memory.
  static constexpr size_t kMaxCachedSql = 16 * 1024;

  StatementCache() = default;
  ~StatementCache() { FinalizeAll(); }
  StatementCache(const StatementCache&) = delete;
  StatementCache& operator=(const StatementCache&) = delete;

  /// An idle statement of this SQL and policy, now on lease; or nullptr.
  PreparedStatement* Lease(std::string_view sql, SqlPolicy policy);
  /// An empty entry on lease, to be filled.
  PreparedStatement* NewLease();
  void Return(PreparedStatement* prepared);
  void FinalizeAll();
  size_t idle_count() const { return idle_.size(); }

 private:
  struct Key {
    std::string_view sql;  // Of the entry itself; list nodes do not move.
    SqlPolicy policy;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.sql) * 31 + static_cast<size_t>(key.policy);
    }
  };
  using Entries = std::list<PreparedStatement>;

  void Drop(Entries& entries, Entries::iterator entry);

  Entries leased_;
  Entries idle_;  // Most recently used first.
  std::unordered_map<Key, Entries::iterator, KeyHash> by_sql_;
};

}  // namespace archivolt
