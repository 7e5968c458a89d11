// The graph against hnswlib's, whose choices it follows: same vectors, same parameters.
#include <gtest/gtest.h>

// Its prefetching reads the word behind a node's last link.
#define NO_MANUAL_VECTORIZATION
#include <hnswlib/hnswlib.h>
#undef NO_MANUAL_VECTORIZATION

#include <algorithm>
#include <vector>

#include "vector/clustered_vectors.h"
#include "vector/kernels.h"
#include "vector/vector_index.h"

namespace archivolt {
namespace {

TEST(VectorHnswlibTest, FindsAsMuchAsHnswlibAtTheSameEf) {
  constexpr size_t kDims = 32;
  constexpr size_t kCount = 2500;
  constexpr size_t kFound = 10;
  Vectors vectors = ClusteredVectors(kCount, kDims, 1, 1.2F);
  const Vectors queries = ClusteredVectors(100, kDims, 2, 1.2F);
  for (auto& v : vectors) ASSERT_TRUE(NormalizeVector(v, v));
  hnswlib::InnerProductSpace space(kDims);
  hnswlib::HierarchicalNSW<float> other(&space, kCount, 16, 100);
  auto ours = VectorIndex::Create({.dims = kDims, .ef_construction = 100, .smallest_graph = 1});
  ASSERT_TRUE(ours.ok());
  for (uint32_t i = 0; i < kCount; ++i) {
    other.addPoint(vectors[i].data(), i);
    ASSERT_TRUE((*ours)->Add(i, vectors[i]).ok());
  }
  ASSERT_TRUE((*ours)->BuildSlice(kCount).ok());
  other.setEf(16);
  size_t found_by_ours = 0;
  size_t found_by_other = 0;
  for (const auto& query : queries) {
    const auto truth = (*ours)->Search(query, kFound, {.exact = true});
    const auto found = (*ours)->Search(query, kFound, {.ef = 16});
    ASSERT_TRUE(truth.ok() && found.ok());
    const auto is_true = [&](uint32_t label) {
      return std::any_of(truth->begin(), truth->end(),
                         [&](const Neighbor& n) { return n.label == label; });
    };
    for (const Neighbor& n : *found) found_by_ours += is_true(n.label) ? 1 : 0;
    auto theirs = other.searchKnn(query.data(), kFound);
    for (; !theirs.empty(); theirs.pop())
      found_by_other += is_true(static_cast<uint32_t>(theirs.top().second)) ? 1 : 0;
  }
  EXPECT_GE(found_by_ours + 20, found_by_other) << "of 1000";
}

}  // namespace
}  // namespace archivolt
