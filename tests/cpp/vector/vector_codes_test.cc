// Indexes of codes: how far their distances are from the true ones, what of the truth is among what
// they find, what memory they take.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <set>
#include <vector>

#include "vector/clustered_vectors.h"
#include "vector/vector_index.h"

namespace archivolt {
namespace {

std::unique_ptr<VectorIndex> Built(const Vectors& vectors, VectorIndexOptions options) {
  options.dims = vectors[0].size();
  options.smallest_graph = 1;
  auto index = VectorIndex::Create(options);
  EXPECT_TRUE(index.ok());
  EXPECT_TRUE((*index)->Reserve(vectors.size()).ok());
  for (uint32_t i = 0; i < vectors.size(); ++i) EXPECT_TRUE((*index)->Add(i, vectors[i]).ok());
  EXPECT_TRUE((*index)->BuildSlice(static_cast<int>(vectors.size())).ok());
  return std::move(index).value();
}

/// Of the ten that are truly nearest, the share among the `k` that the index finds.
double Recall(const VectorIndex& index, const VectorIndex& truth, const Vectors& queries, size_t k,
              const SearchParams& params = {}) {
  SearchParams exact = params;
  exact.exact = true;
  size_t hits = 0;
  size_t wanted = 0;
  for (const auto& query : queries) {
    const auto expected = truth.Search(query, 10, exact);
    const auto found = index.Search(query, k, params);
    EXPECT_TRUE(expected.ok() && found.ok());
    std::set<uint32_t> labels;
    for (const Neighbor& n : *found) labels.insert(n.label);
    for (const Neighbor& n : *expected) hits += labels.contains(n.label) ? 1 : 0;
    wanted += expected->size();
  }
  return static_cast<double>(hits) / static_cast<double>(wanted);
}

TEST(VectorCodesTest, DistancesAreNearTheTrueOnesAndZeroToItself) {
  for (const size_t dims : {size_t{1}, size_t{3}, size_t{16}, size_t{100}, size_t{385}}) {
    const auto vectors = ClusteredVectors(60, dims, 3);
    for (const Metric metric : {Metric::kCosine, Metric::kInnerProduct, Metric::kL2}) {
      const auto codes = Built(vectors, {.metric = metric, .quantization = Quantization::kInt8});
      for (const auto& query : vectors) {
        double query_length = 0;
        for (const float x : query) query_length += static_cast<double>(x) * x;
        for (uint32_t label = 0; label < vectors.size(); ++label) {
          const auto distance = codes->Distance(label, query);
          const auto exact = TrueDistance(metric, query, vectors[label]);
          ASSERT_TRUE(distance && exact);
          // A value is off by half a step of a 63rd of the largest one.
          double length = 0;
          for (const float x : vectors[label]) length += static_cast<double>(x) * x;
          const double both = std::sqrt(query_length * length);
          const double scale = metric == Metric::kCosine ? 1
                               : metric == Metric::kL2   ? query_length + length + both
                                                         : both;
          EXPECT_NEAR(*distance, *exact, 0.03 * scale) << dims;
          if (&query == &vectors[label] && metric != Metric::kInnerProduct) {
            EXPECT_NEAR(*distance, 0, 1e-6 * scale);
          }
        }
      }
    }
  }
}

TEST(VectorCodesTest, TinyHugeAndZeroVectors) {
  const std::vector<float> tiny = {1e-42F, -1e-42F};
  const std::vector<float> huge = {3e38F, 3e38F};
  const auto codes = Built({tiny, huge, {1, 1}}, {.quantization = Quantization::kInt8});
  EXPECT_NEAR(*codes->Distance(0, std::vector<float>{1, -1}), 0, 1e-6);
  EXPECT_NEAR(*codes->Distance(1, std::vector<float>{1, 1}), 0, 1e-6);
  EXPECT_NEAR(*codes->Distance(0, huge), 1, 1e-6);
  const auto l2 =
      Built({{0, 0}, {3, 4}}, {.metric = Metric::kL2, .quantization = Quantization::kInt8});
  EXPECT_NEAR(*l2->Distance(1, std::vector<float>{0, 0}), 25, 0.5);
  EXPECT_EQ(*l2->Distance(0, std::vector<float>{0, 0}), 0);
  EXPECT_EQ(codes->Search(std::vector<float>{0, 0}, 1).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(codes->Search(std::vector<float>{std::numeric_limits<float>::infinity(), 0}, 1)
                .status()
                .code(),
            ErrorCode::INVALID_ARGUMENT);
}

TEST(VectorCodesTest, TheTrueNearestAreAmongTheCandidates) {
  const auto vectors = ClusteredVectors(3000, 64, 4);
  const auto queries = ClusteredVectors(60, 64, 5);
  for (const Metric metric : {Metric::kCosine, Metric::kL2}) {
    const VectorIndexOptions options{.metric = metric, .ef_construction = 64};
    const auto floats = Built(vectors, options);
    VectorIndexOptions coded = options;
    coded.quantization = Quantization::kInt8;
    const auto codes = Built(vectors, coded);
    const double of_floats = Recall(*floats, *floats, queries, 10, {.ef = 32});
    EXPECT_GE(of_floats, 0.95);
    EXPECT_GE(Recall(*codes, *floats, queries, 21, {.ef = 32}), of_floats - 0.005);
  }
}

TEST(VectorCodesTest, TakeAThirdOfTheMemoryAt384Dimensions) {
  const auto vectors = ClusteredVectors(1200, 384, 6);
  const auto floats = Built(vectors, {.ef_construction = 16});
  const auto codes = Built(vectors, {.quantization = Quantization::kInt8, .ef_construction = 16});
  EXPECT_LE(static_cast<double>(codes->bytes()), 0.35 * static_cast<double>(floats->bytes()));
  const IndexBytes memory = floats->memory();
  EXPECT_EQ(memory.codes, 0U);
  EXPECT_GE(memory.vectors, 1200U * 384 * sizeof(float));
  EXPECT_GE(memory.links, 1200U * 32 * sizeof(uint32_t));
  EXPECT_EQ(memory.total(), floats->bytes());
  EXPECT_EQ(codes->memory().vectors, 0U);
  EXPECT_GE(codes->memory().codes, 1200U * 384);
}

// Payloads go with topics: a filter's vectors lie together, near the query or far from it.
TEST(VectorCodesTest, RecallUnderFiltersOverClusteredVectors) {
  const auto vectors = ClusteredVectors(5000, 32, 7, 0.9F);
  const auto queries = ClusteredVectors(40, 32, 8, 0.9F);
  const auto floats = Built(vectors, {.ef_construction = 64});
  const auto codes = Built(vectors, {.quantization = Quantization::kInt8, .ef_construction = 64});
  const auto centre = ClusteredVectors(1, 32, 9)[0];
  const auto order = floats->Search(centre, vectors.size(), {.exact = true});
  ASSERT_TRUE(order.ok());
  for (const double share : {0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.001}) {
    const auto count = static_cast<size_t>(share * static_cast<double>(vectors.size()));
    for (const bool scattered : {false, true}) {
      std::vector<uint32_t> labels;
      std::vector<bool> allowed(vectors.size());
      for (size_t i = 0; i < count; ++i) {
        const uint32_t label =
            scattered ? static_cast<uint32_t>(i * 4999 / count) : order->at(i).label;
        if (!allowed[label]) labels.push_back(label);
        allowed[label] = true;
      }
      const LabelFilter filter = [&](uint32_t label) { return allowed[label]; };
      for (const SearchParams& params :
           {SearchParams{.filter = filter}, SearchParams{.only = labels}}) {
        EXPECT_GE(Recall(*floats, *floats, queries, 10, params), 0.95) << share << scattered;
        EXPECT_GE(Recall(*codes, *floats, queries, 21, params), 0.95) << share << scattered;
        const auto found = codes->Search(queries[0], 10, params);
        ASSERT_TRUE(found.ok());
        EXPECT_EQ(found->size(), std::min<size_t>(10, labels.size()));
        for (const Neighbor& n : *found) EXPECT_TRUE(allowed[n.label]);
      }
    }
  }
}

TEST(VectorCodesTest, LabelsThatAreGoneOrUnknownAreNotFoundByNamingThem) {
  const auto vectors = ClusteredVectors(300, 16, 10);
  for (const Quantization kind : {Quantization::kNone, Quantization::kInt8}) {
    const auto index = Built(vectors, {.quantization = kind});
    ASSERT_TRUE(index->Remove(5));
    const std::vector<uint32_t> labels = {5, 7, 7, 9, 1'000'000};
    for (const bool exact : {false, true}) {
      const auto found = index->Search(vectors[5], 10, {.exact = exact, .only = labels});
      ASSERT_TRUE(found.ok());
      EXPECT_EQ(found->size(), 2U);
    }
    EXPECT_TRUE(index->Search(vectors[5], 10, {.only = std::vector<uint32_t>{}})->empty());
  }
}

TEST(VectorCodesTest, NothingComesBackOfWhatWasRemovedReplacedAndCompacted) {
  const auto vectors = ClusteredVectors(600, 16, 11);
  const auto index = Built(vectors, {.quantization = Quantization::kInt8});
  for (uint32_t i = 0; i < 200; ++i) ASSERT_TRUE(index->Remove(i));
  for (uint32_t i = 200; i < 300; ++i) ASSERT_TRUE(index->Add(i, vectors[i - 200]).ok());
  EXPECT_EQ(index->deleted(), 300U);
  for (int round = 0; round < 2; ++round) {
    for (uint32_t i = 0; i < 100; ++i) {
      const auto found = index->Search(vectors[i], 1);
      ASSERT_TRUE(found.ok());
      EXPECT_EQ(found->at(0).label, i + 200) << "the replaced label has that vector now";
    }
    ASSERT_TRUE(index->Compact().ok());
    ASSERT_TRUE(index->BuildSlice(1000).ok());
    EXPECT_EQ(index->deleted(), 0U);
  }
}

}  // namespace
}  // namespace archivolt
