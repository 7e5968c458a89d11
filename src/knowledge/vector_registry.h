// VectorRegistry: the vector indexes of this workspace, one a collection, kept in step with
// vector_points.
//
// Owns the indexes in memory and their filling from rows. Does not write points: services, cascades
// and callers' SQL do, and the registry reads the rows that were touched since its last use.
// Invariants: 1. an index handed out by Ready() holds exactly the points that the connection sees:
// the committed ones, inside a transaction its own as well, after its end none that was rolled
// back; 2. what an index lacks memory for is stale and filled anew at its next use. Errors:
// NOT_FOUND (no such collection), OUT_OF_MEMORY, those of the database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedded_rows.h"
#include "knowledge/embedders.h"
#include "knowledge/graph_store.h"
#include "storage/database.h"
#include "vector/vector_index.h"

namespace archivolt {

// The column of collections that an older schema lacks: SQLite looks for its name in the inner FROM
// first, and in the outer one, which has the second text beside `c`, then.
#define ARCHIVOLT_QUANTIZATION_AUTO \
  "(SELECT quantization_auto FROM vector_collections WHERE id = c.id)"
#define ARCHIVOLT_NO_QUANTIZATION_AUTO "(SELECT 0 AS quantization_auto)"

/// The table of all points, which the registry watches.
inline constexpr std::string_view kPointsTable = "vector_points";

struct VectorCollection {
  std::string id;
  std::string name;
  std::string quantization;
  EmbedderIdentity identity;
  VectorIndexOptions options;
  std::unique_ptr<VectorIndex> index;
  /// pk of the row (a chunk, a message...) whose text each vector stands for, and the other way
  /// round; empty for collections of callers. Changed by Bind alone.
  std::unordered_map<uint32_t, int64_t> row_of_label;
  std::unordered_map<int64_t, uint32_t> label_of_row;
  GraphStore graph;  ///< of the index, in the database
  /// Keys of the points that are still to be taken in, descending; nothing before loading begins.
  std::optional<std::vector<int64_t>> to_load;
  bool loaded = false;
  bool stale = false;
  /// How many vectors there were when there was no memory to link them; 0 = there always was.
  size_t unlinkable = 0;

  /// Whether Maintain has something to load or to link.
  bool Waits() const {
    return !loaded || index->compacting() || (index->pending() > 0 && unlinkable != index->count());
  }
  /// Ties a label to its row, 0 for none.
  void Bind(uint32_t label, int64_t row);
  /// Whether loading has yet to come to this point.
  bool WillLoad(int64_t pk) const;
  /// 0 for none.
  int64_t RowOf(uint32_t label) const {
    const auto found = row_of_label.find(label);
    return found == row_of_label.end() ? 0 : found->second;
  }
  std::optional<uint32_t> LabelOf(int64_t row) const {
    const auto found = label_of_row.find(row);
    return found == label_of_row.end() ? std::nullopt : std::optional(found->second);
  }
};

/// What the database says of a collection.
struct StoredCollection {
  std::string id;
  EmbedderIdentity identity;
};

/// Whether vectors of the two may be compared: equal fingerprints, or equal models where one is not
/// known, and the same form.
bool SameEmbedder(const EmbedderIdentity& stored, const EmbedderIdentity& given);

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

  /// The local collection of this name without its index, which is not made.
  Result<std::optional<StoredCollection>> Stored(std::string_view name);
  Status Rename(std::string_view id, std::string_view name);

  /// The id of the collection that takes vectors of document chunks of this identity, made when
  /// missing: the chunks' own, where an empty one takes on the identity, or the one that waits for
  /// the others while all are embedded again by this embedder. FAILED_PRECONDITION when neither
  /// does: they must be embedded again.
  Result<std::string> ForChunks(const EmbedderIdentity& identity);
  /// As ForChunks, but only checks.
  Status AcceptsChunks(const EmbedderIdentity& identity);
  /// FAILED_PRECONDITION when documents have vectors of another embedder.
  Status CheckIdentity(const EmbedderIdentity& identity);
  /// Whether the documents are on their way to this embedder's vectors.
  Result<bool> IsReembedding(const EmbedderIdentity& identity);
  /// The local collection of this name with this identity, made when missing. REQUIRES: it has no
  /// points of another embedder.
  Result<VectorCollection*> WithIdentity(std::string_view name, const EmbedderIdentity& identity);
  Result<bool> HasPoints(const VectorCollection& collection);

  /// Follows the rows, fills indexes, links pending vectors and stores graphs that have changed,
  /// for about `budget_ms`; true = there is more to do.
  Result<bool> Maintain(int64_t budget_ms);
  /// [{collection, count, deleted, quantization, bytes, vectorBytes, codeBytes, linkBytes,
  /// restored, state: 'ready' | 'loading' | 'rebuilding'}]; bytes are those of the index in memory,
  /// restored the vectors whose links came with the stored graph.
  Result<Array> Describe();
  /// Forgets all indexes; they are filled again when used. For restores and imports.
  void Reset();

 private:
  Result<VectorCollection*> Take(Statement& row);
  Status ListPoints(VectorCollection& collection);
  Result<bool> LoadSlice(VectorCollection& collection);
  Status AddRow(VectorCollection& collection, Statement& row);
  void CollectTouched();
  Status Follow(int64_t deadline);
  Status FollowRow(int64_t pk);
  Status Refresh();
  bool MayStore(const VectorCollection& collection) const;
  bool Unfinished() const;

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  std::vector<int64_t> touched_;  // rows to be read again
  std::vector<int64_t> open_;     // those that a transaction touched: to be read after its end too
  bool open_unknown_ = false;     // a transaction touched more rows than can be named
  std::map<std::string, std::unique_ptr<VectorCollection>> collections_;  // by id
};

}  // namespace archivolt
