// References: the foreign keys of the schema, with what a deletion of the parent does to the child.
//
// Read from the database itself, so that no list has to follow the schema. Only keys that point at
// the `id` of a table of the catalogue; `systems` is left out, since no row belongs to a system.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"
#include "records/row_sql.h"
#include "storage/database.h"

namespace archivolt {

struct Reference {
  const Table* child;
  std::string column;
  std::string parent;
  bool cascades;  ///< ON DELETE CASCADE
};

/// In the order of the tables' names.
Result<std::vector<Reference>> ReadReferences(Database& database);

/// What names a row of the table within it: `pk`, or its key columns in parentheses, separated by
/// commas.
std::string RowNames(const Table& table);

/// How many rows, by table.
using RowCounts = std::map<std::string, int64_t, std::less<>>;
Object CountsOf(const RowCounts& counts);

}  // namespace archivolt
