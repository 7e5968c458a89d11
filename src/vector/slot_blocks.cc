#include "vector/slot_blocks.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>

namespace archivolt {
namespace {

constexpr size_t kBlockBytes = size_t{1} << 20;

}  // namespace

SlotBlocks::SlotBlocks(size_t stride) : stride_(stride) {
  const size_t slots = std::bit_ceil(std::max<size_t>(kBlockBytes / stride, 1));
  mask_ = static_cast<uint32_t>(slots - 1);
  shift_ = static_cast<uint32_t>(std::countr_zero(slots));
}

SlotBlocks::~SlotBlocks() {
  for (size_t i = 0; i < BlocksFor(capacity_); ++i) std::free(blocks_[i]);
  std::free(blocks_);
}

size_t SlotBlocks::SlotsIn(size_t index, size_t slots) const {
  const size_t before = index << shift_;
  return slots <= before ? 0 : std::min(slots - before, slots_a_block());
}

bool SlotBlocks::ResizeBlock(size_t index, size_t before, size_t slots) {
  if (before == slots) return true;
  void* const block =
      before == 0 ? std::calloc(slots, stride_) : std::realloc(blocks_[index], slots * stride_);
  if (block == nullptr) return false;
  blocks_[index] = static_cast<std::byte*>(block);
  if (before > 0 && slots > before) {
    std::memset(blocks_[index] + before * stride_, 0, (slots - before) * stride_);
  }
  return true;
}

bool SlotBlocks::Resize(size_t slots) {
  const size_t have = BlocksFor(capacity_);
  const size_t want = BlocksFor(slots);
  if (want > room_) {
    const size_t room = std::max(want, room_ + room_ / 2);
    void* const table = std::realloc(blocks_, room * sizeof(std::byte*));
    if (table == nullptr) return false;
    blocks_ = static_cast<std::byte**>(table);
    room_ = room;
  }
  // What shrinks does so last, and a block that cannot shrink stays as it is: never a failure.
  for (size_t i = have == 0 ? 0 : have - 1; i < want; ++i) {
    if (SlotsIn(i, slots) < SlotsIn(i, capacity_)) continue;
    if (ResizeBlock(i, SlotsIn(i, capacity_), SlotsIn(i, slots))) continue;
    while (i-- > have) std::free(blocks_[i]);
    if (have > 0)
      (void)ResizeBlock(have - 1, SlotsIn(have - 1, slots), SlotsIn(have - 1, capacity_));
    return false;
  }
  for (size_t i = want; i < have; ++i) std::free(blocks_[i]);
  if (want > 0 && want <= have && slots < capacity_) {
    (void)ResizeBlock(want - 1, SlotsIn(want - 1, capacity_), SlotsIn(want - 1, slots));
  }
  capacity_ = slots;
  return true;
}

}  // namespace archivolt
