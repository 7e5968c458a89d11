// The one mapping of SQLite's result codes to Status, and the names SQLite's messages hold.
//
// Details: sqlite (extended code), table, column, constraint, rule, page, offset, where they are
// known. Messages say what to do and hold names of the schema, never values of the caller. Only
// storage/ may include this file; it knows sqlite3.h.
#pragma once

#include <string_view>

#include "base/status.h"

struct sqlite3;

namespace archivolt {

/// The status of an extended result code. message is sqlite3_errmsg's text at that moment; offset
/// is sqlite3_error_offset's answer, the byte in the SQL that a compile error is about, or -1. Ok
/// for SQLITE_OK, SQLITE_ROW and SQLITE_DONE.
Status MapSqliteError(int extended_code, std::string_view message, int offset = -1);

/// The status of the latest failed call on the connection, with the table of a failed index looked
/// up and the page of a failed checksum. result_code is what the call returned.
Status StatusFromConnection(sqlite3* handle, int result_code);

}  // namespace archivolt
