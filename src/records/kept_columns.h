// Columns that the core keeps by itself: times, counts and texts that follow from other columns or
// other tables' rows.
//
// Two declarative tables, of which row_guards.h makes parts of its triggers. Kept are rows made
// here (origin 'local'), since those of other systems keep what their export said; updated_at and
// identifiers are kept for all. Listed in schema/README.md.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "records/catalogue.h"

namespace archivolt {

enum class RowEvent : uint8_t { kInsert, kUpdate, kDelete };

/// A column of the very row that was written.
struct KeptColumn {
  std::string_view column;
  std::string when;   // SQL over NEW (and OLD): whether the column must change
  std::string value;  // SQL: to what
};

/// Those of an INSERT or UPDATE. `with_identifiers`: archivolt_identifiers(title, code) is there.
std::vector<KeptColumn> KeptColumns(const Table& table, RowEvent event, bool with_identifiers);

/// UPDATE statements, each ended by ';', that keep other tables true after a change of this one's
/// row. Each ends its condition with archivolt_keep(1).
std::string FollowingUpdates(std::string_view table, RowEvent event);

}  // namespace archivolt
