// SlotBlocks: memory for slots of one size, in blocks of about a MiB.
//
// Growing never moves a full block: a large collection needs no second copy of itself, and no
// allocation of hundreds of megabytes that a fragmented heap cannot give. Only the last block is as
// long as its slots. Contents of new slots are zeros. Nothing throws.
#pragma once

#include <cstddef>
#include <cstdint>

namespace archivolt {

class SlotBlocks {
 public:
  /// `stride`: bytes of a slot, a multiple of 4.
  explicit SlotBlocks(size_t stride);
  ~SlotBlocks();
  SlotBlocks(const SlotBlocks&) = delete;
  SlotBlocks& operator=(const SlotBlocks&) = delete;

  /// Makes room for exactly `slots`; what lies in those that stay is kept. False when there is no
  /// memory: everything is as it was.
  bool Resize(size_t slots);

  /// REQUIRES: slot < capacity().
  std::byte* At(uint32_t slot) const {
    return blocks_[slot >> shift_] + (slot & mask_) * static_cast<size_t>(stride_);
  }
  size_t capacity() const { return capacity_; }
  size_t stride() const { return stride_; }
  /// Slots of a full block.
  size_t slots_a_block() const { return size_t{mask_} + 1; }
  size_t bytes() const { return capacity_ * stride_ + room_ * sizeof(std::byte*); }

 private:
  size_t BlocksFor(size_t slots) const { return (slots + mask_) >> shift_; }
  /// Slots of block `index` when there is room for `slots` in all.
  size_t SlotsIn(size_t index, size_t slots) const;
  bool ResizeBlock(size_t index, size_t before, size_t slots);

  std::byte** blocks_ = nullptr;
  size_t room_ = 0;  // places of blocks_
  size_t capacity_ = 0;
  size_t stride_;
  uint32_t mask_;
  uint32_t shift_;
};

}  // namespace archivolt
