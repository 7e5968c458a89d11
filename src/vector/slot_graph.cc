#include "vector/slot_graph.h"

#include <algorithm>
#include <cstdint>
#include <new>

namespace archivolt {
namespace {

// More than this is refused without asking for it, since a system may promise memory that it lacks.
constexpr size_t kMostBytes = sizeof(size_t) > 4 ? size_t{1} << 36 : SIZE_MAX;

Status NoRoom(size_t slots) {
  return Status(ErrorCode::OUT_OF_MEMORY,
                "No memory for the vectors of this collection. Close other tabs, remove vectors, "
                "or create the collection with quantization 'int8'.")
      .With("slots", static_cast<int64_t>(slots));
}

}  // namespace

SlotGraph::SlotGraph(const VectorIndexOptions& options)
    : m_(options.m),
      ef_construction_(std::max(options.ef_construction, options.m)),
      seed_(options.seed),
      vectors_(options),
      nodes_(sizeof(Node) + 2 * options.m * sizeof(uint32_t)) {}

Status SlotGraph::Resize(size_t capacity) {
  if (capacity >= kNoSlot || capacity > kMostBytes / (vectors_.row_bytes() + nodes_.stride())) {
    return NoRoom(capacity);
  }
  const size_t before = vectors_.capacity();
  if (!vectors_.Resize(capacity)) return NoRoom(capacity);
  if (!nodes_.Resize(capacity)) {
    (void)vectors_.Resize(before);
    return NoRoom(capacity);
  }
  try {
    if (capacity < visited_.size()) {
      std::vector<uint16_t>(capacity).swap(visited_);
    } else {
      visited_.reserve(capacity);
      visited_.resize(capacity);
    }
    if (!twins_.empty()) twins_.resize(std::max(capacity, linked_), kNoSlot);
  } catch (const std::bad_alloc&) {
    if (capacity > before) {
      (void)vectors_.Resize(before);
      (void)nodes_.Resize(before);
    }
    return NoRoom(capacity);
  }
  return Status::Ok();
}

void SlotGraph::Copy(uint32_t from, uint32_t to) {
  vectors_.Copy(from, to);
  SetLabel(to, LabelAt(from));
}

void SlotGraph::Wipe(uint32_t slot) {
  vectors_.Wipe(slot);
  std::fill_n(nodes_.At(slot), nodes_.stride(), std::byte{0});
}

Status SlotGraph::LinkNext(const std::vector<bool>* dead) {
  try {
    ReserveForLinking();
    LinkOne(static_cast<uint32_t>(linked_), dead);
  } catch (const std::bad_alloc&) {
    return NoRoom(linked_ + 1);
  }
  return Status::Ok();
}

void SlotGraph::ClearLinks() {
  linked_ = ever_linked_ = 0;
  entry_ = kNoSlot;
  max_level_ = -1;
  std::vector<uint32_t>().swap(upper_);
  std::vector<uint32_t>().swap(twins_);
}

uint16_t SlotGraph::NextVisit() {
  if (++visit_ == 0) {
    std::fill(visited_.begin(), visited_.end(), uint16_t{0});
    visit_ = 1;
  }
  return visit_;
}

size_t SlotGraph::link_bytes() const {
  return nodes_.bytes() + (upper_.capacity() + twins_.capacity()) * sizeof(uint32_t);
}

size_t SlotGraph::scratch_bytes() const {
  return sizeof(SlotGraph) + visited_.capacity() * sizeof(uint16_t) +
         (candidates_.capacity() + found_.capacity()) * sizeof(SlotDistance) +
         gathered_.capacity() * sizeof(uint32_t) + distances_.capacity() * sizeof(float);
}

}  // namespace archivolt
