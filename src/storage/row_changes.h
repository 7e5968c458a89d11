// What changed: the touched rows of one watched table, and the keys of rows that commits changed.
// Plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace archivolt {

struct TouchedRows {
  /// In the order of the changes; a row may come several times.
  std::vector<int64_t> rowids;
  /// False when they were more than kMaxTouchedRows: then `rowids` is empty, and any may have
  /// changed.
  bool complete = true;

  bool operator==(const TouchedRows&) const = default;
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
inline constexpr size_t kMaxTouchedRows = size_t{1} << 18;

}  // namespace archivolt
