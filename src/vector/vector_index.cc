#include "vector/vector_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "vector/kernels.h"
#include "vector/slot_graph.h"
#include "vector/slot_table.h"

namespace archivolt {
namespace {

constexpr size_t kMaxDims = 16384;
constexpr size_t kMaxEf = 65536;
constexpr size_t kFirstRoom = 16;      // slots of the first allocation
constexpr size_t kDoubleBelow = 4096;  // slots; larger blocks grow by a quarter

// Costs found by measurement (tests/bench/native/vector_bench.cc), in distances of a scan: what a
// distance on a walk costs, since it jumps about in memory and keeps heaps; how many a walk
// computes for each candidate that it meets; and what a call of a filter costs.
constexpr double kWalkCost = 2.7;
constexpr double kDistancesPerCandidate = 11.0;
constexpr double kFilterCost = 0.2;
constexpr size_t kFilterSample = 256;

// |a - b|^2 <= 2 |a|^2 + 2 |b|^2: below this bound neither a distance nor a product overflows.
constexpr double kMaxSquaredNorm = 4e37;

Status OutOfRange(const char* option, size_t value) {
  return Status::InvalidArgument(std::string("the option ") + option + " is out of its range")
      .With("option", std::string(option))
      .With("got", static_cast<int64_t>(value));
}

Status NoMemory() {
  return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the vectors of this collection");
}

bool NearerFirst(const Neighbor& a, const Neighbor& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.label < b.label;
}

// The k nearest of what is offered; equal distances go to the smaller label.
class Nearest {
 public:
  explicit Nearest(size_t k, size_t expected) : k_(k) { heap_.reserve(std::min(k, expected) + 1); }

  void Offer(uint32_t label, float distance) {
    const Neighbor neighbor{label, distance};
    if (heap_.size() == k_ && !NearerFirst(neighbor, heap_.front())) return;
    heap_.push_back(neighbor);
    std::push_heap(heap_.begin(), heap_.end(), NearerFirst);
    if (heap_.size() > k_) {
      std::pop_heap(heap_.begin(), heap_.end(), NearerFirst);
      heap_.pop_back();
    }
  }
  /// Whether a distance could still get in, before its label or a filter is looked at.
  bool MayTake(float distance) const {
    return heap_.size() < k_ || distance <= heap_.front().distance;
  }
  std::vector<Neighbor> Take() && {
    std::sort_heap(heap_.begin(), heap_.end(), NearerFirst);
    return std::move(heap_);
  }

 private:
  size_t k_;
  std::vector<Neighbor> heap_;
};

}  // namespace

class VectorIndex::Impl {
 public:
  Impl(const VectorIndexOptions& options, std::unique_ptr<SlotGraph> graph)
      : options_(options), graph_(std::move(graph)) {}

  Status Check(std::span<const float> v) const;
  Status Add(uint32_t label, std::span<const float> v);
  Status Reserve(size_t count);
  bool Remove(uint32_t label);
  Result<bool> BuildSlice(int max_vectors);
  Status Compact();
  std::vector<Neighbor> Search(std::span<const float> query, size_t k, const SearchParams& params);

  size_t linked() const { return graph_->linked(); }
  bool has_graph() const { return linked() > 0 || table_.size() >= options_.smallest_graph; }
  size_t pending() const { return has_graph() ? used_ - linked() : 0; }

  const VectorIndexOptions options_;
  const std::unique_ptr<SlotGraph> graph_;
  SlotTable table_;         // label -> slot of the vector that can be found
  std::vector<bool> dead_;  // by slot: removed or replaced, kept as a waypoint of the graph
  size_t dead_count_ = 0;
  size_t used_ = 0;  // slots that hold a vector, linked ones first

