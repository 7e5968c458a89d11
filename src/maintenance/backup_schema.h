// Whether a database has exactly the schema of one of our versions.
//
// A file that comes from outside may hold triggers, views, CHECKs or generated columns that run
// when its tables are read or written. So what stands in its sqlite_schema is compared, as text,
// with a database that the migrations of this release make in memory, before anything else of it is
// asked.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "storage/database.h"
#include "storage/migrator.h"

namespace archivolt {

/// INVALID_ARGUMENT with "object" where the schema differs from that of the version: 1..the last of
/// the migrations. What ANALYZE makes is not compared.
Status CheckSchema(Database& database, int version, std::span<const Migration> migrations,
                   Clock& clock);

/// SQL without comments, white space and double quotes around plain names, where they change no
/// meaning: ALTER TABLE, editors and the embedding of migrations change these.
std::string NormalisedSql(std::string_view sql);

}  // namespace archivolt
