// SqlService: SQL text given by callers, reads and single writes.
//
// Values go in and come out as SQLite holds them (times are integer microseconds, JSON is text);
// records.h is the typed way. Parameters are always bound. What a statement may do is decided by
// the storage layer's authorizer, never by looking at the text: no DDL, no PRAGMA, no ATTACH, no
// internal tables. Durability: Execute and Batch are one transaction each; after OK they are
// committed.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "records/slow_queries.h"
#include "storage/database.h"

namespace archivolt {

class SqlService {
 public:
  /// The most rows that one query hands out; more is INVALID_ARGUMENT, which says to use LIMIT.
  static constexpr int64_t kMaxRows = 1'000'000;

  /// `database` and `slow`, which may be null, must outlive the service.
  explicit SqlService(Database& database, SlowQueries* slow = nullptr)
      : database_(database), slow_(slow) {}

  /// Runs one reading statement. `params` is null, an array (?1, ?2...) or an object (:name, @name
  /// or $name, given without the sign). Answers {columns: [text], rows: [[value]]}. Errors:
  /// INVALID_ARGUMENT (syntax, a statement that writes, wrong parameters), CANCELLED.
  Result<Value> Query(std::string_view sql, const Value& params);

  /// Runs one INSERT, UPDATE, DELETE or REPLACE. Answers {changes: rows changed}.
  Result<Value> Execute(std::string_view sql, const Value& params);

  /// Runs several writing statements, each {sql, params?}, in one transaction: all or nothing.
  /// Answers [{changes}]. An error carries the detail `statement`, the index that failed.
  Result<Value> Batch(const Array& statements);

 private:
  Database& database_;
  SlowQueries* slow_;
};

}  // namespace archivolt
