// The statements on `documents` that ingest and its failures share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "knowledge/ingest_job.h"
#include "knowledge/ingest_request.h"
#include "storage/database.h"

namespace archivolt {

/// NOT_FOUND when the owner or the project does not exist.
Status CheckReferences(Database& database, const DocumentFields& fields);

/// The local document with these bytes and this owner, deleted and failed ones included.
Result<std::optional<KnownDocument>> FindSameBytes(Database& database,
                                                   const DocumentFields& fields);

/// Takes back the soft deletion.
Status ReviveDocument(Database& database, std::string_view id, int64_t now);

/// Removes failed local rows of the same owner with the same filename, except `keep`.
Status RemoveFailedRows(Database& database, const DocumentFields& fields, std::string_view keep);

/// What is written besides the caller's fields.
struct DocumentState {
  std::string_view id;
  std::string_view status;         ///< "indexed" or "failed"
  std::string_view error_message;  ///< empty = null
  std::string_view display_name;
  std::string_view content;  ///< borrowed until the statement has run; empty = null
  std::string_view content_summary;
  int64_t chunks = 0;
  int64_t now = 0;
};

/// Inserts the row, or overwrites the one with this id (which also ends its deletion).
Status WriteDocumentRow(Database& database, const DocumentFields& fields,
                        const DocumentState& state);

/// The last part of a path.
std::string_view BaseName(std::string_view filename);

}  // namespace archivolt
