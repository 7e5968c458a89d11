// What the operators of a condition share: operands, parameters, and the guard that keeps JSON
// kinds apart.
//
// Part of where_operators.h; no other folder includes it.
#pragma once

#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "records/where_target.h"

namespace archivolt {

/// INVALID_ARGUMENT {table, column, rule: "operator"}: "<table>.<column> with <name>
/// <expectation>."
Status MisusedOperator(const WhereTarget& target, std::string_view name,
                       std::string_view expectation);

/// `value` as the target is compared with it. In JSON true and 1 differ, so booleans stay what they
/// are there. REQUIRES: value is not null.
Result<Value> WhereOperand(const WhereTarget& target, std::string_view name, const Value& value);

void AppendParameter(Value value, SqlFragment& out);

/// 'true' or 'false', as json_type and json_each name them.
void AppendJsonBoolean(bool value, SqlFragment& out);

/// For JSON appends "<the place is of the operand's kind> AND ": SQLite orders numbers before texts
/// and would find every text greater than 5.
void AppendKindGuard(const WhereTarget& target, const Value& operand, SqlFragment& out);

/// like, contains and startsWith.
Status AppendTextMatch(const WhereTarget& target, std::string_view name, const Value& operand,
                       SqlFragment& out);

/// has, hasAny and hasAll.
Status AppendHas(const WhereTarget& target, std::string_view name, const Value& operand,
                 SqlFragment& out);

}  // namespace archivolt
