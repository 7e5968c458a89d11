// GraphStore: the graph of one vector index in the database, written in slices and read at once.
//
// Owns the rows of vector_graphs of its collection. A graph is derived: the rows of vector_points
// are the truth, and each vector is compared with what the graph was built from before its links
// are used (VectorIndex). So a graph of another time does no harm, and nothing here is an error to
// a caller: what cannot be read is not there, what cannot be written is left out until the
// collection changes again. Invariants: 1. a generation is used only when its part 0, which is
// written last and with the removal of the generations before it, is there and every part fits its
// checksum; 2. no vector is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/status.h"
#include "storage/database.h"
#include "vector/graph_image.h"
#include "vector/vector_index.h"

namespace archivolt {

class GraphStore {
 public:
  /// Has an empty index wait for the vectors of the stored graph. Returns whether there is one.
  bool Load(Database& database, std::string_view collection_id, VectorIndex& index);
  /// To be called when all rows are in the index: uses what was loaded.
  void Loaded(VectorIndex& index);

  /// Whether so much has changed since the last graph was stored that another is due.
  bool IsDue(const VectorIndex& index) const;
  /// Writes some more of the graph, a commit of its own. REQUIRES: IsDue(index), nothing is
  /// pending, no transaction is open and the database may be written.
  void SaveSlice(Database& database, std::string_view collection_id, const VectorIndex& index);

 private:
  Status Write(Database& database, std::string_view collection_id, const VectorIndex& index);
  Status BeginSave(Database& database, std::string_view collection_id, const VectorIndex& index);
  Status WritePart(Database& database, std::string_view collection_id, GraphImage image);

  uint64_t stored_at_ = 0;  // VectorIndex::changes() of the stored graph
  uint64_t saving_at_ = 0;  // of the one that is being written
  int64_t generation_ = 0;  // of that, 0 = none is
  uint32_t next_slot_ = 0;
  uint32_t parts_ = 0;
};

}  // namespace archivolt
