// SqlService: SQL text given by callers, reads and single writes.
//
// Values go in and come out as SQLite holds them (times are integer microseconds, JSON is text);
// records.h is the typed way. Parameters are always bound. What a statement may do is decided by
// the storage layer's authorizer, never by looking at the text: no DDL, no PRAGMA, no ATTACH, no
// internal tables. Durability: Execute and Batch are one transaction each; after OK they are
// committed.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "records/slow_queries.h"
#include "storage/database.h"

namespace archivolt {

struct QueryOptions {
  /// So long the rows are read; what is left comes by Next. Below 0: without an end.
  int64_t budget_ms = -1;
  /// Columns that hold secrets may be read (storage/authorizer.h).
  bool secrets = false;
};

class SqlService {
 public:
  /// The most rows that one query hands out; more is INVALID_ARGUMENT, which says to use LIMIT.
  static constexpr int64_t kMaxRows = 1'000'000;
  /// The most bytes of texts and blobs in them.
  static constexpr size_t kMaxBytes = size_t{256} << 20;

  /// `database` and `slow`, which may be null, must outlive the service.
  explicit SqlService(Database& database, SlowQueries* slow = nullptr);
  ~SqlService();

  /// Runs one reading statement. `params` is null, an array (?1, ?2...) or an object (:name, @name
  /// or $name, given without the sign). Answers {columns: [text], rows: [[value]]}, and more: true
  /// when rows may be left: nothing is to be written then before Next has given them or GiveUp was
  /// called. Errors: INVALID_ARGUMENT (syntax, a statement that writes, wrong parameters, a secret,
  /// too many rows), CANCELLED.
  Result<Value> Query(std::string_view sql, const Value& params, QueryOptions options = {});
  /// More rows of the query that is not at its end: {rows, more?}. FAILED_PRECONDITION: none is.
  Result<Value> Next(int64_t budget_ms);
  /// Ends the query that is not at its end.
  void GiveUp();

  /// Runs one INSERT, UPDATE, DELETE or REPLACE. Answers {changes: rows changed}.
  Result<Value> Execute(std::string_view sql, const Value& params);

  /// Runs several writing statements, each {sql, params?}, in one transaction: all or nothing.
  /// Answers [{changes}]. An error carries the detail `statement`, the index that failed.
  Result<Value> Batch(const Array& statements);

 private:
  struct Cursor;
  /// In the transaction that is open.
  Result<Value> Write(std::string_view sql, const Value& params);

  Database& database_;
  SlowQueries* slow_;
  std::unique_ptr<Cursor> cursor_;
};

}  // namespace archivolt
