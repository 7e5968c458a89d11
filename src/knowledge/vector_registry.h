// VectorRegistry: the vector indexes of this workspace, one a collection, kept in step with
// vector_points.
//
// Owns the indexes in memory and their filling from rows. Does not write points: the services do,
// and tell the registry after their commit. Rows are the truth: an index that may have missed
// something is filled again. Invariants: 1. an index handed out by Ready() holds the committed
// points of its collection, also when they were written or deleted behind its back: commits that
// the services did not tell of are noticed by their number of rows (inside a caller's transaction
// labels of deleted rows may remain: callers look the row up and call Forget); 2. an index that was
// changed or filled inside a caller's open transaction is stale: it is filled anew at its next use.
// Errors: NOT_FOUND (no such collection), OUT_OF_MEMORY, those of the database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedders.h"
#include "storage/database.h"
#include "vector/vector_index.h"

namespace archivolt {

/// The collection that holds the vectors of document chunks.
inline constexpr std::string_view kChunkCollection = "document_chunks";

struct VectorCollection {
  std::string id;
  std::string name;
  std::string quantization;
  EmbedderIdentity identity;
  VectorIndexOptions options;
  std::unique_ptr<VectorIndex> index;
  /// pk of the chunk of each label that has one, and the other way round. Changed by Bind alone.
  std::unordered_map<uint32_t, int64_t> chunk_of_label;
  std::unordered_map<int64_t, uint32_t> label_of_chunk;
  int64_t loaded_to = 0;  ///< the last point taken in while loading
  bool loaded = false;
  bool stale = false;
  bool may_hold_deleted = false;  ///< rows were deleted behind the registry's back

  /// Ties a label to its chunk, 0 for none.
  void Bind(uint32_t label, int64_t chunk);
  /// 0 for none.
  int64_t ChunkOf(uint32_t label) const {
    const auto found = chunk_of_label.find(label);
    return found == chunk_of_label.end() ? 0 : found->second;
  }
  std::optional<uint32_t> LabelOf(int64_t chunk) const {
    const auto found = label_of_chunk.find(chunk);
    return found == label_of_chunk.end() ? std::nullopt : std::optional(found->second);
  }
};

/// A point that a committed transaction added.
struct AddedPoint {
  uint32_t label;
  std::span<const float> vector;
  int64_t chunk_pk;  ///< 0 for none
};

class VectorRegistry {
 public:
  /// All three must outlive the registry.
  VectorRegistry(Database& database, Clock& clock, IdSource& ids);

  /// The collection, local ones first, or nullptr when there is none of that name. May not be
  /// loaded yet.
  Result<VectorCollection*> Find(std::string_view name);
  /// As Find, but NOT_FOUND when there is none.
  Result<VectorCollection*> Existing(std::string_view name);
  /// The collection with all its points in the index. NOT_FOUND when there is none.
  Result<VectorCollection*> Ready(std::string_view name);

  /// The collection of document chunks for vectors of this identity, made when missing. An empty
  /// one takes on the identity. FAILED_PRECONDITION when it holds vectors of another embedder: they
  /// must be embedded again.
  Result<VectorCollection*> ForChunks(const EmbedderIdentity& identity);
  /// As ForChunks, but only checks.
  Status CheckIdentity(const EmbedderIdentity& identity);

  /// To be called after the commit (or, inside a caller's transaction, after the statement), with
  /// every row that it changed; the collection must have been looked up before the commit.
  void PointsAdded(VectorCollection& collection, std::span<const AddedPoint> points);
  void PointsRemoved(VectorCollection& collection, std::span<const uint32_t> labels);
  /// Drops a label whose row is gone.
  void Forget(VectorCollection& collection, uint32_t label);
  void Dropped(const std::string& collection_id) { collections_.erase(collection_id); }

  /// Fills indexes and links pending vectors for about `budget_ms`; true = there is more to do.
  Result<bool> Maintain(int64_t budget_ms);
  /// [{collection, count, deleted, bytes, state: 'ready' | 'loading' | 'rebuilding'}]
  Result<Array> Describe();
  /// Forgets all indexes; they are filled again when used. For restores and imports.
  void Reset() { collections_.clear(); }

 private:
  Result<VectorCollection*> Take(Statement& row);
  Result<bool> LoadSlice(VectorCollection& collection);
  Status DropDeleted(VectorCollection& collection);
  void NoticeOtherWriters();
  Status Refresh();

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  RowChanges accounted_;  // of vector_points: what the indexes have taken in
  std::map<std::string, std::unique_ptr<VectorCollection>> collections_;  // by id
};

}  // namespace archivolt
