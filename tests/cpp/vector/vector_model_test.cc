// Random additions, replacements, removals, slices of building and compactions against a map and a
// plain loop.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <vector>

#include "vector/clustered_vectors.h"
#include "vector/vector_index.h"

namespace archivolt {
namespace {

constexpr size_t kDims = 10;
// Small, so that the graph is walked: with a larger one a scan of so few vectors would be the
// cheaper way.
constexpr size_t kEf = 24;
constexpr uint32_t kLabels = 1600;

class Model {
 public:
  explicit Model(Metric metric) : metric_(metric) {}

  double Distance(const std::vector<float>& a, const std::vector<float>& b) const {
    double product = 0;
    double a2 = 0;
    double b2 = 0;
    double l2 = 0;
    for (size_t i = 0; i < a.size(); ++i) {
      const double x = a[i];
      const double y = b[i];
      product += x * y;
      a2 += x * x;
      b2 += y * y;
      l2 += (x - y) * (x - y);
    }
    if (metric_ == Metric::kL2) return l2;
    return metric_ == Metric::kInnerProduct ? -product : 1 - product / std::sqrt(a2 * b2);
  }

  std::vector<double> Nearest(const std::vector<float>& query, size_t k) const {
    std::vector<double> distances;
    for (const auto& [label, v] : vectors) distances.push_back(Distance(query, v));
    std::sort(distances.begin(), distances.end());
    distances.resize(std::min(k, distances.size()));
    return distances;
  }

  std::map<uint32_t, std::vector<float>> vectors;

 private:
  Metric metric_;
};

/// Every answer must be true; an exact one must be complete as well. Returns the share of the truth
/// that was found.
double Check(const VectorIndex& index, const Model& model, const std::vector<float>& query,
             size_t k, bool exact) {
  const auto found = index.Search(query, k, {.ef = kEf, .exact = exact});
  EXPECT_TRUE(found.ok());
  const auto truth = model.Nearest(query, k);
  EXPECT_EQ(found->size(), truth.size());
  std::set<uint32_t> seen;
  size_t hits = 0;
  for (size_t i = 0; i < found->size(); ++i) {
    const Neighbor& n = found->at(i);
    EXPECT_TRUE(seen.insert(n.label).second) << "label twice";
    const auto it = model.vectors.find(n.label);
    if (it == model.vectors.end()) {
      ADD_FAILURE() << "removed label " << n.label << " came back";
      continue;
    }
    EXPECT_NEAR(n.distance, model.Distance(query, it->second), 1e-4) << "stale vector";
    if (i > 0) {
      EXPECT_LE(found->at(i - 1).distance, n.distance);
    }
    if (exact) {
      EXPECT_NEAR(n.distance, truth[i], 1e-4);
    }
    if (n.distance <= truth.back() + 1e-5) ++hits;
  }
  return truth.empty() ? 1 : static_cast<double>(hits) / static_cast<double>(truth.size());
}

void RunRandomOperations(Metric metric, uint32_t seed) {
  std::mt19937 random(seed);
  const auto pool = ClusteredVectors(2000, kDims, seed);
  const auto queries = ClusteredVectors(100, kDims, seed + 1);
  auto created = VectorIndex::Create(
      {.dims = kDims, .metric = metric, .m = 8, .ef_construction = 40, .smallest_graph = 30});
  ASSERT_TRUE(created.ok());
  VectorIndex& index = **created;
  Model model(metric);
  for (uint32_t i = 0; i < kLabels; i += 2) {
    ASSERT_TRUE(index.Add(i * 8191, pool[i]).ok());
    model.vectors[i * 8191] = pool[i];
  }
  ASSERT_TRUE(index.BuildSlice(kLabels).ok());
  double recall = 0;
  int searches = 0;
  for (int step = 0; step < 2000; ++step) {
    const uint32_t label = static_cast<uint32_t>(random() % kLabels) * 8191;
    const auto action = static_cast<uint32_t>(random() % 100);
    if (action < 50) {
      const auto& v = pool[random() % pool.size()];
      ASSERT_TRUE(index.Add(label, v).ok());
      model.vectors[label] = v;
    } else if (action < 75) {
      ASSERT_EQ(index.Remove(label), model.vectors.erase(label) == 1);
    } else if (action < 95) {
      ASSERT_TRUE(index.BuildSlice(static_cast<int>(random() % 20)).ok());
    } else if (action >= 97 && (index.compacting() || index.deleted() * 5 > index.count())) {
      const bool more = index.CompactSlice(static_cast<int>(1 + random() % 600));
      ASSERT_EQ(more, index.compacting());
    } else if (action == 96 && index.deleted() * 5 > index.count()) {
      ASSERT_TRUE(index.Compact().ok());
      ASSERT_EQ(index.deleted(), 0U);
    }
    ASSERT_EQ(index.count(), model.vectors.size());
    ASSERT_EQ(index.Contains(label), model.vectors.contains(label));
    ASSERT_EQ(index.state() == VectorIndex::State::kReady, index.pending() == 0);
    if (step % 10 == 0) {
      const auto& query = queries[random() % queries.size()];
      Check(index, model, query, 1 + random() % 20, true);
      recall += Check(index, model, query, 10, false);
      ++searches;
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "step " << step;
  }
  EXPECT_GE(recall / searches, 0.95);
}

TEST(VectorModelTest, CosineAgreesWithAPlainLoop) {
  for (const uint32_t seed : {11U, 12U, 13U}) RunRandomOperations(Metric::kCosine, seed);
}

TEST(VectorModelTest, L2AgreesWithAPlainLoop) { RunRandomOperations(Metric::kL2, 21); }

TEST(VectorModelTest, InnerProductAgreesWithAPlainLoop) {
  RunRandomOperations(Metric::kInnerProduct, 31);
}

TEST(VectorModelTest, ReplacingEveryVectorManyTimesKeepsTheGraphWhole) {
  const auto vectors = ClusteredVectors(2400, kDims, 41);
  auto created = VectorIndex::Create({.dims = kDims, .ef_construction = 60, .smallest_graph = 1});
  ASSERT_TRUE(created.ok());
  VectorIndex& index = **created;
  Model model(Metric::kCosine);
  for (uint32_t i = 0; i < vectors.size(); ++i) {
    const uint32_t label = i % 300;  // each label eight times
    ASSERT_TRUE(index.Add(label, vectors[i]).ok());
    model.vectors[label] = vectors[i];
    ASSERT_TRUE(index.BuildSlice(1).ok());
  }
  EXPECT_EQ(index.count(), 300U);
  EXPECT_EQ(index.deleted(), 2100U);
  double recall = 0;
  const auto queries = ClusteredVectors(50, kDims, 42);
  for (const auto& query : queries) recall += Check(index, model, query, 10, false);
  EXPECT_GE(recall / 50, 0.95);
  ASSERT_TRUE(index.Compact().ok());
  EXPECT_EQ(index.pending(), 300U);
  for (const auto& query : queries) EXPECT_EQ(Check(index, model, query, 10, false), 1);
}

}  // namespace
}  // namespace archivolt
