#include "vector/slot_blocks.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

namespace archivolt {
namespace {

uint32_t ValueAt(const SlotBlocks& blocks, uint32_t slot) {
  uint32_t value = 0;
  std::memcpy(&value, blocks.At(slot) + blocks.stride() - sizeof(value), sizeof(value));
  return value;
}

void SetAt(SlotBlocks& blocks, uint32_t slot, uint32_t value) {
  std::memcpy(blocks.At(slot) + blocks.stride() - sizeof(value), &value, sizeof(value));
}

TEST(SlotBlocksTest, SlotsKeepWhatTheyHoldWhileTheNumberChanges) {
  SlotBlocks blocks(40'000);
  const size_t block = blocks.slots_a_block();
  ASSERT_GE(block, 16U);
  size_t written = 0;
  for (const size_t slots : {size_t{1}, size_t{5}, block - 1, block, block + 1, 3 * block + 7,
                             3 * block, 2 * block + 5, 5 * block, size_t{3}, 2 * block}) {
    ASSERT_TRUE(blocks.Resize(slots));
    EXPECT_EQ(blocks.capacity(), slots);
    written = std::min(written, slots);
    for (uint32_t slot = 0; slot < slots; ++slot) {
      EXPECT_EQ(ValueAt(blocks, slot), slot < written ? slot + 1 : 0U) << slots;
      SetAt(blocks, slot, slot + 1);
    }
    written = slots;
  }
  ASSERT_TRUE(blocks.Resize(0));
  EXPECT_EQ(blocks.capacity(), 0U);
  ASSERT_TRUE(blocks.Resize(2));
  EXPECT_EQ(ValueAt(blocks, 1), 0U);
}

TEST(SlotBlocksTest, FullBlocksDoNotMove) {
  SlotBlocks blocks(4096);
  const auto block = static_cast<uint32_t>(blocks.slots_a_block());
  ASSERT_TRUE(blocks.Resize(block));
  const std::byte* const first = blocks.At(0);
  ASSERT_TRUE(blocks.Resize(9 * size_t{block} + 1));
  EXPECT_EQ(blocks.At(0), first);
  EXPECT_GE(blocks.bytes(), (9 * size_t{block} + 1) * 4096);
}

}  // namespace
}  // namespace archivolt
