// ORDER BY from what callers give: "created_at", "-created_at" or an array of those.
//
// Owns the tie break that makes paging stable: the internal key (or the key columns) in the
// direction of the last term. Null comes before every value, or after it in a descending order.
#pragma once

#include <string>

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"

namespace archivolt {

/// The text after ORDER BY, with columns of `alias`. Errors: INVALID_ARGUMENT {table, column, rule}
/// for an unknown column, one that has no order (JSON, bytes), more than 8 terms or another form.
Result<std::string> CompileOrderBy(const Table& table, std::string_view alias,
                                   const Value& order_by);

}  // namespace archivolt