 private:
  Status MakeRoom(size_t slots);
  void Put(uint32_t slot, uint32_t label, std::span<const float> v);
  void Forget();
  void VacatePending(uint32_t slot);
  size_t WalkBudget(size_t ef, const SearchParams& params) const;
  double AllowedShare(const SearchParams& params) const;
  void Scan(const float* query, size_t from, const LabelFilter& filter, Nearest& nearest) const;

  std::vector<SlotDistance> found_;  // scratch of Search
};

Status VectorIndex::Impl::Check(std::span<const float> v) const {
  if (v.size() != options_.dims) {
    return Status::InvalidArgument("the vector's length is not the collection's dimension")
        .With("dimensions", static_cast<int64_t>(options_.dims))
        .With("got", static_cast<int64_t>(v.size()));
  }
  if (!IsFiniteVector(v)) {
    return Status::InvalidArgument("the vector has a value that is NaN or infinite");
  }
  const double norm = SquaredNorm(v);
  if (options_.metric == Metric::kCosine && norm == 0) {
    return Status::InvalidArgument("the zero vector has no direction: the cosine metric needs one");
  }
  if (options_.metric != Metric::kCosine && norm > kMaxSquaredNorm) {
    return Status::InvalidArgument("the vector is too long: distances to it would overflow");
  }
  return Status::Ok();
}

// Doubles while small, then adds a quarter, so that moving the block never needs much spare memory;
// when even that is refused, takes what is needed and a little more.
Status VectorIndex::Impl::MakeRoom(size_t slots) {
  const size_t have = graph_->capacity();
  table_.Reserve(slots);
  if (slots > dead_.size()) dead_.resize(std::max(slots, have));
  if (slots <= have) return Status::Ok();
  const size_t roomy =
      std::max({slots, kFirstRoom, have < kDoubleBelow ? 2 * have : have + have / 4});
  size_t granted = roomy;
  Status status = graph_->Resize(roomy);
  if (!status.ok() && slots + slots / 32 < roomy) {
    granted = slots + slots / 32;
    status = graph_->Resize(granted);
  }
  if (status.ok()) dead_.resize(std::max(dead_.size(), granted));
  return status;
}

void VectorIndex::Impl::Put(uint32_t slot, uint32_t label, std::span<const float> v) {
  float* const place = graph_->VectorAt(slot);
  if (options_.metric == Metric::kCosine) {
    NormalizeVector(v, {place, v.size()});  // cannot fail: Check saw the vector
  } else {
    std::copy(v.begin(), v.end(), place);
  }
  graph_->SetLabel(slot, label);
}

Status VectorIndex::Impl::Add(uint32_t label, std::span<const float> v) {
  AV_RETURN_IF_ERROR(Check(v));
  const uint32_t before = table_.Find(label);
  if (before != SlotTable::kAbsent && before >= linked()) {
    Put(before, label, v);
    return Status::Ok();
  }
  AV_RETURN_IF_ERROR(MakeRoom(used_ + 1));
  if (before != SlotTable::kAbsent) {
    dead_[before] = true;
    ++dead_count_;
  }
  const auto slot = static_cast<uint32_t>(used_++);
  Put(slot, label, v);
  table_.Set(label, slot);
  return Status::Ok();
}

Status VectorIndex::Impl::Reserve(size_t count) {
  const size_t slots = count + dead_count_;
  if (slots <= graph_->capacity()) return Status::Ok();
  AV_RETURN_IF_ERROR(graph_->Resize(slots));
  return MakeRoom(slots);
}

bool VectorIndex::Impl::Remove(uint32_t label) {
  const uint32_t slot = table_.Find(label);
  if (slot == SlotTable::kAbsent) return false;
  table_.Erase(label);
  if (table_.size() == 0) {
    Forget();
  } else if (slot < linked()) {
    dead_[slot] = true;
    ++dead_count_;
  } else {
    VacatePending(slot);
  }
  return true;
}

/// Moves the last pending vector into the place of a removed one.
void VectorIndex::Impl::VacatePending(uint32_t slot) {
  const auto last = static_cast<uint32_t>(--used_);
  if (slot != last) {
    const float* const v = graph_->VectorAt(last);
    std::copy(v, v + options_.dims, graph_->VectorAt(slot));
    const uint32_t label = graph_->LabelAt(last);
    graph_->SetLabel(slot, label);
    table_.Set(label, slot);
  }
  graph_->Wipe(last);
}

/// Back to an empty index: nothing of the vectors stays in memory.
void VectorIndex::Impl::Forget() {
  graph_->ClearLinks();
  for (size_t slot = 0; slot < used_; ++slot) graph_->Wipe(static_cast<uint32_t>(slot));
  used_ = 0;
  dead_count_ = 0;
  dead_.assign(dead_.size(), false);
}

Result<bool> VectorIndex::Impl::BuildSlice(int max_vectors) {
  if (!has_graph()) return false;
  for (int done = 0; done < max_vectors && linked() < used_; ++done) {
    AV_RETURN_IF_ERROR(graph_->LinkNext());
  }
  return linked() < used_;
}

Status VectorIndex::Impl::Compact() {
  if (dead_count_ == 0) return Status::Ok();
  graph_->ClearLinks();
  uint32_t kept = 0;
  for (uint32_t slot = 0; slot < used_; ++slot) {
    if (dead_[slot]) continue;
    if (slot != kept) {
      const float* const v = graph_->VectorAt(slot);
      std::copy(v, v + options_.dims, graph_->VectorAt(kept));
      const uint32_t label = graph_->LabelAt(slot);
      graph_->SetLabel(kept, label);
      table_.Set(label, kept);
    }
    ++kept;
  }
  for (size_t slot = kept; slot < used_; ++slot) graph_->Wipe(static_cast<uint32_t>(slot));
  used_ = kept;
  dead_count_ = 0;
  dead_.assign(dead_.size(), false);
  const size_t fitting = used_ + used_ / 8;
  // Giving memory back is a favour: an allocator that refuses leaves the index as it is.
  if (graph_->capacity() > fitting + fitting / 4) (void)graph_->Resize(fitting);
  return Status::Ok();
}

/// Of the vectors that can be found, the share that the filter lets through, 0..1.
double VectorIndex::Impl::AllowedShare(const SearchParams& params) const {
  if (!params.filter) return 1;
  const double count = static_cast<double>(table_.size());
  if (params.allowed_count)
    return std::min(1.0, static_cast<double>(*params.allowed_count) / count);
  size_t looked = 0;
  size_t allowed = 0;
  const size_t sample = std::min(kFilterSample, used_);
  for (size_t i = 0; i < sample; ++i) {
    const auto slot = static_cast<uint32_t>(static_cast<uint64_t>(i) * used_ / sample);
    if (dead_[slot]) continue;
    ++looked;
    if (params.filter(graph_->LabelAt(slot))) ++allowed;
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
  if (slots * (filter_cost + share) <= expected * (kWalkCost + filter_cost)) return 0;
  // Labels that are allowed may lie together far from the query, and then a walk goes on and on.
  return static_cast<size_t>(2 * expected);
}

void VectorIndex::Impl::Scan(const float* query, size_t from, const LabelFilter& filter,
                             Nearest& nearest) const {
  for (auto slot = static_cast<uint32_t>(from); slot < used_; ++slot) {
    if (dead_count_ > 0 && dead_[slot]) continue;
    const uint32_t label = graph_->LabelAt(slot);
    if (filter && !filter(label)) continue;
    const float distance = graph_->Distance(query, slot);
    if (nearest.MayTake(distance)) nearest.Offer(label, distance);
  }
}

std::vector<Neighbor> VectorIndex::Impl::Search(std::span<const float> query, size_t k,
                                                const SearchParams& params) {
  if (k == 0 || table_.size() == 0) return {};
  k = std::min(k, table_.size());
  const size_t ef = std::max(std::min(params.ef == 0 ? options_.ef_search : params.ef, kMaxEf), k);
  Nearest nearest(k, table_.size());
  size_t scan_from = 0;
  if (const size_t budget = WalkBudget(ef, params); budget > 0) {
    const WalkFilter filter{dead_count_ > 0 ? &dead_ : nullptr,
                            params.filter ? &params.filter : nullptr};
    // Fewer than asked for though there may be more: some cannot be reached through the links from
    // here.
    const size_t expected = std::min(k, linked() - dead_count_);
    if (graph_->Walk(query.data(), ef, filter, budget, found_) && found_.size() >= expected) {
      for (const SlotDistance& found : found_) {
        nearest.Offer(graph_->LabelAt(found.slot), found.distance);
      }
      scan_from = linked();
    }
  }
  Scan(query.data(), scan_from, params.filter, nearest);
  return std::move(nearest).Take();
}

VectorIndex::VectorIndex(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
VectorIndex::~VectorIndex() = default;

Result<std::unique_ptr<VectorIndex>> VectorIndex::Create(const VectorIndexOptions& options) {
  if (options.dims < 1 || options.dims > kMaxDims) return OutOfRange("dims", options.dims);
  if (options.m < 2 || options.m > 128) return OutOfRange("m", options.m);
  if (options.ef_construction < 4 || options.ef_construction > 4096) {
    return OutOfRange("ef_construction", options.ef_construction);
  }
  if (options.ef_search < 1 || options.ef_search > kMaxEf) {
    return OutOfRange("ef_search", options.ef_search);
  }
  AV_ASSIGN_OR_RETURN(std::unique_ptr<SlotGraph> graph, SlotGraph::Create(options));
  try {
    return std::unique_ptr<VectorIndex>(
        new VectorIndex(std::make_unique<Impl>(options, std::move(graph))));
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

Status VectorIndex::Add(uint32_t label, std::span<const float> v) {
  try {
    return impl_->Add(label, v);
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

Status VectorIndex::Reserve(size_t count) {
  try {
    return impl_->Reserve(count);
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

bool VectorIndex::Remove(uint32_t label) { return impl_->Remove(label); }

bool VectorIndex::Contains(uint32_t label) const {
  return impl_->table_.Find(label) != SlotTable::kAbsent;
}

Result<bool> VectorIndex::BuildSlice(int max_vectors) { return impl_->BuildSlice(max_vectors); }

Status VectorIndex::Compact() { return impl_->Compact(); }

Result<std::vector<Neighbor>> VectorIndex::Search(std::span<const float> query, size_t k,
                                                  const SearchParams& params) const {
  AV_RETURN_IF_ERROR(impl_->Check(query));
  try {
    if (impl_->options_.metric != Metric::kCosine) return impl_->Search(query, k, params);
    std::vector<float> direction(query.size());
    NormalizeVector(query, direction);  // cannot fail: Check saw the query
    std::vector<Neighbor> nearest = impl_->Search(direction, k, params);
    for (Neighbor& neighbor : nearest) neighbor.distance = std::max(0.0F, 1.0F + neighbor.distance);
    // Products that differ in their last bits may have become one distance.
    std::sort(nearest.begin(), nearest.end(), NearerFirst);
    return nearest;
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

size_t VectorIndex::count() const { return impl_->table_.size(); }
size_t VectorIndex::deleted() const { return impl_->dead_count_; }
size_t VectorIndex::pending() const { return impl_->pending(); }
size_t VectorIndex::bytes() const {
  return sizeof(Impl) + impl_->graph_->bytes() + impl_->table_.bytes() +
         impl_->dead_.capacity() / 8;
}
size_t VectorIndex::dims() const { return impl_->options_.dims; }
Metric VectorIndex::metric() const { return impl_->options_.metric; }
VectorIndex::State VectorIndex::state() const {
  return impl_->pending() == 0 ? State::kReady : State::kRebuilding;
}

}  // namespace archivolt
