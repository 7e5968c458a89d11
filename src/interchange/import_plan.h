// ImportPlan: what one batch of an import writes, as SQL.
//
// Owns the choice of columns and the texts of the statements. Touches no database.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/status.h"
#include "interchange/row_import.h"
#include "records/catalogue.h"

namespace archivolt {

/// Parameters 1..n of the statements for one row are the columns.
struct ImportPlan {
  const Table* table = nullptr;
  std::vector<const Column*> columns;
  size_t given = 0;         // of columns, the rest are defaults
  std::vector<size_t> key;  // places of the key in columns
  std::string exists;
  std::string insert;
  std::string insert_many;   // rows ?1 to ?2, that one left out
  std::string insert_alone;  // the same, for where triggers do not run
  std::string update;        // empty: rows are never changed
};

/// INVALID_ARGUMENT for a table or column that nothing is imported into.
Result<ImportPlan> PlanOf(const RowImport::Batch& batch);

}  // namespace archivolt
