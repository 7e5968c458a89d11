// SlotGraph: the slots that hold an index's vectors, and the HNSW graph over the first linked()
// ones.
//
// The graph is that of Malkov and Yashunin, "Efficient and robust approximate nearest neighbor
// search using Hierarchical Navigable Small World graphs" (2018), with the choices of hnswlib: m
// links a layer and 2 * m on the lowest, neighbours chosen by their algorithm 4. Owns four plain
// arrays: rows of vectors, lowest links with label, upper links, and twins. Slots from linked() on
// hold vectors that wait for LinkNext. Knows neither the labels' table nor removal: a slot that its
// caller calls dead is still walked through, but nothing new is linked to it.
// Invariants: 1. links lead only to slots below linked(); 2. a slot's level depends on the seed and
// on how many were linked before it alone; 3. of equal vectors one is in the graph and the others
// hang on it. Errors: OUT_OF_MEMORY. Walk may throw std::bad_alloc; nothing else throws.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "base/status.h"
#include "vector/graph_image.h"
#include "vector/slot_blocks.h"
#include "vector/slot_vectors.h"
#include "vector/vector_index.h"

namespace archivolt {

/// A slot met on a walk. Distances are those of SlotVectors.
struct SlotDistance {
  float distance;
  uint32_t slot;
};

inline bool NearerSlotFirst(const SlotDistance& a, const SlotDistance& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.slot < b.slot;
}

/// What a walk may return; it passes through everything else all the same.
struct WalkFilter {
  const std::vector<bool>* dead = nullptr;   ///< by slot; nullptr = none is dead
  const std::vector<bool>* slots = nullptr;  ///< by slot, those allowed; nullptr = all
  const LabelFilter* allowed = nullptr;      ///< nullptr = all labels
  bool twins = true;                         ///< whether equal vectors are met as well
};

class SlotGraph {
 public:
  static constexpr uint32_t kNoSlot = 0xFFFFFFFF;

  /// REQUIRES: options checked by VectorIndex::Create.
  explicit SlotGraph(const VectorIndexOptions& options);
  SlotGraph(const SlotGraph&) = delete;
  SlotGraph& operator=(const SlotGraph&) = delete;

  SlotVectors& vectors() { return vectors_; }
  const SlotVectors& vectors() const { return vectors_; }
  size_t capacity() const { return vectors_.capacity(); }
  size_t linked() const { return linked_; }
  /// Makes room for exactly `capacity` slots; contents stay. REQUIRES: capacity >= linked(). On
  /// error nothing changed.
  Status Resize(size_t capacity);

  // REQUIRES for each: slot < capacity().
  uint32_t LabelAt(uint32_t slot) const { return NodeAt(slot)->label; }
  void SetLabel(uint32_t slot, uint32_t label) { NodeAt(slot)->label = label; }
  /// Vector and label of one slot over another's. REQUIRES: `to` >= linked().
  void Copy(uint32_t from, uint32_t to);
  /// Overwrites a slot with zeros. REQUIRES: slot >= linked().
  void Wipe(uint32_t slot);

  /// Links slot linked(). REQUIRES: linked() < capacity() and the slot holds a vector and a label.
  /// `dead`: slots that nothing new is to lead to, or nullptr. On error nothing has changed.
  Status LinkNext(const std::vector<bool>* dead = nullptr);
  /// Takes the graph apart; vectors and labels stay in their slots.
  void ClearLinks();

  // How slots go: HandTwinsOn once, LeadAround for all that are linked, Renumber, MoveTogether, and
  // no LinkNext in between. `going` is by slot; no slot from linked() on goes before Renumber.
  /// Of equal vectors others go than before: those that equal ones hang on stay when one of these
  /// does. May throw std::bad_alloc, and nothing has changed then.
  void HandTwinsOn(std::vector<bool>& going);
  /// Has slots [from, to) link to the best among their neighbours and those of the ones that go, as
  /// algorithm 4 of Singh, Subramanya, Krishnaswamy and Simhadri, "FreshDiskANN" (2021), does it
  /// for another graph. False when one of them has no link left, as all around it goes: what is
  /// left is not worth keeping. May throw std::bad_alloc, between two lists.
  bool LeadAround(const std::vector<bool>& going, uint32_t from, uint32_t to);
  /// Has links name the slots by the numbers that MoveTogether gives them. REQUIRES: some linked
  /// slot stays. May throw std::bad_alloc, and nothing has changed then.
  void Renumber(const std::vector<bool>& going);
  /// Moves what stays of the first `used` slots together, in its order, and wipes the rest.
  void MoveTogether(const std::vector<bool>& going, size_t used);

