// One column's value, between what callers see and what SQLite stores.
//
// Owns the rules of each kind: type, form, range, length, allowed texts. Knows no statement text. A
// stored value is null, an integer, a double, a string or bytes. Errors: INVALID_ARGUMENT {table,
// column, rule}; rule is one of type, null, enum, range, length, id, utf8, nul, json, timestamp,
// date.
#pragma once

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"
#include "storage/statement.h"

namespace archivolt {

/// Ids, and columns that refer to one, are this long: 1 to kMaxIdChars characters.
inline constexpr uint32_t kMaxIdChars = 200;

/// A value to be written. Bytes stay views of `value`, which must outlive the result.
Result<Value> ToStored(const Table& table, const Column& column, const Value& value);

/// Whether the text may stand in a text column; its stored form is the text itself.
Status CheckStoredText(const Table& table, const Column& column, std::string_view text);

/// A value to compare a column with: the right type and form, but none of the limits of writing.
/// Null is refused. REQUIRES: the column is neither JSON nor a blob.
Result<Value> ToOperand(const Table& table, const Column& column, const Value& value);

/// The current row's value at `index`, as callers see it. CORRUPTION {table, column} when a JSON
/// column does not hold JSON, or JSON of more than 200 levels.
Result<Value> FromStored(const Table& table, const Column& column, const Statement& row, int index);

/// The current row as an object. REQUIRES: the statement answers the table's columns in the
/// catalogue's order.
Result<Value> ReadRow(const Table& table, const Statement& row);

/// Refuses text that is not valid UTF-8 or holds a NUL character.
Status CheckText(const Table& table, std::string_view column, std::string_view text);

}  // namespace archivolt
