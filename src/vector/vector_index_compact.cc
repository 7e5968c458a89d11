// How an index gives up the room of removed vectors: links are led around them in slices, during
// which nothing new is linked, and the rest moves together at the end.
#include <algorithm>
#include <new>

#include "vector/vector_index_impl.h"

namespace archivolt {
namespace {

// With more than a third of the graph gone, new links cost little more and are better.
constexpr size_t kMostGoing = 3;

}  // namespace

bool VectorIndex::Impl::CompactSlice(int max_slots) {
  if (restoring_ != nullptr || (dead_count_ == 0 && going_.empty())) return false;
  try {
    if (going_.empty() && !BeginCompact()) return false;
    const auto to =
        static_cast<uint32_t>(std::min(led_ + static_cast<size_t>(max_slots), linked()));
    if (!graph_.LeadAround(going_, led_, to)) {
      CompactAnew();
      return false;
    }
    led_ = to;
    if (to < linked()) return true;
    going_.resize(dead_.size());  // of what was added meanwhile nothing goes
    graph_.Renumber(going_);
    EndCompact(going_);
  } catch (const std::bad_alloc&) {
    CompactAnew();
  }
  return false;
}

/// Notes which slots go. False when the whole was done instead, as links were not worth keeping.
bool VectorIndex::Impl::BeginCompact() {
  if (dead_count_ * kMostGoing >= linked()) {
    CompactAnew();
    return false;
  }
  graph_.HandTwinsOn(dead_);
  for (uint32_t slot = 0; slot < linked(); ++slot) {
    if (!dead_[slot]) table_.Set(graph_.LabelAt(slot), slot);
  }
  ++changes_;
  going_ = dead_;
  led_ = 0;
  return true;
}

/// Needs no memory.
void VectorIndex::Impl::CompactAnew() {
  graph_.ClearLinks();
  EndCompact(dead_);
}

void VectorIndex::Impl::EndCompact(const std::vector<bool>& going) {
  ++changes_;
  restored_ = 0;
  graph_.MoveTogether(going, used_);
  uint32_t kept = 0;
  dead_count_ = 0;
  for (uint32_t slot = 0; slot < used_; ++slot) {
    if (going[slot]) continue;
    const bool dead = dead_[slot];
    if (dead) {
      ++dead_count_;
    } else {
      table_.Set(graph_.LabelAt(kept), kept);
    }
    dead_[kept++] = dead;
  }
  used_ = kept;
  const size_t marks = dead_.size();
  dead_.resize(kept);
  dead_.resize(marks);
  std::vector<bool>().swap(going_);
  const size_t fitting = used_ + used_ / 32;
  // Giving memory back is a favour: an allocator that refuses leaves the index as it is.
  if (graph_.capacity() > fitting + fitting / 8) (void)graph_.Resize(fitting);
}

Status VectorIndex::Impl::Compact() {
  // One that was under way leaves what was removed since.
  while (restoring_ == nullptr && dead_count_ > 0) CompactSlice(1 << 20);
  return Status::Ok();
}

}  // namespace archivolt
