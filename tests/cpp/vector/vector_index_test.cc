#include "vector/vector_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "vector/clustered_vectors.h"

namespace archivolt {
namespace {

std::unique_ptr<VectorIndex> MakeIndex(VectorIndexOptions options) {
  auto index = VectorIndex::Create(options);
  EXPECT_TRUE(index.ok()) << index.status().message();
  return std::move(index).value();
}

void AddAll(VectorIndex& index, const Vectors& vectors) {
  for (size_t i = 0; i < vectors.size(); ++i) {
    ASSERT_TRUE(index.Add(static_cast<uint32_t>(i), vectors[i]).ok());
  }
}

void BuildAll(VectorIndex& index, int slice = 64) {
  for (bool more = true; more;) {
    auto result = index.BuildSlice(slice);
    ASSERT_TRUE(result.ok());
    more = *result;
  }
}

std::vector<uint32_t> Labels(const Result<std::vector<Neighbor>>& found) {
  EXPECT_TRUE(found.ok()) << found.status().message();
  std::vector<uint32_t> labels;
  for (const Neighbor& n : *found) labels.push_back(n.label);
  return labels;
}

int64_t DetailInt(const Status& status, std::string_view key) {
  const auto* value = status.Find(key);
  EXPECT_NE(value, nullptr) << key;
  return value == nullptr ? -1 : std::get<int64_t>(*value);
}

TEST(VectorIndexTest, RefusesOptionsOutOfRange) {
  const std::vector<std::pair<VectorIndexOptions, std::string>> cases = {
      {{.dims = 0}, "dims"},
      {{.dims = 16385}, "dims"},
      {{.dims = 4, .m = 1}, "m"},
      {{.dims = 4, .m = 129}, "m"},
      {{.dims = 4, .ef_construction = 3}, "ef_construction"},
      {{.dims = 4, .ef_construction = 5000}, "ef_construction"},
      {{.dims = 4, .ef_search = 0}, "ef_search"},
      {{.dims = 4, .ef_search = 70000}, "ef_search"},
  };
  for (const auto& [options, option] : cases) {
    const auto index = VectorIndex::Create(options);
    ASSERT_FALSE(index.ok());
    EXPECT_EQ(index.status().code(), ErrorCode::INVALID_ARGUMENT);
    const Status status = index.status();
    ASSERT_NE(status.Find("option"), nullptr);
    EXPECT_EQ(std::get<std::string>(*status.Find("option")), option);
  }
}

TEST(VectorIndexTest, AnEmptyIndexFindsNothing) {
  const auto index = MakeIndex({.dims = 3});
  const auto found = index->Search(std::vector<float>{1, 2, 3}, 5);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(found->empty());
  EXPECT_EQ(index->count(), 0U);
  EXPECT_EQ(index->pending(), 0U);
  EXPECT_EQ(index->state(), VectorIndex::State::kReady);
  EXPECT_FALSE(index->Contains(0));
  EXPECT_FALSE(index->Remove(0));
  EXPECT_TRUE(index->Compact().ok());
  const auto more = index->BuildSlice(10);
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE(*more);
}

TEST(VectorIndexTest, RefusesVectorsItCannotCompare) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float inf = std::numeric_limits<float>::infinity();
  for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
    const auto index = MakeIndex({.dims = 3, .metric = metric});
    ASSERT_TRUE(index->Add(1, std::vector<float>{1, 0, 0}).ok());
    for (const std::vector<float>& bad :
         {std::vector<float>{1, 2}, {1, 2, 3, 4}, {}, {1, nan, 0}, {inf, 0, 0}, {0, 0, -inf}}) {
      EXPECT_EQ(index->Add(2, bad).code(), ErrorCode::INVALID_ARGUMENT);
      EXPECT_EQ(index->Search(bad, 1).status().code(), ErrorCode::INVALID_ARGUMENT);
    }
    EXPECT_FALSE(index->Contains(2));
    EXPECT_EQ(index->count(), 1U);
  }
  const auto index = MakeIndex({.dims = 3});
  const Status status = index->Add(2, std::vector<float>{1, 2});
  EXPECT_EQ(DetailInt(status, "dimensions"), 3);
  EXPECT_EQ(DetailInt(status, "got"), 2);
}

