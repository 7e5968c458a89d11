// VectorIndex: nearest neighbours among the vectors of one collection, in memory.
//
// Owns one copy of every vector, or its code, and an HNSW graph over the linked ones. A vector just
// added is pending: searched exactly, and linked by BuildSlice(). Small collections never get a
// graph. Does not persist anything: rows in the database are the truth, and an index is filled from
// them. Invariants: 1. Search never returns a removed label, a replaced vector or a label that the
// filter refuses; 2. a label occurs once; 3. equal calls in equal order give an equal index on the
// same build; 4. a vector is stored once. Single-threaded: one caller at a time, Search included.
// Errors: INVALID_ARGUMENT, OUT_OF_MEMORY. Nothing throws. A failed call changes no vector.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// How near two vectors are. Distances are "lower is nearer":
/// kCosine 1 - cosine, 0..2 (vectors are normalised on entry); kInnerProduct the negated product;
/// kL2 squared.
enum class Metric { kCosine, kInnerProduct, kL2 };

/// What is kept of a vector. kInt8: seven bits a value with one scale a vector, a quarter of the
/// memory; distances are then those of the codes, and whoever has the vectors puts the nearest in
/// their true order.
enum class Quantization { kNone, kInt8 };

/// Grows with nearness, whatever the metric: the cosine, the product, or 1 / (1 + squared L2).
double Similarity(Metric metric, float distance);

/// The distance of two vectors as Search gives it, up to rounding. Nothing when they cannot be
/// compared: no direction under kCosine, or a distance that is no number. REQUIRES: equal lengths.
std::optional<float> TrueDistance(Metric metric, std::span<const float> a,
                                  std::span<const float> b);

struct VectorIndexOptions {
  size_t dims = 0;  ///< 1..16384, required
  Metric metric = Metric::kCosine;
  Quantization quantization = Quantization::kNone;
  size_t m = 16;  ///< links a vector keeps per layer, 2..128; twice that on the lowest
  size_t ef_construction = 200;  ///< candidates looked at when linking, 4..4096
  size_t ef_search = 64;         ///< candidates kept by a search that names none, 1..65536
  size_t smallest_graph =
      2000;  ///< with fewer vectors than this a scan is as fast, and no graph is begun
  uint64_t seed = 0x41726368;  ///< of the layers; equal seeds and calls give equal graphs
};

/// Heap memory held, spare capacity included.
struct IndexBytes {
  size_t vectors = 0;  ///< float32 values; 0 under kInt8
  size_t codes = 0;    ///< codes with their scales; 0 under kNone
  size_t links = 0;    ///< of the graph, with the labels
  size_t tables = 0;   ///< labels to slots, and what searches need
  size_t total() const { return vectors + codes + links + tables; }
};

struct Neighbor {
  uint32_t label;
  float distance;
  bool operator==(const Neighbor&) const = default;
};

/// Says whether a label may be returned. Called many times a search: it has to be quick and must
/// not throw.
using LabelFilter = std::function<bool(uint32_t label)>;

struct SearchParams {
  size_t ef = 0;  ///< candidates kept, more is slower and finds more; 0 = the index's ef_search
  bool exact = false;       ///< look at every vector: recall 1
  LabelFilter filter = {};  ///< empty = everything may be returned
  /// How many labels the filter allows, when the caller knows; else it is estimated by a sample.
  std::optional<size_t> allowed_count = std::nullopt;
  /// The labels that may be returned, each once, when the caller has them: faster than a filter,
  /// which is asked as well when both are given. Those that are not present are passed over.
  std::optional<std::span<const uint32_t>> only = std::nullopt;
};

struct GraphImage;
struct GraphShape;

class VectorIndex {
 public:
  enum class State {
    kReady,      ///< nothing waits to be linked
    kRebuilding  ///< BuildSlice has work; searches answer all the same, partly or wholly by scan
  };

  /// INVALID_ARGUMENT when an option is out of its range, detail {option}.
  static Result<std::unique_ptr<VectorIndex>> Create(const VectorIndexOptions& options);
  ~VectorIndex();
  VectorIndex(const VectorIndex&) = delete;
  VectorIndex& operator=(const VectorIndex&) = delete;

