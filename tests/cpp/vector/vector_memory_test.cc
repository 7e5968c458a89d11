// An index whose allocations fail: whichever of them it is, the call says so or does without, and
// nothing is lost.
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "vector/clustered_vectors.h"
#include "vector/vector_index.h"

namespace {

bool counting = false;
size_t left = 0;  // allocations until one fails

}  // namespace

// All of C++ in this program allocates here; what SlotBlocks asks of the system is not C++'s.
void* operator new(size_t bytes) {
  if (counting && left-- == 0) {
    counting = false;
    throw std::bad_alloc();
  }
  if (void* const memory = std::malloc(bytes == 0 ? 1 : bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
  try {
    return operator new(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace archivolt {
namespace {

constexpr uint32_t kCount = 150;
constexpr uint32_t kDistinct = 130;  // the rest are equal to others
constexpr size_t kDims = 6;

class VectorMemoryTest : public testing::Test {
 protected:
  const std::vector<float>& Vector(uint32_t label) const { return vectors_[label % kDistinct]; }

  /// Without room to spare, so that what comes has to ask for it.
  std::unique_ptr<VectorIndex> Filled() const {
    auto index =
        VectorIndex::Create({.dims = kDims, .m = 4, .ef_construction = 8, .smallest_graph = 1});
    EXPECT_TRUE(index.ok());
    for (uint32_t label = 0; label < kCount; ++label) {
      EXPECT_TRUE((*index)->Add(label, Vector(label)).ok());
    }
    return std::move(index).value();
  }

  /// Everything that `present` allows is found by its vector, and nothing else.
  void ExpectAll(const VectorIndex& index, const std::function<bool(uint32_t)>& present) const {
    size_t count = 0;
    for (uint32_t label = 0; label < kCount; ++label) {
      EXPECT_EQ(index.Contains(label), present(label)) << label;
      if (!present(label)) continue;
      ++count;
      const auto found = index.Search(Vector(label), kCount, {.exact = true});
      ASSERT_TRUE(found.ok());
      ASSERT_FALSE(found->empty());
      EXPECT_NEAR(found->front().distance, 0, 1e-6);
      const auto walked = index.Search(Vector(label), 2, {.ef = 64});
      ASSERT_TRUE(walked.ok());
      ASSERT_FALSE(walked->empty());
      EXPECT_NEAR(walked->front().distance, 0, 1e-6) << label;
    }
    EXPECT_EQ(index.count(), count);
    const auto all = index.Search(Vector(0), kCount, {.exact = true});
    ASSERT_TRUE(all.ok());
    EXPECT_EQ(all->size(), count);
    for (const Neighbor& neighbor : *all) EXPECT_TRUE(present(neighbor.label));
  }

  /// Runs `work` on what `made` gives, with each of its allocations failing in turn, and `check`
  /// then. Says how many there were.
  static size_t FailingEach(const std::function<std::unique_ptr<VectorIndex>()>& made,
                            const std::function<void(VectorIndex&)>& work,
                            const std::function<void(VectorIndex&)>& check) {
    for (size_t failing = 0;; ++failing) {
      const auto index = made();
      left = failing;
      counting = true;
      work(*index);
      const bool failed = !counting;
      counting = false;
      check(*index);
      if (!failed || testing::Test::HasFailure()) return failing;
    }
  }

  const Vectors vectors_ = ClusteredVectors(kDistinct, kDims, 3);
};

TEST_F(VectorMemoryTest, AVectorThatCannotBeLinkedWaits) {
  const size_t tried = FailingEach([&] { return Filled(); },
                                   [](VectorIndex& index) {
                                     const auto built = index.BuildSlice(kCount);
                                     if (!built.ok()) {
                                       EXPECT_EQ(built.status().code(), ErrorCode::OUT_OF_MEMORY);
                                       EXPECT_GT(index.pending(), 0U);
                                     }
                                   },
                                   [&](VectorIndex& index) {
                                     ExpectAll(index, [](uint32_t) { return true; });
                                     while (*index.BuildSlice(16)) {
                                     }
                                     EXPECT_EQ(index.linked(), kCount);
                                     ExpectAll(index, [](uint32_t) { return true; });
                                   });
  EXPECT_GT(tried, 10U);
}

TEST_F(VectorMemoryTest, ACompactionWithoutMemoryLosesNothing) {
  const auto stays = [](uint32_t label) { return label % 5 != 2; };
  const size_t tried = FailingEach(
      [&] {
        auto index = Filled();
        EXPECT_TRUE(index->BuildSlice(kCount).ok());
        for (uint32_t label = 0; label < kCount; ++label) {
          if (!stays(label)) {
            EXPECT_TRUE(index->Remove(label));
          }
        }
        return index;
      },
      [](VectorIndex& index) {
        for (bool more = true; more;) more = index.CompactSlice(20);
      },
      [&](VectorIndex& index) {
        EXPECT_EQ(index.deleted(), 0U);
        EXPECT_FALSE(index.compacting());
        ExpectAll(index, stays);
        while (*index.BuildSlice(16)) {
        }
        EXPECT_EQ(index.linked(), index.count());
        ExpectAll(index, stays);
      });
  EXPECT_GE(tried, 5U);
}

TEST_F(VectorMemoryTest, WhatCannotBeAddedIsNotThere) {
  const size_t tried = FailingEach(
      [&] {
        auto index = Filled();
        EXPECT_TRUE(index->BuildSlice(kCount).ok());
        return index;
      },
      [&](VectorIndex& index) {
        uint32_t label = kCount;
        for (; label < 4 * kCount; ++label) {
          const Status status = index.Add(label, Vector(label));
          if (status.ok()) continue;
          EXPECT_EQ(status.code(), ErrorCode::OUT_OF_MEMORY);
          break;
        }
        EXPECT_FALSE(index.Contains(label));
        EXPECT_EQ(index.count(), label);
        while (label-- > kCount) EXPECT_TRUE(index.Remove(label));
      },
      [&](VectorIndex& index) { ExpectAll(index, [](uint32_t) { return true; }); });
  EXPECT_GE(tried, 3U);
}

}  // namespace
}  // namespace archivolt
