// SlotGraph: the slots that hold an index's vectors, and the HNSW graph over the first linked()
// ones.
//
// Owns one block of memory with, for each slot, its links, its vector and its label; slots from
// linked() on hold vectors that wait for LinkNext. hnswlib builds the graph; the walk through it is
// ours, since it must skip what a filter refuses, keep to a budget and not allocate. Knows neither
// the labels' table nor removal: a slot that its caller calls dead is still walked through.
// Invariants: 1. links lead only to slots below linked(); 2. a slot's level depends on the seed and
// its number alone; 3. of equal vectors one is in the graph and the others hang on it.
// Errors: OUT_OF_MEMORY. Walk may throw std::bad_alloc; nothing else throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "vector/graph_image.h"
#include "vector/slot_table.h"
#include "vector/vector_index.h"

namespace archivolt {

/// A slot met on a walk. Distances are those of SlotGraph::Distance.
struct SlotDistance {
  float distance;
  uint32_t slot;
};

/// What a walk may return; it passes through everything else all the same.
struct WalkFilter {
  const std::vector<bool>* dead = nullptr;  ///< by slot; nullptr = none is dead
  const LabelFilter* allowed = nullptr;     ///< nullptr = all labels
};

class SlotGraph {
 public:
  static constexpr uint32_t kNoTwin = 0xFFFFFFFF;

  /// REQUIRES: options checked by VectorIndex::Create.
  static Result<std::unique_ptr<SlotGraph>> Create(const VectorIndexOptions& options);
  ~SlotGraph();
  SlotGraph(const SlotGraph&) = delete;
  SlotGraph& operator=(const SlotGraph&) = delete;

  size_t capacity() const;
  size_t linked() const;
  /// Makes room for exactly `capacity` slots; contents stay. REQUIRES: capacity >= linked(). On
  /// error nothing changed.
  Status Resize(size_t capacity);

  // REQUIRES for each: slot < capacity().
  float* VectorAt(uint32_t slot);
  const float* VectorAt(uint32_t slot) const;
  uint32_t LabelAt(uint32_t slot) const;
  void SetLabel(uint32_t slot, uint32_t label);
  /// Overwrites a slot with zeros. REQUIRES: slot >= linked().
  void Wipe(uint32_t slot);

  /// Links slot linked(). REQUIRES: linked() < capacity() and the slot holds a vector and a label.
  /// On error the whole graph is unlinked and linked() is 0: no half-linked slot is left behind.
  Status LinkNext();
  /// Takes the graph apart; vectors and labels stay in their slots.
  void ClearLinks();

  /// Lower is nearer: the negated inner product, or the squared distance under kL2.
  float Distance(const float* query, uint32_t slot) const;

  /// The about `ef` nearest slots that the filter lets through, in no order, into `out`. Returns
  /// false when more than `max_distances` distances were needed, in which case `out` means nothing.
  /// REQUIRES: linked() > 0, ef > 0.
  bool Walk(const float* query, size_t ef, const WalkFilter& filter, size_t max_distances,
            std::vector<SlotDistance>& out);

  /// The links of slots [first, first + count), without prints; a slot that only hangs on an equal
  /// one is marked so. REQUIRES: first + count <= linked().
  GraphImage ImageOf(size_t first, size_t count) const;
  /// Where walks begin. REQUIRES: linked() > 0.
  uint32_t entry() const;
  /// Takes over the links of an image, whose vectors are in their slots already but for those that
  /// are `missing`: links to these are led on to one of their neighbours. Slots that hung on an
  /// equal one which is missing are named in `orphans`: they are in no list. REQUIRES: linked() is
  /// 0, capacity() >= nodes, the image passed IsSound(). On error there are no links.
  Status Adopt(const GraphImage& image, const std::vector<bool>& missing,
               std::vector<uint32_t>& orphans);

  /// Heap memory held, in bytes.
  size_t bytes() const;

 private:
  class Links;
  explicit SlotGraph(std::unique_ptr<Links> links, uint64_t seed);

  int LevelOf(uint32_t slot) const;
  void LinkOne(uint32_t slot, uint32_t label);
  void AttachTwin(uint32_t slot, uint32_t first);
  void AdoptLists(const GraphImage& image, const std::vector<bool>& missing);
  void AdoptContents(const GraphImage& image, const std::vector<bool>& missing,
                     std::vector<uint32_t>& orphans);
  template <bool kFiltered>
  bool WalkLowest(uint32_t entry, const float* query, size_t ef, const WalkFilter& filter,
                  size_t max_distances, std::vector<SlotDistance>& out);

  std::unique_ptr<Links> links_;
  uint64_t seed_;
  size_t upper_bytes_ = 0;  // of the links above the lowest layer
  SlotTable by_content_;    // hash of a vector -> the first slot in the graph with that vector
  std::vector<uint32_t>
      twins_;  // by slot: the next one with an equal vector; empty while there is none
  std::vector<float> linking_;  // copy of the vector being linked: hnswlib clears its slot first
  std::vector<SlotDistance> candidates_;  // scratch of Walk
};

}  // namespace archivolt