TEST(VectorIndexTest, TheZeroVectorIsRefusedWhereDirectionCounts) {
  const std::vector<float> zero = {0, 0};
  EXPECT_EQ(MakeIndex({.dims = 2})->Add(1, zero).code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(MakeIndex({.dims = 2})->Search(zero, 1).status().code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_TRUE(MakeIndex({.dims = 2, .metric = Metric::kL2})->Add(1, zero).ok());
  EXPECT_TRUE(MakeIndex({.dims = 2, .metric = Metric::kInnerProduct})->Add(1, zero).ok());
}

TEST(VectorIndexTest, VectorsWhoseDistancesWouldOverflowAreRefused) {
  const auto index = MakeIndex({.dims = 2, .metric = Metric::kL2});
  EXPECT_EQ(index->Add(1, std::vector<float>{1e19F, 0}).code(), ErrorCode::INVALID_ARGUMENT);
  ASSERT_TRUE(index->Add(1, std::vector<float>{6e18F, 0}).ok());
  const auto found = index->Search(std::vector<float>{-6e18F, 0}, 1);
  ASSERT_TRUE(found.ok());
  EXPECT_TRUE(std::isfinite(found->at(0).distance));
  // Only the direction counts under the cosine: any length will do.
  EXPECT_TRUE(MakeIndex({.dims = 2})->Add(1, std::vector<float>{3e38F, 3e38F}).ok());
}

TEST(VectorIndexTest, DistancesAreThoseOfTheMetric) {
  const std::vector<float> a = {3, 4};
  const std::vector<float> b = {-4, 3};
  const auto distance = [&](Metric metric, const std::vector<float>& query) {
    const auto index = MakeIndex({.dims = 2, .metric = metric});
    EXPECT_TRUE(index->Add(9, a).ok());
    const auto found = index->Search(query, 1);
    EXPECT_TRUE(found.ok());
    return found->at(0).distance;
  };
  EXPECT_NEAR(distance(Metric::kCosine, a), 0, 1e-6);
  EXPECT_NEAR(distance(Metric::kCosine, b), 1, 1e-6);
  EXPECT_NEAR(distance(Metric::kCosine, std::vector<float>{-6, -8}), 2, 1e-6);
  EXPECT_EQ(distance(Metric::kInnerProduct, a), -25);
  EXPECT_EQ(distance(Metric::kL2, b), 50);
}

TEST(VectorIndexTest, TheDistanceOfOneLabelIsThatOfSearch) {
  const Vectors vectors = ClusteredVectors(300, 24, 5);
  for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
    const auto index = MakeIndex({.dims = 24, .metric = metric, .smallest_graph = 100});
    AddAll(*index, vectors);
    BuildAll(*index);
    index->Remove(7);
    std::vector<float> query = vectors[11];
    for (float& value : query) value *= 3;
    const auto found = index->Search(query, 300, {.exact = true});
    ASSERT_TRUE(found.ok());
    ASSERT_EQ(found->size(), 299u);
    for (const Neighbor& neighbor : *found) {
      const auto distance = index->Distance(neighbor.label, query);
      ASSERT_TRUE(distance.has_value());
      EXPECT_NEAR(*distance, neighbor.distance, 1e-4F);
    }
    EXPECT_FALSE(index->Distance(7, query).has_value());
    EXPECT_FALSE(index->Distance(300, query).has_value());
    EXPECT_FALSE(index->Distance(1, std::vector<float>(23, 1)).has_value());
    EXPECT_FALSE(index->Distance(1, std::vector<float>(24, std::numeric_limits<float>::infinity()))
                     .has_value());
  }
  const auto index = MakeIndex({.dims = 2});
  ASSERT_TRUE(index->Add(1, std::vector<float>{1, 0}).ok());
  EXPECT_FALSE(index->Distance(1, std::vector<float>{0, 0}).has_value());
}

TEST(VectorIndexTest, TellsTheLabelsThatCanBeFound) {
  const auto index = MakeIndex({.dims = 8, .smallest_graph = 10});
  EXPECT_TRUE(index->Labels().empty());
  AddAll(*index, ClusteredVectors(20, 8, 1));
  BuildAll(*index);
  ASSERT_TRUE(index->Add(3, std::vector<float>(8, 1)).ok());  // replaces a linked one
  ASSERT_TRUE(index->Remove(0));
  std::vector<uint32_t> labels = index->Labels();
  std::sort(labels.begin(), labels.end());
  std::vector<uint32_t> expected(19);
  std::iota(expected.begin(), expected.end(), 1U);
  EXPECT_EQ(labels, expected);
}

TEST(VectorIndexTest, ResultsAreSortedByDistanceThenLabel) {
  for (const bool build : {false, true}) {
    const auto index = MakeIndex({.dims = 2, .metric = Metric::kL2, .smallest_graph = 1});
    for (const uint32_t label : {8U, 3U, 5U, 1U}) {
      ASSERT_TRUE(index->Add(label, std::vector<float>{1, 1}).ok());
    }
    ASSERT_TRUE(index->Add(7, std::vector<float>{0, 0}).ok());
    if (build) BuildAll(*index);
    EXPECT_EQ(Labels(index->Search(std::vector<float>{0, 0}, 10)),
              (std::vector<uint32_t>{7, 1, 3, 5, 8}));
    EXPECT_EQ(Labels(index->Search(std::vector<float>{0, 0}, 3, {.exact = true})),
              (std::vector<uint32_t>{7, 1, 3}));
  }
}

TEST(VectorIndexTest, KMayBeZeroOrMoreThanThereIs) {
  const auto index = MakeIndex({.dims = 8, .smallest_graph = 1});
  AddAll(*index, ClusteredVectors(100, 8, 1));
  BuildAll(*index);
  const auto query = ClusteredVectors(1, 8, 2)[0];
  EXPECT_TRUE(Labels(index->Search(query, 0)).empty());
  EXPECT_EQ(Labels(index->Search(query, 100)).size(), 100U);
  EXPECT_EQ(Labels(index->Search(query, 1'000'000)).size(), 100U);
  EXPECT_EQ(Labels(index->Search(query, std::numeric_limits<size_t>::max())).size(), 100U);
}

TEST(VectorIndexTest, SmallCollectionsNeverGetAGraph) {
  const auto index = MakeIndex({.dims = 4, .smallest_graph = 50});
  const auto vectors = ClusteredVectors(60, 4, 3);
  for (uint32_t i = 0; i < 49; ++i) ASSERT_TRUE(index->Add(i, vectors[i]).ok());
  EXPECT_EQ(index->pending(), 0U);
  EXPECT_EQ(index->state(), VectorIndex::State::kReady);
  EXPECT_FALSE(*index->BuildSlice(100));
  ASSERT_TRUE(index->Add(49, vectors[49]).ok());
  EXPECT_EQ(index->pending(), 50U);
  EXPECT_EQ(index->state(), VectorIndex::State::kRebuilding);
  EXPECT_TRUE(*index->BuildSlice(20));
  EXPECT_EQ(index->pending(), 30U);
  EXPECT_FALSE(*index->BuildSlice(100));
  EXPECT_EQ(index->state(), VectorIndex::State::kReady);
  // Once there is a graph, additions wait for it.
  ASSERT_TRUE(index->Add(50, vectors[50]).ok());
  EXPECT_EQ(index->pending(), 1U);
}

TEST(VectorIndexTest, NoSliceLinksNothing) {
  const auto index = MakeIndex({.dims = 4, .smallest_graph = 1});
  AddAll(*index, ClusteredVectors(10, 4, 3));
  EXPECT_TRUE(*index->BuildSlice(0));
  EXPECT_TRUE(*index->BuildSlice(-5));
  EXPECT_EQ(index->pending(), 10U);
}

TEST(VectorIndexTest, AVectorIsFoundFromTheMomentItIsAdded) {
  const auto vectors = ClusteredVectors(300, 16, 4);
  const auto index = MakeIndex({.dims = 16, .smallest_graph = 1});
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    ASSERT_TRUE(index->Add(i, vectors[i]).ok());
    EXPECT_EQ(Labels(index->Search(vectors[i], 1)), std::vector<uint32_t>{i});
    ASSERT_TRUE(index->BuildSlice(i % 3 == 0 ? 2 : 0).ok());
  }
}

