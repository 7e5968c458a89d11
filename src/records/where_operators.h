// The operators of a condition: one target, one operator, one operand -> SQL.
//
// Part of where_compiler.h, apart from it because the list is long. Each answer is a whole
// expression that may stand beside AND.
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "records/where_target.h"

namespace archivolt {

/// Appends the condition `target <name> operand`. Errors: INVALID_ARGUMENT {table, column, rule:
/// "operator"} for an unknown operator, for one that does not fit the column's kind and for an
/// operand of the wrong type.
Status AppendCondition(const WhereTarget& target, std::string_view name, const Value& operand,
                       SqlFragment& out);

}  // namespace archivolt
