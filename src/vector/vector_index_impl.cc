#include "vector/vector_index_impl.h"

#include <algorithm>
#include <cmath>

#include "vector/kernels.h"

namespace archivolt {
namespace {

constexpr size_t kFirstRoom = 16;      // slots of the first allocation
constexpr size_t kDoubleBelow = 1024;  // slots; more grow by a thirty-second

// |a - b|^2 <= 2 |a|^2 + 2 |b|^2: below this bound neither a distance nor a product overflows.
constexpr double kMaxSquaredNorm = 4e37;

}  // namespace

Status VectorIndex::Impl::Check(std::span<const float> v) const {
  if (v.size() != options_.dims) {
    return Status::InvalidArgument("the vector's length is not the collection's dimension")
        .With("dimensions", static_cast<int64_t>(options_.dims))
        .With("got", static_cast<int64_t>(v.size()));
  }
  // The largest float squared is far inside a double's range: only such a value spoils the sum.
  const double norm = SquaredNorm(v);
  if (!std::isfinite(norm)) {
    return Status::InvalidArgument("the vector has a value that is NaN or infinite");
  }
  if (options_.metric == Metric::kCosine && norm == 0) {
    return Status::InvalidArgument("the zero vector has no direction: the cosine metric needs one");
  }
  if (options_.metric != Metric::kCosine && norm > kMaxSquaredNorm) {
    return Status::InvalidArgument("the vector is too long: distances to it would overflow");
  }
  return Status::Ok();
}

// Doubles while small, then adds little, since blocks do not move; when that is refused, takes
// what is needed.
Status VectorIndex::Impl::MakeRoom(size_t slots) {
  const size_t have = graph_.capacity();
  table_.Reserve(table_.size() + (slots > used_ ? slots - used_ : 0));
  if (slots > dead_.size()) dead_.resize(std::max(slots, have));
  if (slots <= have) return Status::Ok();
  const size_t roomy =
      std::max({slots, kFirstRoom, have < kDoubleBelow ? 2 * have : have + have / 32});
  size_t granted = roomy;
  Status status = graph_.Resize(roomy);
  if (!status.ok() && slots < roomy) {
    granted = slots;
    status = graph_.Resize(granted);
  }
  if (status.ok()) dead_.resize(std::max(dead_.size(), granted));
  return status;
}

void VectorIndex::Impl::Put(uint32_t slot, uint32_t label, std::span<const float> v) {
  graph_.vectors().Store(slot, v);
  graph_.SetLabel(slot, label);
}

Status VectorIndex::Impl::Add(uint32_t label, std::span<const float> v) {
  AV_RETURN_IF_ERROR(Check(v));
  const uint32_t before = table_.Find(label);
  if (restoring_ != nullptr) {
    if (PutBack(label, v)) return Status::Ok();
  } else if (before != SlotTable::kAbsent && before >= linked()) {
    Put(before, label, v);
    return Status::Ok();
  }
  AV_RETURN_IF_ERROR(MakeRoom(used_ + 1));
  if (before != SlotTable::kAbsent) {
    dead_[before] = true;
    ++dead_count_;
    ++changes_;
  }
  const auto slot = static_cast<uint32_t>(used_++);
  Put(slot, label, v);
  table_.Set(label, slot);
  return Status::Ok();
}

Status VectorIndex::Impl::Reserve(size_t count) {
  const size_t slots = count + dead_count_;
  if (slots <= graph_.capacity()) return Status::Ok();
  AV_RETURN_IF_ERROR(graph_.Resize(slots));
  return MakeRoom(slots);
}

bool VectorIndex::Impl::Remove(uint32_t label) {
  const uint32_t slot = table_.Find(label);
  if (slot == SlotTable::kAbsent) return false;
  table_.Erase(label);
  if (table_.size() == 0) {
    Forget();
  } else if (slot < linked() || (restoring_ && slot < restoring_->image.nodes.size())) {
    dead_[slot] = true;
    ++dead_count_;
    ++changes_;
  } else {
    VacatePending(slot);
  }
  return true;
}

/// Moves the last pending vector into the place of a removed one.
void VectorIndex::Impl::VacatePending(uint32_t slot) {
  const auto last = static_cast<uint32_t>(--used_);
  if (slot != last) {
    graph_.Copy(last, slot);
    table_.Set(graph_.LabelAt(slot), slot);
  }
  graph_.Wipe(last);
}

/// Back to an empty index: nothing of the vectors stays in memory.
void VectorIndex::Impl::Forget() {
  restoring_.reset();
  restored_ = 0;
  ++changes_;
  graph_.ClearLinks();
  for (size_t slot = 0; slot < used_; ++slot) graph_.Wipe(static_cast<uint32_t>(slot));
  used_ = 0;
  dead_count_ = 0;
  dead_.assign(dead_.size(), false);
  std::vector<bool>().swap(going_);
}

const std::byte* VectorIndex::Impl::RowOf(std::span<const float> query) {
  auto* const row = reinterpret_cast<std::byte*>(row_.data());
  graph_.vectors().Encode(query, row);
  return row;
}

size_t VectorIndex::Impl::scratch_bytes() const {
  return sizeof(Impl) + graph_.scratch_bytes() + table_.bytes() + dead_.capacity() / 8 +
         (only_.capacity() + going_.capacity()) / 8 + row_.capacity() * sizeof(float) +
         only_slots_.capacity() * sizeof(uint32_t) + found_.capacity() * sizeof(SlotDistance);
}

Result<bool> VectorIndex::Impl::BuildSlice(int max_vectors) {
  if (!has_graph()) return false;
  if (restoring_ != nullptr) return true;  // EndRestore comes first
  if (!going_.empty()) return CompactSlice(max_vectors) || linked() < used_;
  for (int done = 0; done < max_vectors && linked() < used_; ++done) {
    ++changes_;
    AV_RETURN_IF_ERROR(graph_.LinkNext(dead_count_ > 0 ? &dead_ : nullptr));
  }
  return linked() < used_;
}

}  // namespace archivolt
