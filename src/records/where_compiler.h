// Where: the condition of find and count, from a value to SQL with bound parameters.
//
// Form: an object; its members all hold. { column: value } is equality, { column: null } is isNull,
// { column: { operator: operand, ... } } all of the operators; and, or (arrays) and not (an object)
// combine. Where a column is JSON, the key may go on with a path: { 'metadata.path': 'x' }. {}
// meets every row, { or: [] } none. Operators: eq ne in nin isNull · lt lte gt gte between (both
// ends included) · like (% and _, \ escapes) contains (substring) startsWith · has hasAny hasAll
// (members of a JSON array). like and contains ignore the case of ASCII letters. null is a value
// like others for ne, nin and not: they hold for a row that has none; no order or text operator
// holds for it. Errors: INVALID_ARGUMENT {table, column, rule}; an unknown operator is named.
// Caller text never becomes SQL text.
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"
#include "records/where_target.h"

namespace archivolt {

inline constexpr int kMaxWhereDepth = 16;
inline constexpr int kMaxWhereConditions = 256;
inline constexpr size_t kMaxWhereListLength = 10'000;

/// One SQL expression over the columns of `alias` ("" = unqualified), in parentheses where needed;
/// "1" when `where` is null or {}.
Result<SqlFragment> CompileWhere(const Table& table, std::string_view alias, const Value& where);

/// The same over the inside of one JSON column: keys are paths in it, { lang: 'cpp', 'a.b': { gte:
/// 1 } }. REQUIRES: `column` is a JSON column of `table`.
Result<SqlFragment> CompilePayloadWhere(const Table& table, const Column& column,
                                        std::string_view alias, const Value& where);

}  // namespace archivolt
