// RowChanges: how many rows of one table have been changed. Plain numbers.
#pragma once

#include <cstdint>

namespace archivolt {

struct RowChanges {
  int64_t written = 0;  ///< inserted or updated
  int64_t deleted = 0;

  bool operator==(const RowChanges&) const = default;
};

}  // namespace archivolt
