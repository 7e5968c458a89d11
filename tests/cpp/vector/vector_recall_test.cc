// How much of the truth the graph finds, whole, filtered, beside pending vectors and through
// duplicates. Collections here have more than 2,000 vectors: smaller ones are scanned, and a scan's
// recall says nothing about the graph.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <vector>

#include "vector/clustered_vectors.h"
#include "vector/vector_index.h"

namespace archivolt {
namespace {

constexpr size_t kDims = 24;
constexpr size_t kCount = 4000;
constexpr size_t kFound = 10;

/// One built index for all tests that only search.
class VectorRecallTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    index_ = Built(ClusteredVectors(kCount, kDims, 1), Metric::kCosine).release();
    queries_ = new Vectors(ClusteredVectors(60, kDims, 2));
  }
  static void TearDownTestSuite() {
    delete index_;
    delete queries_;
  }

  static std::unique_ptr<VectorIndex> Built(const Vectors& vectors, Metric metric) {
    auto index = VectorIndex::Create(
        {.dims = kDims, .metric = metric, .ef_construction = 64, .smallest_graph = 1});
    EXPECT_TRUE(index.ok());
    for (size_t i = 0; i < vectors.size(); ++i) {
      EXPECT_TRUE((*index)->Add(static_cast<uint32_t>(i), vectors[i]).ok());
    }
    EXPECT_TRUE((*index)->BuildSlice(static_cast<int>(vectors.size())).ok());
    return std::move(index).value();
  }

  /// Of what an exact search finds, the share that the same search finds by the graph.
  static double Recall(const VectorIndex& index, const Vectors& queries, SearchParams params) {
    SearchParams exact = params;
    exact.exact = true;
    size_t hits = 0;
    size_t wanted = 0;
    for (const auto& query : queries) {
      const auto truth = index.Search(query, kFound, exact);
      const auto found = index.Search(query, kFound, params);
      EXPECT_TRUE(truth.ok() && found.ok());
      EXPECT_EQ(truth->size(), found->size());
      wanted += truth->size();
      for (const Neighbor& n : *found) {
        // A duplicate of a true neighbour is as good as the neighbour.
        hits += n.distance <= truth->back().distance ? 1 : 0;
      }
    }
    return wanted == 0 ? 1 : static_cast<double>(hits) / static_cast<double>(wanted);
  }

  static VectorIndex* index_;
  static Vectors* queries_;
};

VectorIndex* VectorRecallTest::index_ = nullptr;
Vectors* VectorRecallTest::queries_ = nullptr;

TEST_F(VectorRecallTest, WholeCollectionAtTheDefaultEf) {
  EXPECT_GE(Recall(*index_, *queries_, {}), 0.95);
}

TEST_F(VectorRecallTest, AWiderSearchFindsNoLess) {
  const double narrow = Recall(*index_, *queries_, {.ef = 10});
  const double wide = Recall(*index_, *queries_, {.ef = 200});
  EXPECT_GE(wide, narrow);
  EXPECT_GE(wide, 0.99);
}

TEST_F(VectorRecallTest, EfBelowKIsRaisedToK) {
  const auto found = index_->Search((*queries_)[0], 50, {.ef = 1});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 50U);
}

TEST_F(VectorRecallTest, FiltersFromHalfToAThousandth) {
  for (const double share : {0.5, 0.2, 0.1, 0.05, 0.01, 0.001}) {
    const auto below = static_cast<uint32_t>(share * 4294967295.0);
    const LabelFilter filter = [below](uint32_t label) { return label * 2654435761U <= below; };
    const auto allowed = static_cast<size_t>(share * kCount);
    EXPECT_GE(Recall(*index_, *queries_, {.filter = filter}), 0.95) << share;
    EXPECT_GE(Recall(*index_, *queries_, {.filter = filter, .allowed_count = allowed}), 0.95)
        << share;
    for (const auto& query : *queries_) {
      const auto found = index_->Search(query, kFound, {.filter = filter});
      ASSERT_TRUE(found.ok());
      for (const Neighbor& n : *found) ASSERT_TRUE(filter(n.label));
    }
  }
}

TEST_F(VectorRecallTest, AllowedLabelsFarFromTheQueryAreFoundAllTheSame) {
  // The farthest half by distance to the query: a walk starts where nothing is allowed.
  for (size_t q = 0; q < 5; ++q) {
    const auto& query = (*queries_)[q];
    const auto all = index_->Search(query, kCount, {.exact = true});
    ASSERT_TRUE(all.ok());
    std::vector<bool> allowed(kCount);
    for (size_t i = kCount / 2; i < all->size(); ++i) allowed[all->at(i).label] = true;
    const LabelFilter filter = [&](uint32_t label) { return allowed[label]; };
    EXPECT_GE(Recall(*index_, {query}, {.filter = filter}), 0.95);
    // A caller that is wrong about how many are allowed loses time, not results.
    EXPECT_GE(Recall(*index_, {query}, {.filter = filter, .allowed_count = kCount}), 0.95);
  }
}

