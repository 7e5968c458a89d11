// VectorRegistry: the vector indexes of this workspace, one a collection, kept in step with
// vector_points.
//
// Owns the indexes in memory and their filling from rows. Does not write points: the services do,
// and tell the registry after their commit. Rows are the truth: an index that may have missed
// something is filled again. Invariants: 1. an index handed out by Ready() holds every committed
// point of its collection (labels of rows deleted behind its back may remain: callers look the row
// up and call Forget); 2. a change made inside a caller's open transaction marks the index stale,
// so that it is filled anew at its next use. Errors: NOT_FOUND (no such collection), OUT_OF_MEMORY,
// those of the database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
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
  /// pk of the chunk of each label that has one.
  std::unordered_map<uint32_t, int64_t> chunk_of_label;
  int64_t loaded_to = 0;  ///< the last point taken in while loading
  bool loaded = false;
  bool stale = false;

  /// 0 for none.
  int64_t ChunkOf(uint32_t label) const {
    const auto found = chunk_of_label.find(label);
    return found == chunk_of_label.end() ? 0 : found->second;
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
  VectorRegistry(Database& database, Clock& clock, IdSource& ids)
      : database_(database), clock_(clock), ids_(ids) {}

  /// The collection, local ones first, or nullptr when there is none of that name. May not be
  /// loaded yet.
  Result<VectorCollection*> Find(std::string_view name);
  /// The collection with all its points in the index. NOT_FOUND when there is none.
  Result<VectorCollection*> Ready(std::string_view name);

  /// The collection of document chunks for vectors of this identity, made when missing. An empty
  /// one takes on the identity. FAILED_PRECONDITION when it holds vectors of another embedder: they
  /// must be embedded again.
  Result<VectorCollection*> ForChunks(const EmbedderIdentity& identity);
  /// As ForChunks, but only checks.
  Status CheckIdentity(const EmbedderIdentity& identity);

  /// To be called after the commit (or, inside a caller's transaction, after the statement).
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
  Status Refresh();

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  std::map<std::string, std::unique_ptr<VectorCollection>> collections_;  // by id
};

}  // namespace archivolt
