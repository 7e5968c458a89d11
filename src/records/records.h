// RecordStore: the typed way to the rows of every table in the catalogue.
//
// Owns validation, conversion between columns and values, ids and times of new rows, and the words
// of errors. Does not own the database, vectors (knowledge/) or SQL of callers (sql.h). Names reach
// SQL only from the catalogue, values only as bound parameters. Rows are objects by column name; a
// column that is left out differs from null and from "". Durability: each writing call is one
// transaction (a savepoint inside an open one); after OK it is committed. Errors: NOT_FOUND (update
// of a missing row), INVALID_ARGUMENT {table, column, rule}, ALREADY_EXISTS and CONSTRAINT {table,
// column}, FAILED_PRECONDITION for a table that is not written this way. A failed call changes
// nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"
#include "records/find_options.h"
#include "storage/database.h"

namespace archivolt {

class RecordStore {
 public:
  /// All three must outlive the store.
  RecordStore(Database& database, Clock& clock, IdSource& ids)
      : database_(database), clock_(clock), ids_(ids) {}

  /// Inserts one row and answers it as stored. id is made when left out, created_at and updated_at
  /// are filled in.
  Result<Value> Insert(std::string_view table, const Object& row);

  /// Inserts all rows or none. Answers what names each: its id, or for a table of another key the
  /// key columns joined by "/". An error's detail `row` is the index of the row that failed. At
  /// most kMaxInsertedRows.
  Result<std::vector<std::string>> InsertMany(std::string_view table, const Array& rows);

  /// The row, or null. `id` is a string, or an object with the key columns of a table without id.
  Result<Value> Get(std::string_view table, const Value& id);

  /// Rows that meet `where`, in order.
  Result<Array> Find(std::string_view table, const FindOptions& options);

  /// How many rows meet `where` (null: all).
  Result<int64_t> Count(std::string_view table, const Value& where);

  /// Changes the columns that `patch` names and answers the row; updated_at is always set
  /// by the store. An empty patch changes nothing.
  Result<Value> Update(std::string_view table, const Value& id, const Object& patch);

  /// True when there was such a row.
  Result<bool> Delete(std::string_view table, const Value& id);

  /// One insertMany takes no more rows than this.
  static constexpr size_t kMaxInsertedRows = 100'000;

 private:
  Database& database_;
  Clock& clock_;
  IdSource& ids_;
};

}  // namespace archivolt
