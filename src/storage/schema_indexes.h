// SchemaIndexes: the indexes of the schema that only make queries faster, which may be set aside
// while many rows come into a table.
//
// Keeping an index up to date row by row costs several times what sorting all rows once does. Which
// indexes there have to be is said by the migrations, and which are missing by the file: nothing
// else is written down, so that whatever ends an import (a kill, a cancellation, an error), the
// next one to look makes them again. Indexes that hold a constraint stay. Without the others every
// answer is the same, only later.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/database.h"
#include "storage/migrator.h"

namespace archivolt {

class SchemaIndexes {
 public:
  /// Making an index needs memory for all of its entries, some 90 bytes each: tables with more rows
  /// keep theirs.
  static constexpr int64_t kMostRows = 1'500'000;

  /// The database and the migrations must outlive the indexes.
  SchemaIndexes(Database& database, std::span<const Migration> migrations)
      : database_(database), migrations_(migrations) {}

  /// Drops the table's indexes, in the transaction that is open, if it has at most `rows` rows and
  /// kMostRows; makes those that are missing again when it has more than kMostRows. Does nothing
  /// while a query reads.
  Status SetAside(std::string_view table, int64_t rows);
  /// Makes one index that is missing; false when none is, and in a database that cannot be written
  /// or is inside a transaction.
  Result<bool> RestoreOne();
  /// Makes all that are missing, of one table or of all.
  Status RestoreAll(std::string_view table = {}) { return Restore(table, false).status(); }

 private:
  struct Index {
    std::string_view name;
    std::string_view table;
    std::string_view sql;
  };
  /// Those of the schema that the file has.
  Result<std::vector<Index>> Known();
  /// Whether any was made.
  Result<bool> Restore(std::string_view table, bool one);

  Database& database_;
  std::span<const Migration> migrations_;
  bool complete_ = false;  // None was missing, and none was set aside since.
};

}  // namespace archivolt
