// How an index is searched: by a walk through the graph and a scan of what is not in it, or by a
// scan.
#include <algorithm>

#include "vector/vector_index_impl.h"

namespace archivolt {
namespace {

// Costs found by measurement (tests/bench/native/vector_bench.cc), in distances of a scan: what a
// distance on a walk costs, since it jumps about in memory and keeps heaps; how many a walk
// computes for each candidate that it meets, where vectors lie in clusters, and how many times that
// among vectors that do not (GloVe's); and what a call of a filter costs.
constexpr double kWalkCost = 2.7;
constexpr double kDistancesPerCandidate = 11.0;
constexpr double kWithoutClusters = 4.0;
constexpr double kFilterCost = 0.2;
constexpr size_t kFilterSample = 256;
constexpr size_t kScanBatch = 32;

}  // namespace

/// Of the vectors that can be found, the share that the filter lets through, 0..1.
double VectorIndex::Impl::AllowedShare(const SearchParams& params) const {
  const double count = static_cast<double>(table_.size());
  if (params.only) return static_cast<double>(only_slots_.size()) / count;
  if (!params.filter) return 1;
  if (params.allowed_count)
    return std::min(1.0, static_cast<double>(*params.allowed_count) / count);
  size_t looked = 0;
  size_t allowed = 0;
  const size_t sample = std::min(kFilterSample, used_);
  for (size_t i = 0; i < sample; ++i) {
    const auto slot = static_cast<uint32_t>(static_cast<uint64_t>(i) * used_ / sample);
    if (dead_[slot]) continue;
    ++looked;
    if (params.filter(graph_.LabelAt(slot))) ++allowed;
  }
  return looked == 0 ? 0 : static_cast<double>(allowed) / static_cast<double>(looked);
}

/// How many distances a walk may compute before a scan is the better way; 0 = scan at once.
size_t VectorIndex::Impl::WalkBudget(size_t ef, const SearchParams& params) const {
  if (params.exact || linked() == 0) return 0;
  const double share = AllowedShare(params);
  if (share <= 0) return 0;
  const double slots = static_cast<double>(used_);
  // To keep ef allowed candidates, a walk meets 1/share times as many.
  const double expected = std::min(slots, kDistancesPerCandidate * static_cast<double>(ef) / share);
  const double filter_cost = params.filter ? kFilterCost : 0;
  const double scan = slots * (filter_cost + share) / (kWalkCost + filter_cost);
  if (scan <= expected) return 0;
  // Nothing is refused: a walk ends by itself.
  if (!params.filter && !params.only) return SIZE_MAX;
  // Labels that are allowed may lie together far from the query, and then a walk goes on and on.
  return static_cast<size_t>(std::min(scan, kWithoutClusters * expected));
}

void VectorIndex::Impl::SelectOnly(std::span<const uint32_t> labels) {
  only_.assign(used_, false);
  only_slots_.clear();
  for (const uint32_t label : labels) {
    const uint32_t slot = table_.Find(label);
    if (slot == SlotTable::kAbsent || only_[slot]) continue;
    only_[slot] = true;
    only_slots_.push_back(slot);
  }
}

void VectorIndex::Impl::ScanSlots(const std::byte* query, const uint32_t* slots, size_t count,
                                  Nearest& nearest) const {
  float distances[kScanBatch];
  graph_.vectors().Distances(query, slots, count, distances);
  for (size_t i = 0; i < count; ++i) {
    if (nearest.MayTake(distances[i])) nearest.Offer(graph_.LabelAt(slots[i]), distances[i]);
  }
}

/// Looks at every slot from `from` on that the search may return.
void VectorIndex::Impl::Scan(const std::byte* query, size_t from, const SearchParams& params,
                             Nearest& nearest) const {
  uint32_t batch[kScanBatch];
  size_t count = 0;
  const auto look = [&](uint32_t slot) {
    if (params.filter && !params.filter(graph_.LabelAt(slot))) return;
    batch[count++] = slot;
    if (count < kScanBatch) return;
    ScanSlots(query, batch, count, nearest);
    count = 0;
  };
  if (params.only) {
    for (const uint32_t slot : only_slots_) {
      if (slot >= from) look(slot);
    }
  } else {
    for (auto slot = static_cast<uint32_t>(from); slot < used_; ++slot) {
      if (dead_count_ == 0 || !dead_[slot]) look(slot);
    }
  }
  ScanSlots(query, batch, count, nearest);
}

size_t VectorIndex::Impl::EfFor(size_t k, const SearchParams& params) const {
  return std::max(std::min(params.ef == 0 ? options_.ef_search : params.ef, kMaxEf), k);
}

std::vector<Neighbor> VectorIndex::Impl::Search(std::span<const float> query, size_t k,
                                                const SearchParams& params) {
  if (k == 0 || table_.size() == 0) return {};
  k = std::min(k, table_.size());
  const size_t ef = EfFor(k, params);
  Nearest nearest(k, table_.size());
  if (params.only) SelectOnly(*params.only);
  const std::byte* const row = RowOf(query);
  size_t scan_from = 0;
  if (const size_t budget = WalkBudget(ef, params); budget > 0) {
    const WalkFilter filter{.dead = dead_count_ > 0 ? &dead_ : nullptr,
                            .slots = params.only ? &only_ : nullptr,
                            .allowed = params.filter ? &params.filter : nullptr};
    // Fewer than asked for though there may be more: some cannot be reached through the links from
    // here.
    const size_t may = params.only ? only_slots_.size() : used_ - dead_count_;
    const size_t expected = std::min(k, may - std::min(may, used_ - linked()));
    if (graph_.Walk(row, ef, filter, budget, found_) && found_.size() >= expected) {
      for (const SlotDistance& found : found_) {
        nearest.Offer(graph_.LabelAt(found.slot), found.distance);
      }
      scan_from = linked();
    }
  }
  Scan(row, scan_from, params, nearest);
  return std::move(nearest).Take();
}

}  // namespace archivolt