TEST(VectorIndexTest, ALabelThatIsAddedAgainHasItsNewVectorOnly) {
  for (const bool build : {false, true}) {
    const auto index = MakeIndex({.dims = 2, .metric = Metric::kL2, .smallest_graph = 1});
    for (uint32_t i = 0; i < 20; ++i) {
      ASSERT_TRUE(index->Add(i, std::vector<float>{static_cast<float>(i), 0}).ok());
    }
    if (build) BuildAll(*index);
    ASSERT_TRUE(index->Add(5, std::vector<float>{100, 0}).ok());
    EXPECT_EQ(index->count(), 20U);
    EXPECT_EQ(index->deleted(), build ? 1U : 0U);
    EXPECT_EQ(Labels(index->Search(std::vector<float>{5, 0}, 2)), (std::vector<uint32_t>{4, 6}));
    EXPECT_EQ(Labels(index->Search(std::vector<float>{99, 0}, 1)), (std::vector<uint32_t>{5}));
    BuildAll(*index);
    EXPECT_EQ(Labels(index->Search(std::vector<float>{5, 0}, 2)), (std::vector<uint32_t>{4, 6}));
    EXPECT_EQ(Labels(index->Search(std::vector<float>{99, 0}, 20)).size(), 20U);
  }
}

TEST(VectorIndexTest, CompactLeadsLinksAroundTheDeleted) {
  const auto vectors = ClusteredVectors(500, 8, 6);
  const auto index = MakeIndex({.dims = 8, .smallest_graph = 1});
  for (uint32_t i = 0; i < 400; ++i) ASSERT_TRUE(index->Add(i, vectors[i]).ok());
  BuildAll(*index);
  for (uint32_t i = 0; i < 400; i += 4) EXPECT_TRUE(index->Remove(i));
  for (uint32_t i = 400; i < 450; ++i) ASSERT_TRUE(index->Add(i, vectors[i]).ok());
  ASSERT_TRUE(index->Compact().ok());
  EXPECT_EQ(index->deleted(), 0U);
  EXPECT_EQ(index->count(), 350U);
  EXPECT_EQ(index->pending(), 50U) << "those that were linked are linked";
  EXPECT_EQ(index->linked(), 300U);
  for (uint32_t i = 450; i < 500; ++i) ASSERT_TRUE(index->Add(i, vectors[i]).ok());
  for (const bool linked : {false, true}) {
    if (linked) BuildAll(*index);
    EXPECT_EQ(index->linked(), linked ? 400U : 300U);
    for (uint32_t i = 0; i < 500; ++i) {
      const auto found = Labels(index->Search(vectors[i], 1));
      if (i < 400 && i % 4 == 0) {
        EXPECT_NE(found, std::vector<uint32_t>{i});
      } else {
        EXPECT_EQ(found, std::vector<uint32_t>{i});
      }
    }
  }
}

