// What concerns every full-text index of the catalogue at once.
#pragma once

#include "base/status.h"
#include "storage/database.h"

namespace archivolt {

/// Merges the segments of every full-text index into one, which leaves out what was deleted.
Status MergeFullText(Database& database);

}  // namespace archivolt
