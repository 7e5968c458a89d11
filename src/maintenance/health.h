// HealthService: what is wrong with the database, and the upkeep that keeps it quick and small.
//
// Reads everything, changes nothing but statistics, full-text segments and free pages. Damage is an
// answer of Report, not an error. Errors: those of the database, when it cannot be read at all.
#pragma once

#include <cstdint>

#include "base/status.h"
#include "base/value.h"
#include "storage/database.h"

namespace archivolt {

class HealthService {
 public:
  /// Must outlive the service.
  explicit HealthService(Database& database) : database_(database) {}

  /// {ok, integrity: [finding], foreignKeys, fullText: {index: sound}, vectors: {collection: {ok,
  /// missing, orphaned}}, tables: [{name, rows, indexes}], pageCount, freePages}. `full` compares
  /// every index with its table.
  Result<Value> Report(bool full);

  /// Statistics for the query planner and one segment for each full-text index.
  Status Optimize();
  /// The same for the planner alone, looking at a few hundred rows of what has changed much: for
  /// closing.
  Status OptimizeBriefly();
  /// Rewrites the file when it has free pages. Answers {freedBytes}. Needs as much storage and
  /// memory again as the file is long.
  Result<Value> Compact();

 private:
  Result<Array> Integrity(bool full);
  Result<bool> IsSound(std::string_view index);
  Result<Object> Vectors(bool& ok);
  Result<Array> Tables();
  Result<int64_t> Number(std::string_view sql);

  Database& database_;
};

}  // namespace archivolt
