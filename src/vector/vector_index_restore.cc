// How an index takes a graph back: vectors find their places one by one, then the links are laid
// over them.
#include <algorithm>
#include <utility>

#include "vector/vector_index_impl.h"

namespace archivolt {

Status VectorIndex::Impl::BeginRestore(GraphImage image) {
  if (!image.IsSound()) return Status::InvalidArgument("the links lead out of the graph");
  const size_t nodes = image.nodes.size();
  AV_RETURN_IF_ERROR(Reserve(nodes));
  auto restoring = std::make_unique<Restoring>();
  restoring->slot_of.Reserve(nodes);
  for (uint32_t slot = 0; slot < nodes; ++slot) {
    const GraphImage::Node& node = image.nodes[slot];
    if (!node.dead) restoring->slot_of.Set(node.label, slot);
    graph_.Wipe(slot);
    dead_[slot] = true;
  }
  restoring->image = std::move(image);
  restoring_ = std::move(restoring);
  dead_count_ = nodes;
  used_ = nodes;
  return Status::Ok();
}

/// Takes a vector while a graph is restored: whether it is where it belongs, so that it need not
/// wait.
bool VectorIndex::Impl::PutBack(uint32_t label, std::span<const float> v) {
  const uint32_t before = table_.Find(label);
  const size_t nodes = restoring_->image.nodes.size();
  if (before != SlotTable::kAbsent && before >= nodes) {
    Put(before, label, v);
    return true;
  }
  const uint32_t place = restoring_->slot_of.Find(label);
  const auto* const bytes = reinterpret_cast<const uint8_t*>(v.data());
  if (place == SlotTable::kAbsent ||
      PrintOf({bytes, v.size_bytes()}) != restoring_->image.nodes[place].print) {
    return false;
  }
  table_.Reserve(table_.size() + 1);
  Put(place, label, v);
  table_.Set(label, place);
  if (dead_[place]) {
    dead_[place] = false;
    --dead_count_;
  }
  return true;
}

void VectorIndex::Impl::GiveUpRestore() {
  restoring_.reset();
  (void)Compact().ok();  // needs no memory
}

/// Where a vector is gone that equal ones hung on, the first of these takes its place and its
/// links.
void VectorIndex::Impl::PromoteTwins() {
  const GraphImage& image = restoring_->image;
  for (uint32_t slot = 0; slot < image.nodes.size(); ++slot) {
    if (dead_[slot] || !image.nodes[slot].twin) continue;
    const uint32_t first = image.List(image.nodes[slot], 0).front();
    if (!dead_[first]) continue;
    graph_.Copy(slot, first);
    table_.Set(graph_.LabelAt(first), first);
    dead_[first] = false;
    dead_[slot] = true;
  }
}

Status VectorIndex::Impl::EndRestore() {
  if (restoring_ == nullptr) return Status::Ok();
  const size_t nodes = restoring_->image.nodes.size();
  constexpr size_t kMostMissing = 5;  // one in
  if (dead_count_ * kMostMissing > nodes || dead_count_ == nodes) {
    GiveUpRestore();
    return Status::Ok();
  }
  PromoteTwins();
  std::vector<uint32_t> orphans;
  const Status adopted = graph_.Adopt(restoring_->image, dead_, orphans);
  if (!adopted.ok()) {
    GiveUpRestore();
    return adopted;
  }
  restored_ = nodes - dead_count_ - orphans.size();
  restoring_.reset();
  AV_RETURN_IF_ERROR(MakeRoom(used_ + orphans.size()));
  for (const uint32_t slot : orphans) {
    const auto to = static_cast<uint32_t>(used_++);
    graph_.Copy(slot, to);
    table_.Set(graph_.LabelAt(to), to);
    dead_[slot] = true;
    ++dead_count_;
  }
  return Status::Ok();
}

}  // namespace archivolt
