// OpenFile: opens a SQLite file with the settings of every Archivolt database, and puts it to rest.
//
// Owns the settings: safety, limits, page layout of new files, WAL, and the sealing of files that
// another program wrote. A file of another application is refused before anything in it changes.
// Internal to storage/. Errors as Database::Open says.
#pragma once

#include <string>

#include "base/status.h"
#include "storage/database.h"

struct sqlite3;

namespace archivolt {

/// A connection of the caller's, to be closed with sqlite3_close_v2.
Result<sqlite3*> OpenFile(const DatabaseOptions& options);

/// Brings the WAL into the file and, with single_file_at_rest, leaves WAL mode and gives back the
/// space that was reserved for growth. REQUIRES: no statement is compiled, no transaction is open.
Status PutToRest(sqlite3* handle, const DatabaseOptions& options);

/// Seals every page of a file that VACUUM INTO has just written in the same storage.
Status SealCopy(const std::string& path, const DatabaseOptions& options);

}  // namespace archivolt
