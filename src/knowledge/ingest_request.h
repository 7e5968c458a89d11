// What an ingest request says about a document, checked and in the form in which the database
// stores it.
//
// Owns the checks of every field that need no database, the recognition of binary junk, and the
// defaults.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedders.h"
#include "text/chunker.h"

namespace archivolt {

/// Columns of `documents` that come from the caller; stored form, null when not given.
struct DocumentFields {
  std::string filename;
  std::optional<std::string> owner_id;
  std::optional<std::string> project_id;
  Value content_hash, size_bytes, mime_type, suffix, file_type, category, tags, url, source_type,
      metadata, relative_path;
};

/// A chunk that the caller has cut already.
struct GivenChunk {
  std::string text;
  std::optional<int64_t> start;  ///< UTF-16 units
  std::optional<int64_t> end;
  std::vector<float> vector;  ///< empty when not given
  Value metadata;             ///< JSON text or null
};

struct IngestRequest {
  DocumentFields fields;
  std::string text;
  ChunkFormat format = ChunkFormat::kPlain;
  ChunkOptions chunking;
  std::vector<CodeSection> sections;
  EmbedMode embed = EmbedMode::kBuiltin;
  bool has_chunks = false;
  std::vector<GivenChunk> chunks;
};

/// {filename, contentHash?, sizeBytes?, contentType?, category?, tags?, owner?, project?, url?,
/// sourceType?, metadata?, format?}. Errors: INVALID_ARGUMENT {argument} or {table, column}.
Result<DocumentFields> ReadDocumentFields(const Object& request);

/// All of ingest.open. Texts are checked for emptiness, encoding, junk and `max_bytes`.
Result<IngestRequest> ReadIngestRequest(const Object& request, size_t max_bytes,
                                        const ChunkOptions& chunking);

}  // namespace archivolt