  /// The about `ef` nearest slots that the filter lets through, in no order, into `out`. Returns
  /// false when more than `max_distances` distances were needed, in which case `out` means nothing.
  /// `query` is a row of SlotVectors. REQUIRES: linked() > 0, ef > 0.
  bool Walk(const std::byte* query, size_t ef, const WalkFilter& filter, size_t max_distances,
            std::vector<SlotDistance>& out);

  /// The links of slots [first, first + count), without prints. A slot that only hangs on an equal
  /// one is marked so, and its one link is that. REQUIRES: first + count <= linked().
  GraphImage ImageOf(size_t first, size_t count) const;
  /// Where walks begin. REQUIRES: linked() > 0.
  uint32_t entry() const { return entry_; }
  /// Takes over the links of an image, whose vectors are in their slots already but for those that
  /// are `missing`: links to these are led on to one of their neighbours. Slots that hung on an
  /// equal one which is missing or another now are named in `orphans`: no walk meets them.
  /// REQUIRES: linked() is 0, capacity() >= nodes, the image passed IsSound(). On error there are
  /// no links.
  Status Adopt(const GraphImage& image, const std::vector<bool>& missing,
               std::vector<uint32_t>& orphans);

  /// Heap memory held, in bytes: of links with labels and twins, and of what walks need.
  size_t link_bytes() const;
  size_t scratch_bytes() const;

 private:
  /// A slot's part in the lowest layer; `count` links follow it in memory.
  struct Node {
    uint32_t label;
    uint32_t upper;  // where its upper layers begin in upper_, 0 for none
    uint32_t count;
  };

  Node* NodeAt(uint32_t slot) const { return reinterpret_cast<Node*>(nodes_.At(slot)); }
  size_t MostLinks(int level) const { return level == 0 ? 2 * m_ : m_; }
  /// The links of a slot in a layer: their number, then the slots.
  const uint32_t* ListAt(uint32_t slot, int level) const {
    return const_cast<SlotGraph*>(this)->ListAt(slot, level);
  }
  uint32_t* ListAt(uint32_t slot, int level) {
    if (level == 0) return &NodeAt(slot)->count;
    return upper_.data() + NodeAt(slot)->upper + 1 + (static_cast<size_t>(level) - 1) * (m_ + 1);
  }
  int LevelOf(uint32_t slot) const {
    const uint32_t upper = NodeAt(slot)->upper;
    return upper == 0 ? 0 : static_cast<int>(upper_[upper]);
  }
  std::vector<uint32_t> TwinOwners() const;
  void AdoptLists(const GraphImage& image, const std::vector<bool>& missing);
  void AdoptTwins(const GraphImage& image, const std::vector<bool>& missing,
                  std::vector<uint32_t>& orphans);
  int NextLevel() const;
  void ReserveForLinking();
  void LinkOne(uint32_t slot, const std::vector<bool>* dead);
  uint32_t Descend(const std::byte* query, int to_level);
  void Choose(std::vector<SlotDistance>& candidates, size_t most);
  void AddBackLink(uint32_t from, uint32_t to, int level);
  bool AttachTwin(uint32_t slot, const std::vector<SlotDistance>& nearest);
  size_t Gather(uint32_t slot, int level);
  uint16_t NextVisit();
  template <bool kFiltered>
  bool WalkLayer(uint32_t entry, int level, const std::byte* query, size_t ef,
                 const WalkFilter& filter, size_t max_distances, std::vector<SlotDistance>& out);

  const size_t m_;
  const size_t ef_construction_;
  const uint64_t seed_;
  SlotVectors vectors_;
  SlotBlocks nodes_;  // Node and 2 * m links
  std::vector<uint32_t>
      upper_;  // of slots above the lowest layer: their level, then a list a layer
  std::vector<uint32_t>
      twins_;  // by slot: the next with an equal vector; empty while there is none
  size_t linked_ = 0;
  size_t ever_linked_ = 0;  // since there were no links
  uint32_t entry_ = kNoSlot;
  int max_level_ = -1;

  std::vector<uint16_t> visited_;         // by slot: the visit that saw it last
  uint16_t visit_ = 0;                    // the present one
  std::vector<SlotDistance> candidates_;  // scratch of walks, of linking and of choosing
  std::vector<SlotDistance> found_;
  std::vector<uint32_t> gathered_;
  std::vector<float> distances_;
};

}  // namespace archivolt