TEST_F(VectorRecallTest, AFilterThatAllowsNothingFindsNothing) {
  const LabelFilter nothing = [](uint32_t) { return false; };
  for (const size_t allowed : {size_t{0}, kCount}) {
    const auto found =
        index_->Search((*queries_)[0], 5, {.filter = nothing, .allowed_count = allowed});
    ASSERT_TRUE(found.ok());
    EXPECT_TRUE(found->empty());
  }
}

TEST_F(VectorRecallTest, OtherMetrics) {
  const auto vectors = ClusteredVectors(2200, kDims, 3);
  for (const Metric metric : {Metric::kL2, Metric::kInnerProduct}) {
    const auto index = Built(vectors, metric);
    EXPECT_GE(Recall(*index, *queries_, {}), 0.95);
  }
}

TEST_F(VectorRecallTest, HalfLinkedIsSearchedWhole) {
  const auto vectors = ClusteredVectors(2500, kDims, 4);
  auto index = VectorIndex::Create({.dims = kDims, .ef_construction = 50, .smallest_graph = 1});
  ASSERT_TRUE(index.ok());
  for (uint32_t i = 0; i < vectors.size(); ++i) ASSERT_TRUE((*index)->Add(i, vectors[i]).ok());
  ASSERT_TRUE(*(*index)->BuildSlice(2200));
  EXPECT_EQ((*index)->pending(), 300U);
  EXPECT_GE(Recall(**index, *queries_, {}), 0.95);
}

TEST_F(VectorRecallTest, ManyEqualVectorsDoNotHideTheOthers) {
  // A third of the collection is one text's vector, over and over: links among copies lead nowhere
  // else.
  auto vectors = ClusteredVectors(2400, kDims, 5);
  for (size_t i = 0; i < vectors.size(); i += 3) vectors[i] = vectors[0];
  const auto index = Built(vectors, Metric::kCosine);
  EXPECT_GE(Recall(*index, *queries_, {}), 0.95);
  const auto copies = index->Search(vectors[0], kFound);
  ASSERT_TRUE(copies.ok());
  EXPECT_EQ(copies->back().distance, copies->front().distance);
}

TEST_F(VectorRecallTest, OnlyEqualVectors) {
  const auto index = Built(Vectors(500, ClusteredVectors(1, kDims, 6)[0]), Metric::kL2);
  const auto found = index->Search(ClusteredVectors(1, kDims, 7)[0], 12, {.ef = 12});
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->size(), 12U);
}

TEST_F(VectorRecallTest, AGraphWhoseVectorsCameAndWentFindsAsMuchAsANewOne) {
  constexpr uint32_t kRounds = 8;
  const Vectors vectors = ClusteredVectors(kCount + kRounds * kCount / 4, kDims, 7);
  const auto lasting = Built({vectors.begin(), vectors.begin() + kCount}, Metric::kCosine);
  uint32_t next = kCount;
  for (uint32_t round = 0; round < kRounds; ++round) {
    // A quarter of all goes, spread over the graph, and as many come.
    const std::vector<uint32_t> labels = lasting->Labels();
    for (size_t i = round % 4; i < labels.size(); i += 4) EXPECT_TRUE(lasting->Remove(labels[i]));
    ASSERT_TRUE(lasting->Compact().ok());
    EXPECT_EQ(lasting->pending(), 0U);
    for (const uint32_t end = next + kCount / 4; next < end; ++next) {
      ASSERT_TRUE(lasting->Add(next, vectors[next]).ok());
    }
    ASSERT_TRUE(lasting->BuildSlice(kCount).ok());
  }
  EXPECT_EQ(lasting->linked(), kCount);
  Vectors living;
  for (const uint32_t label : lasting->Labels()) living.push_back(vectors[label]);
  const auto fresh = Built(living, Metric::kCosine);
  for (const size_t ef : {10, 20, 64}) {
    EXPECT_GE(Recall(*lasting, *queries_, {.ef = ef}), Recall(*fresh, *queries_, {.ef = ef}) - 0.02)
        << ef;
  }
}

TEST_F(VectorRecallTest, TheLastOneOfATopicIsFoundAfterTheRestWasRemoved) {
  const Vectors vectors = ClusteredVectors(kCount, kDims, 8);
  for (const uint32_t last : {0U, 1234U, 3999U}) {
    const auto index = Built(vectors, Metric::kCosine);
    const auto near = index->Search(vectors[last], 300, {.exact = true});
    ASSERT_TRUE(near.ok());
    for (const Neighbor& neighbor : *near) {
      if (neighbor.label != last) index->Remove(neighbor.label);
    }
    ASSERT_TRUE(index->Compact().ok());
    ASSERT_TRUE(index->BuildSlice(kCount).ok());
    EXPECT_EQ(index->linked(), index->count());
    const auto found = index->Search(vectors[last], 1, {.ef = 64});
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->front().label, last);
  }
}

}  // namespace
}  // namespace archivolt
