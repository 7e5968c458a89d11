// The words of the record store's refusals: one form for all, with the details that callers branch
// on.
//
// Messages name tables and columns and say what is expected; they never hold a value.
#pragma once

#include <string_view>

#include "base/status.h"
#include "records/catalogue.h"

namespace archivolt {

/// INVALID_ARGUMENT {table, column, rule}. `expectation` completes "<table>.<column> ...", without
/// a full stop.
Status InvalidColumn(const Table& table, std::string_view column, std::string_view rule,
                     std::string_view expectation);

/// INVALID_ARGUMENT {table, rule} about a call as a whole. `message` is a whole sentence.
Status InvalidCall(std::string_view table, std::string_view rule, std::string_view message);

/// INVALID_ARGUMENT {table, column, rule: "column"}: the table has no such column (or it is
/// internal).
Status UnknownColumn(const Table& table, std::string_view column);

/// A name given by a caller, fit for a message: valid UTF-8, without control characters, at most 64
/// bytes.
std::string Printable(std::string_view name);

}  // namespace archivolt
