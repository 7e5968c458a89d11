// VectorIndex::Impl: the slots of an index in use, which of them can be found, and how to search
// them.
//
// Owns the graph, the table from label to slot, and the marks of dead slots: removed or replaced
// vectors that stay as waypoints until Compact. Only src/vector/vector_index*.cc include this file.
// Invariants: 1. slots [0, linked()) are in the graph, [linked(), used_) are pending and none of
// those is dead; 2. the table holds just the slots that are not dead. May throw std::bad_alloc,
// which VectorIndex turns into OUT_OF_MEMORY.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "vector/graph_image.h"
#include "vector/nearest.h"
#include "vector/slot_graph.h"
#include "vector/slot_table.h"
#include "vector/vector_index.h"

namespace archivolt {

constexpr size_t kMaxEf = 65536;

class VectorIndex::Impl {
 public:
  explicit Impl(const VectorIndexOptions& options)
      : options_(options), graph_(options), row_(graph_.vectors().row_bytes() / sizeof(float)) {}

  Status Check(std::span<const float> v) const;
  Status Add(uint32_t label, std::span<const float> v);
  Status Reserve(size_t count);
  bool Remove(uint32_t label);
  Result<bool> BuildSlice(int max_vectors);
  bool CompactSlice(int max_slots);
  Status Compact();
  Status BeginRestore(GraphImage image);
  Status EndRestore();
  std::vector<Neighbor> Search(std::span<const float> query, size_t k, const SearchParams& params);

  bool WalksFor(size_t k, const SearchParams& params) const {
    return WalkBudget(EfFor(k, params), params) > 0;
  }
  size_t EfFor(size_t k, const SearchParams& params) const;
  /// The query as SlotVectors compares it, until the next call.
  const std::byte* RowOf(std::span<const float> query);
  size_t scratch_bytes() const;

  size_t linked() const { return graph_.linked(); }
  bool has_graph() const { return linked() > 0 || table_.size() >= options_.smallest_graph; }
  size_t pending() const { return has_graph() ? used_ - linked() : 0; }

  const VectorIndexOptions options_;
  SlotGraph graph_;
  SlotTable table_;         // label -> slot of the vector that can be found
  std::vector<bool> dead_;  // by slot: removed or replaced, kept as a waypoint of the graph
  std::vector<bool>
      going_;  // by slot: those that a compaction takes out; empty while there is none
  size_t dead_count_ = 0;
  size_t used_ = 0;  // slots that hold a vector, linked ones first
  size_t restored_ = 0;
  uint32_t led_ = 0;  // slots whose links lead around those of going_
  uint64_t changes_ = 0;

 private:
  Status MakeRoom(size_t slots);
  void Put(uint32_t slot, uint32_t label, std::span<const float> v);
  void Forget();
  void VacatePending(uint32_t slot);
  bool PutBack(uint32_t label, std::span<const float> v);
  void PromoteTwins();
  void GiveUpRestore();
  bool BeginCompact();
  void EndCompact(const std::vector<bool>& going);
  void CompactAnew();
  size_t WalkBudget(size_t ef, const SearchParams& params) const;
  double AllowedShare(const SearchParams& params) const;
  void SelectOnly(std::span<const uint32_t> labels);
  void Scan(const std::byte* query, size_t from, const SearchParams& params,
            Nearest& nearest) const;
  void ScanSlots(const std::byte* query, const uint32_t* slots, size_t count,
                 Nearest& nearest) const;

  // While a graph is restored: its links, and the slots that they belong to. These slots come
  // first; one that has not got its vector counts as dead.
  struct Restoring {
    GraphImage image;
    SlotTable slot_of;  // label -> slot
  };
  std::unique_ptr<Restoring> restoring_;
  std::vector<float> row_;            // scratch of RowOf
  std::vector<SlotDistance> found_;   // scratch of Search
  std::vector<uint32_t> only_slots_;  // those that the present search may return, when it says so
  std::vector<bool> only_;            // the same by slot
};

}  // namespace archivolt
