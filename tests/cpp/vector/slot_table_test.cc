#include "vector/slot_table.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_map>

namespace archivolt {
namespace {

TEST(SlotTableTest, AnEmptyTableHasNoKey) {
  SlotTable table;
  EXPECT_EQ(table.Find(0), SlotTable::kAbsent);
  EXPECT_FALSE(table.Erase(0));
  EXPECT_EQ(table.size(), 0U);
}

TEST(SlotTableTest, KeepsTheSmallestAndTheLargestKey) {
  SlotTable table;
  table.Reserve(2);
  table.Set(0, 7);
  table.Set(0xFFFFFFFF, 8);
  EXPECT_EQ(table.Find(0), 7U);
  EXPECT_EQ(table.Find(0xFFFFFFFF), 8U);
}

TEST(SlotTableTest, AgreesWithAMapOverRandomOperations) {
  for (const uint32_t keys : {50U, 3000U}) {
    for (const uint32_t stride : {1U, 4096U, 0x10000U}) {  // strides that a weak hash would pile up
      std::mt19937 random(keys + stride);
      SlotTable table;
      std::unordered_map<uint32_t, uint32_t> model;
      for (uint32_t step = 0; step < 20000; ++step) {
        const uint32_t key = static_cast<uint32_t>(random() % keys) * stride;
        if (random() % 3 == 0) {
          EXPECT_EQ(table.Erase(key), model.erase(key) == 1);
        } else {
          table.Reserve(table.size() + 1);
          table.Set(key, step);
          model[key] = step;
        }
        ASSERT_EQ(table.size(), model.size());
      }
      for (uint32_t i = 0; i < keys; ++i) {
        const auto it = model.find(i * stride);
        ASSERT_EQ(table.Find(i * stride), it == model.end() ? SlotTable::kAbsent : it->second);
      }
    }
  }
}

TEST(SlotTableTest, ClearForgetsAndGivesMemoryBack) {
  SlotTable table;
  table.Reserve(1000);
  for (uint32_t i = 0; i < 1000; ++i) table.Set(i, i);
  EXPECT_GE(table.bytes(), 8000U);
  table.Clear();
  EXPECT_EQ(table.bytes(), 0U);
  EXPECT_EQ(table.Find(5), SlotTable::kAbsent);
  table.Reserve(1);
  table.Set(5, 6);
  EXPECT_EQ(table.Find(5), 6U);
}

}  // namespace
}  // namespace archivolt
