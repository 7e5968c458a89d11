// Names what a failed write broke: SQLite says that a foreign key failed, but not which.
//
// Looks at the database after the failed statement was undone. Adds details (table, column,
// references) and a message; codes and the first details stay as the storage layer gave them.
#pragma once

#include <span>

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"
#include "storage/database.h"

namespace archivolt {

/// What was written: columns and their stored values, in the same order.
struct WrittenValues {
  std::span<const Column* const> columns;
  std::span<const Value> values;
};

/// `status` of a failed INSERT or UPDATE, with table and column as far as they can be found. Ok
/// stays ok.
Status ExplainFailedWrite(Database& database, const Table& table, const WrittenValues& written,
                          Status status);

/// `status` of a failed DELETE of the row with these key values, with the table and column that
/// still refer to it.
Status ExplainFailedDelete(Database& database, const Table& table, std::span<const Value> key,
                           Status status);

}  // namespace archivolt
