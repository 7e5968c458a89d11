// What a condition is about: a column, or a place inside a JSON column named by a path such as
// "metadata.a.b[0]".
//
// Owns the reading of paths and the SQL expression of a target. A path's text is bound as a
// parameter, never written into the SQL. Names come from the catalogue.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"

namespace archivolt {

/// An SQL expression under construction and the values of its `?` parameters, in order.
struct SqlFragment {
  std::string sql;
  std::vector<Value> bindings;
};

struct WhereTarget {
  const Table* table = nullptr;
  const Column* column = nullptr;
  std::string column_sql;  // the column with its alias
  std::string json_path;   // "$", "$.\"a\"[0]"; empty for a column that is not JSON

  bool is_json() const { return !json_path.empty(); }
};

/// A path has 1 to 16 names of 1 to 100 characters, separated by '.', each with any number of
/// indexes "[0]". Names may hold anything except '.', '[', ']', '"', '\\' and control characters.
inline constexpr size_t kMaxPathNames = 16;

/// Finds what `key` names. A JSON column may be followed by '.' and a path. Errors:
/// INVALID_ARGUMENT for unknown columns and malformed paths.
Result<WhereTarget> ResolveTarget(const Table& table, std::string_view alias, std::string_view key);

/// A target inside one JSON column, `key` being the path alone: for filters over a payload.
/// REQUIRES: `column` is a JSON column of `table`.
Result<WhereTarget> ResolvePayloadTarget(const Table& table, const Column& column,
                                         std::string_view alias, std::string_view key);

/// Appends the target's value as SQL sees it: the column, or json_extract of the place.
void AppendTargetValue(const WhereTarget& target, SqlFragment& out);

/// Appends json_type of the place: 'text', 'true', 'integer'..., or NULL when there is no such
/// place. REQUIRES: target.is_json().
void AppendTargetType(const WhereTarget& target, SqlFragment& out);

}  // namespace archivolt