  /// Adds a vector, or replaces the one the label has. Found by the next Search.
  /// INVALID_ARGUMENT: wrong length (detail {dimensions, got}), NaN or infinity, zero vector under
  /// kCosine, squared length above 4e37 otherwise (distances would overflow). OUT_OF_MEMORY: no
  /// room.
  Status Add(uint32_t label, std::span<const float> v);

  /// Room for `count` vectors in all, in one allocation: call it before adding a known number of
  /// them.
  Status Reserve(size_t count);

  /// Removes a label; false when it is not present.
  bool Remove(uint32_t label);
  bool Contains(uint32_t label) const;

  /// Links up to `max_vectors` pending vectors into the graph. Returns whether more are pending.
  /// On OUT_OF_MEMORY the vector stays pending and the index usable.
  Result<bool> BuildSlice(int max_vectors);

  /// The links of the vectors in the graph, for a snapshot: `count` slots from `first` on, or as
  /// many as there are. Prints are left to the caller.
  GraphImage Links(size_t first, size_t count) const;
  /// Head of that snapshot when it has `parts` parts. REQUIRES: linked() > 0.
  Bytes LinksHead(uint32_t parts) const;
  GraphShape shape() const;
  /// Begins to restore a graph: vectors that are added from now on take the place that the image
  /// has for their label, if its print is theirs, and wait to be linked otherwise. REQUIRES: the
  /// index is empty. INVALID_ARGUMENT: an image that is not sound. OUT_OF_MEMORY.
  Status BeginRestore(GraphImage image);
  /// Links what has found its place. With more than a fifth of the places empty, or without room,
  /// nothing is restored, and all is pending. Nothing happens when no restore began.
  Status EndRestore();
  /// Vectors that the last restore has linked.
  size_t restored() const;
  /// Vectors in the graph, removed ones included.
  size_t linked() const;
  /// Grows with every vector that was linked, removed or replaced: equal numbers, equal graphs.
  uint64_t changes() const;

  /// Drops removed vectors from memory (their bytes are overwritten), so that new ones take their
  /// room. Links are led around them; only with a third of the graph gone, or without memory, it is
  /// started anew, and everything is pending afterwards. Worth it when deleted() is above a fifth
  /// of count(). Needs no second copy of the vectors.
  Status Compact();
  /// The same for up to `max_slots` slots; returns whether more is to do, and BuildSlice does that
  /// first. Vectors that are removed in between wait for the next compaction.
  bool CompactSlice(int max_slots);
  /// Whether slices of a compaction are due.
  bool compacting() const;

  /// The k nearest, nearest first, equal distances by label; fewer when fewer are allowed. k = 0
  /// gives none. INVALID_ARGUMENT as in Add. Exact while there is no graph, when a filter allows
  /// few labels, and on request.
  Result<std::vector<Neighbor>> Search(std::span<const float> query, size_t k,
                                       const SearchParams& params = {}) const;

  /// Whether Search with these parameters would look at every vector that it may return, rather
  /// than walk through the graph: then `only` is the better way to say which those are.
  bool WouldScan(size_t k, const SearchParams& params) const;

  /// The distance of one label from the query, as Search gives it up to rounding; nothing when the
  /// label is not present or the query cannot be compared. Allocates nothing.
  std::optional<float> Distance(uint32_t label, std::span<const float> query) const;

  /// Labels that can be found, in no order.
  std::vector<uint32_t> Labels() const;
  /// How many those are.
  size_t count() const;
  /// Removed or replaced vectors that still take room in the graph.
  size_t deleted() const;
  /// Vectors waiting for BuildSlice. 0 for a collection too small for a graph.
  size_t pending() const;
  IndexBytes memory() const;
  size_t bytes() const { return memory().total(); }
  size_t dims() const;
  Metric metric() const;
  Quantization quantization() const;
  State state() const;

 private:
  class Impl;
  explicit VectorIndex(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace archivolt
