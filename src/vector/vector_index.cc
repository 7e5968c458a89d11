#include "vector/vector_index.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <string>
#include <utility>

#include "vector/graph_image.h"
#include "vector/kernels.h"
#include "vector/slot_table.h"
#include "vector/vector_index_impl.h"

namespace archivolt {
namespace {

constexpr size_t kMaxDims = 16384;

Status OutOfRange(const char* option, size_t value) {
  return Status::InvalidArgument(std::string("the option ") + option + " is out of its range")
      .With("option", std::string(option))
      .With("got", static_cast<int64_t>(value));
}

Status NoMemory() {
  return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the vectors of this collection");
}

/// The cosine distance of a negated product of directions.
float FromProduct(float distance) { return std::max(0.0F, 1.0F + distance); }

}  // namespace

double Similarity(Metric metric, float distance) {
  switch (metric) {
    case Metric::kInnerProduct:
      return -static_cast<double>(distance);
    case Metric::kL2:
      return 1.0 / (1.0 + static_cast<double>(distance));
    case Metric::kCosine:
      break;
  }
  return 1.0 - static_cast<double>(distance);
}

std::optional<float> TrueDistance(Metric metric, std::span<const float> a,
                                  std::span<const float> b) {
  if (metric == Metric::kL2) {
    const float distance = SquaredL2(a.data(), b.data(), a.size());
    return std::isfinite(distance) ? std::optional(distance) : std::nullopt;
  }
  const float product = InnerProduct(a.data(), b.data(), a.size());
  if (metric == Metric::kInnerProduct) {
    return std::isfinite(product) ? std::optional(-product) : std::nullopt;
  }
  const double lengths = std::sqrt(SquaredNorm(a) * SquaredNorm(b));
  const double cosine = static_cast<double>(product) / lengths;
  return std::isfinite(cosine) ? std::optional(FromProduct(static_cast<float>(-cosine)))
                               : std::nullopt;
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
  try {
    return std::unique_ptr<VectorIndex>(new VectorIndex(std::make_unique<Impl>(options)));
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

GraphImage VectorIndex::Links(size_t first, size_t count) const {
  GraphImage image = impl_->graph_.ImageOf(first, std::min(count, linked() - first));
  for (size_t i = 0; i < image.nodes.size(); ++i) image.nodes[i].dead = impl_->dead_[first + i];
  return image;
}

Bytes VectorIndex::LinksHead(uint32_t parts) const {
  return EncodeHead(shape(), static_cast<uint32_t>(linked()), parts, impl_->graph_.entry());
}

GraphShape VectorIndex::shape() const {
  return {impl_->options_.dims, impl_->options_.metric, impl_->options_.m};
}

Status VectorIndex::BeginRestore(GraphImage image) {
  try {
    return impl_->BeginRestore(std::move(image));
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

Status VectorIndex::EndRestore() {
  try {
    return impl_->EndRestore();
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

size_t VectorIndex::restored() const { return impl_->restored_; }
size_t VectorIndex::linked() const { return impl_->linked(); }
uint64_t VectorIndex::changes() const { return impl_->changes_; }

Status VectorIndex::Compact() { return impl_->Compact(); }
bool VectorIndex::CompactSlice(int max_slots) { return impl_->CompactSlice(max_slots); }
bool VectorIndex::compacting() const { return !impl_->going_.empty(); }

Result<std::vector<Neighbor>> VectorIndex::Search(std::span<const float> query, size_t k,
                                                  const SearchParams& params) const {
  AV_RETURN_IF_ERROR(impl_->Check(query));
  try {
    std::vector<Neighbor> nearest = impl_->Search(query, k, params);
    if (impl_->options_.metric != Metric::kCosine) return nearest;
    for (Neighbor& neighbor : nearest) neighbor.distance = FromProduct(neighbor.distance);
    // Products that differ in their last bits may have become one distance.
    std::sort(nearest.begin(), nearest.end(), NearerFirst);
    return nearest;
  } catch (const std::bad_alloc&) {
    return NoMemory();
  }
}

std::optional<float> VectorIndex::Distance(uint32_t label, std::span<const float> query) const {
  const uint32_t slot = impl_->table_.Find(label);
  if (slot == SlotTable::kAbsent || !impl_->Check(query).ok()) return {};
  try {
    const SlotVectors& vectors = impl_->graph_.vectors();
    const float distance = vectors.Distance(impl_->RowOf(query), slot);
    return impl_->options_.metric == Metric::kCosine ? FromProduct(distance) : distance;
  } catch (const std::bad_alloc&) {
    return {};
  }
}

bool VectorIndex::WouldScan(size_t k, const SearchParams& params) const {
  return !impl_->WalksFor(k, params);
}

std::vector<uint32_t> VectorIndex::Labels() const {
  std::vector<uint32_t> labels;
  labels.reserve(count());
  for (uint32_t slot = 0; slot < impl_->used_; ++slot) {
    if (!impl_->dead_[slot]) labels.push_back(impl_->graph_.LabelAt(slot));
  }
  return labels;
}

size_t VectorIndex::count() const { return impl_->table_.size(); }
size_t VectorIndex::deleted() const { return impl_->dead_count_; }
size_t VectorIndex::pending() const { return impl_->pending(); }
IndexBytes VectorIndex::memory() const {
  const SlotGraph& graph = impl_->graph_;
  IndexBytes out;
  (quantization() == Quantization::kInt8 ? out.codes : out.vectors) = graph.vectors().bytes();
  out.links = graph.link_bytes();
  out.tables = sizeof(VectorIndex) + impl_->scratch_bytes();
  return out;
}
size_t VectorIndex::dims() const { return impl_->options_.dims; }
Metric VectorIndex::metric() const { return impl_->options_.metric; }
Quantization VectorIndex::quantization() const { return impl_->options_.quantization; }
VectorIndex::State VectorIndex::state() const {
  return impl_->pending() == 0 ? State::kReady : State::kRebuilding;
}

}  // namespace archivolt