TEST(VectorIndexTest, CompactKeepsEqualVectorsOfWhichSomeAreDeleted) {
  const auto vectors = ClusteredVectors(60, 8, 6);
  // Each vector five times; which of the five are gone differs, and of some all are.
  const auto is_gone = [](uint32_t label) {
    return ((label / 60) + label) % 7 < 2 || label % 60 == 9;
  };
  const auto index = MakeIndex({.dims = 8, .smallest_graph = 1});
  std::vector<uint32_t> gone;
  for (uint32_t i = 0; i < 300; ++i) {
    ASSERT_TRUE(index->Add(i, vectors[i % 60]).ok());
    if (is_gone(i)) gone.push_back(i);
  }
  BuildAll(*index);
  for (const uint32_t label : gone) EXPECT_TRUE(index->Remove(label));
  ASSERT_TRUE(index->Compact().ok());
  EXPECT_EQ(index->pending(), 0U);
  ASSERT_EQ(index->count(), 300 - gone.size());
  for (uint32_t of = 0; of < 60; ++of) {
    std::vector<uint32_t> equal;
    for (uint32_t label = of; label < 300; label += 60) {
      if (!is_gone(label)) equal.push_back(label);
    }
    auto found = Labels(index->Search(vectors[of], equal.size()));
    std::sort(found.begin(), found.end());
    EXPECT_EQ(found, equal);
  }
}

