// What find() may be asked for, and the limits that hold for it.
//
// Plain data; where_compiler.h and order_by.h give it meaning.
#pragma once

#include <cstdint>
#include <optional>

#include "base/value.h"

namespace archivolt {

struct FindOptions {
  /// null or an object, see where_compiler.h.
  Value where;
  /// null, "column", "-column" or an array of those; ties are broken by the key.
  Value order_by;
  /// Rows at most, 0 or more. None: all, up to kMaxFoundRows.
  std::optional<int64_t> limit;
  /// Rows to skip, 0 or more.
  int64_t offset = 0;
};

/// One find() hands out no more rows than this: without a limit more is an error, never a silent
/// cut.
inline constexpr int64_t kMaxFoundRows = 100'000;

}  // namespace archivolt
