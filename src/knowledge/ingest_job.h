// The state of one document on its way in. Plain data, owned by IngestService.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "knowledge/ingest_request.h"
#include "storage/transaction.h"

namespace archivolt {

struct IngestJob {
  enum class Phase { kChunk, kEmbed, kWrite, kDone };

  int64_t number = 0;
  IngestRequest request;
  Phase phase = Phase::kChunk;
  EmbedderIdentity identity;  ///< of the vectors; without meaning when there are none

  std::unique_ptr<Chunker> chunker;  ///< while chunking; refers to request.text
  std::vector<ChunkSpan> spans;      ///< empty when the caller brought chunks
  std::string title;                 ///< the document's own heading, if any

  bool wants_vectors = false;
  bool vectors_given = false;    ///< they came with the chunks
  size_t embedded = 0;           ///< built-in: chunks done, from the front
  std::vector<float> vectors;    ///< chunks x dimensions
  std::vector<bool> has_vector;  ///< false: none of its words is known, there is nothing to store
  std::vector<bool> received;    ///< external: which vectors have come
  size_t received_count = 0;

  // Of the write phase.
  std::optional<Transaction> transaction;
  std::string replaces;  ///< id of a failed or deleted row of the same bytes, or empty
  std::string document_id;
  std::string collection_id;
  bool duplicate = false;  ///< another job brought the same bytes in meanwhile
  size_t duplicate_chunks = 0;
  size_t written = 0;
  int64_t now = 0;
  int64_t next_chunk_pk = 0;
  int64_t next_label = 0;

  /// Whether the caller is to bring vectors.
  bool WaitsForVectors() const {
    return phase == Phase::kEmbed && request.embed == EmbedMode::kExternal;
  }
  size_t chunk_count() const { return request.has_chunks ? request.chunks.size() : spans.size(); }
};

/// The text of one chunk; it lives as long as the job.
std::string_view ChunkText(const IngestJob& job, size_t index);

/// What already stands in the database for the same bytes of the same owner.
struct KnownDocument {
  std::string id;
  std::string status;
  bool deleted = false;
  int64_t chunks = 0;
};

}  // namespace archivolt