TEST(VectorIndexTest, CompactBeginsAnewWhenAThirdIsGone) {
  const auto vectors = ClusteredVectors(400, 8, 6);
  const auto index = MakeIndex({.dims = 8, .smallest_graph = 1});
  AddAll(*index, vectors);
  BuildAll(*index);
  for (uint32_t i = 0; i < 300; ++i) EXPECT_TRUE(index->Remove(i));
  EXPECT_EQ(index->deleted(), 300U);
  const size_t before = index->bytes();
  ASSERT_TRUE(index->Compact().ok());
  EXPECT_EQ(index->deleted(), 0U);
  EXPECT_EQ(index->count(), 100U);
  EXPECT_EQ(index->pending(), 100U);
  EXPECT_LT(index->bytes(), before / 2);
  for (uint32_t i = 300; i < 400; ++i) {
    EXPECT_EQ(Labels(index->Search(vectors[i], 1)), std::vector<uint32_t>{i});
  }
  BuildAll(*index);
  EXPECT_EQ(index->state(), VectorIndex::State::kReady);
  for (uint32_t i = 300; i < 400; ++i) {
    EXPECT_EQ(Labels(index->Search(vectors[i], 1)), std::vector<uint32_t>{i});
  }
}

TEST(VectorIndexTest, AnIndexThatWasEmptiedStartsAfresh) {
  const auto vectors = ClusteredVectors(100, 8, 7);
  const auto index = MakeIndex({.dims = 8, .smallest_graph = 1});
  for (int round = 0; round < 3; ++round) {
    AddAll(*index, vectors);
    BuildAll(*index);
    for (uint32_t i = 0; i < 100; ++i) EXPECT_TRUE(index->Remove(i));
    EXPECT_EQ(index->count(), 0U);
    EXPECT_EQ(index->deleted(), 0U);
    EXPECT_TRUE(Labels(index->Search(vectors[0], 5)).empty());
  }
}

TEST(VectorIndexTest, EqualCallsGiveEqualAnswers) {
  const auto vectors = ClusteredVectors(600, 12, 8);
  const auto queries = ClusteredVectors(20, 12, 9);
  std::vector<std::vector<Neighbor>> answers[2];
  for (auto& answer : answers) {
    const auto index = MakeIndex({.dims = 12, .ef_construction = 20, .smallest_graph = 1});
    AddAll(*index, vectors);
    BuildAll(*index);
    for (const auto& query : queries) answer.push_back(*index->Search(query, 10, {.ef = 10}));
  }
  EXPECT_EQ(answers[0], answers[1]);
}

TEST(VectorIndexTest, ReserveTakesTheMemoryAtOnce) {
  const auto index = MakeIndex({.dims = 32});
  ASSERT_TRUE(index->Reserve(1000).ok());
  const size_t reserved = index->bytes();
  AddAll(*index, ClusteredVectors(1000, 32, 10));
  EXPECT_EQ(index->bytes(), reserved);
  EXPECT_GT(reserved, 1000U * 32 * sizeof(float));
}

TEST(VectorIndexTest, ReservingMoreThanThereIsFailsAndHarmsNothing) {
  const auto index = MakeIndex({.dims = 16384});
  const auto vectors = ClusteredVectors(3, 16384, 11);
  AddAll(*index, vectors);
  for (const size_t count : {size_t{1} << 31, std::numeric_limits<size_t>::max() / 2}) {
    EXPECT_EQ(index->Reserve(count).code(), ErrorCode::OUT_OF_MEMORY);
  }
  EXPECT_EQ(Labels(index->Search(vectors[2], 1)), std::vector<uint32_t>{2});
}

}  // namespace
}  // namespace archivolt
