// What commits changed: counts of one watched table, and the keys of rows. Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace archivolt {

struct RowChanges {
  int64_t written = 0;  ///< inserted or updated
  int64_t deleted = 0;

  bool operator==(const RowChanges&) const = default;
};

/// The rows of one table that a commit inserted, changed or deleted.
struct TableChanges {
  std::string table;
  /// Each key once, in order of first change; several key columns are joined by "/".
  std::vector<std::string> keys;
  /// False when keys are not known for this table, or were more than kMaxReportedKeys: then `keys`
  /// is empty.
  bool complete = false;

  bool operator==(const TableChanges&) const = default;
};

/// More rows of one table than this in one commit are reported without their keys.
inline constexpr size_t kMaxReportedKeys = 1000;

}  // namespace archivolt
