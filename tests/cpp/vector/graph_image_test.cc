#include "vector/graph_image.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "vector/clustered_vectors.h"
#include "vector/vector_index.h"

namespace archivolt {
namespace {

constexpr size_t kDims = 8;
constexpr size_t kCount = 1200;
constexpr size_t kNodesAPart = 400;

BytesView BytesOf(const std::vector<float>& v) {
  return {reinterpret_cast<const uint8_t*>(v.data()), v.size() * sizeof(float)};
}

std::unique_ptr<VectorIndex> MakeIndex() {
  auto index = VectorIndex::Create({.dims = kDims, .ef_construction = 40, .smallest_graph = 100});
  EXPECT_TRUE(index.ok());
  return std::move(index).value();
}

std::unique_ptr<VectorIndex> Built(const Vectors& vectors) {
  auto index = MakeIndex();
  for (size_t i = 0; i < vectors.size(); ++i) {
    EXPECT_TRUE(index->Add(static_cast<uint32_t>(i), vectors[i]).ok());
  }
  EXPECT_TRUE(index->BuildSlice(1 << 30).ok());
  return index;
}

struct Stored {
  Bytes head;
  std::vector<Bytes> parts;
};

/// As a snapshot has it: the links of an index over these vectors, by label.
Stored Store(const VectorIndex& index, const Vectors& vectors) {
  Stored stored;
  for (size_t first = 0; first < index.linked(); first += kNodesAPart) {
    GraphImage image = index.Links(first, kNodesAPart);
    for (GraphImage::Node& node : image.nodes) {
      if (!node.dead) node.print = PrintOf(BytesOf(vectors[node.label]));
    }
    stored.parts.push_back(EncodePart(image, static_cast<uint32_t>(first)));
  }
  stored.head = index.LinksHead(static_cast<uint32_t>(stored.parts.size()));
  return stored;
}

GraphImage Read(const Stored& stored, const GraphShape& shape) {
  GraphImage image;
  const auto head = DecodeHead(stored.head, shape);
  EXPECT_TRUE(head.has_value());
  for (const Bytes& part : stored.parts) EXPECT_TRUE(DecodePart(part, *head, shape, image));
  EXPECT_EQ(image.nodes.size(), head->nodes);
  image.entry = head->entry;
  return image;
}

void Restore(VectorIndex& index, GraphImage image, const Vectors& vectors) {
  ASSERT_TRUE(index.BeginRestore(std::move(image)).ok());
  for (size_t i = vectors.size(); i-- > 0;) {  // in another order than before
    if (!vectors[i].empty()) {
      ASSERT_TRUE(index.Add(static_cast<uint32_t>(i), vectors[i]).ok());
    }
  }
  ASSERT_TRUE(index.EndRestore().ok());
}

double Recall(const VectorIndex& index, const Vectors& queries) {
  size_t hits = 0;
  size_t wanted = 0;
  for (const auto& query : queries) {
    const auto truth = *index.Search(query, 10, {.exact = true});
    const auto found = *index.Search(query, 10, {.ef = 64});
    wanted += truth.size();
    for (const Neighbor& one : found) {
      hits += static_cast<size_t>(std::ranges::any_of(
          truth, [&](const Neighbor& other) { return other.label == one.label; }));
    }
  }
  return static_cast<double>(hits) / static_cast<double>(wanted);
}

TEST(GraphImage, AHeadThatTellsOfTooManyNodesTakesNoMemory) {
  const GraphShape shape = MakeIndex()->shape();
  constexpr uint32_t kTold = 0x7FFFFFFF;  // 40 GB of nodes
  const auto head = DecodeHead(EncodeHead(shape, kTold, kTold, 0), shape);
  ASSERT_TRUE(head.has_value());
  GraphImage one;
  one.nodes.push_back({.label = 7});
  one.links.push_back(0);
  const Bytes part = EncodePart(one, 0);
  GraphImage image;
  EXPECT_TRUE(DecodePart(part, *head, shape, image));
  EXPECT_EQ(image.nodes.size(), 1u);
  EXPECT_LT(image.nodes.capacity(), 100u);
}

TEST(GraphImage, ARestoredGraphAnswersAsTheOneThatWasStored) {
  const Vectors vectors = ClusteredVectors(kCount, kDims, 1);
  const auto built = Built(vectors);
  const auto restored = MakeIndex();
  Restore(*restored, Read(Store(*built, vectors), restored->shape()), vectors);
  EXPECT_EQ(restored->restored(), kCount);
  EXPECT_EQ(restored->pending(), 0U);
  EXPECT_EQ(restored->linked(), kCount);
  for (const auto& query : ClusteredVectors(50, kDims, 2)) {
    EXPECT_EQ(*restored->Search(query, 10), *built->Search(query, 10));
  }
  // It goes on to grow like any other.
  const Vectors more = ClusteredVectors(300, kDims, 3);
  for (size_t i = 0; i < more.size(); ++i) {
    ASSERT_TRUE(restored->Add(static_cast<uint32_t>(kCount + i), more[i]).ok());
  }
  ASSERT_TRUE(restored->BuildSlice(1 << 30).ok());
  EXPECT_GT(Recall(*restored, ClusteredVectors(50, kDims, 4)), 0.95);
}

TEST(GraphImage, BytesThatAreCutOrChangedAreRefused) {
  const Vectors vectors = ClusteredVectors(kCount, kDims, 1);
  const auto built = Built(vectors);
  const GraphShape shape = built->shape();
  const Stored stored = Store(*built, vectors);
  const GraphHead head = *DecodeHead(stored.head, shape);
  const auto decodes = [&](BytesView bytes) {
    GraphImage image;
    return DecodePart(bytes, head, shape, image);
  };
  Bytes part = stored.parts[0];
  ASSERT_TRUE(decodes(part));
  ASSERT_GT(part.size(), 8 * 4096U);
  for (size_t cut = 0; cut < part.size(); cut += 4096) {
    EXPECT_FALSE(decodes(BytesView(part).first(cut))) << cut;
    Bytes torn = part;  // what was never written is zero
    std::fill(torn.begin() + static_cast<ptrdiff_t>(cut), torn.end(), uint8_t{0});
    EXPECT_FALSE(decodes(torn)) << cut;
  }
  for (size_t at = 0; at < part.size(); at += 499) {
    for (const int bit : {0, 7}) {
      part[at] ^= static_cast<uint8_t>(1 << bit);
      EXPECT_FALSE(decodes(part)) << at;
      part[at] ^= static_cast<uint8_t>(1 << bit);
    }
  }
  for (size_t at = 0; at < stored.head.size() * 8; ++at) {
    Bytes flipped = stored.head;
    flipped[at / 8] ^= static_cast<uint8_t>(1 << (at % 8));
    EXPECT_FALSE(DecodeHead(flipped, shape).has_value()) << at;
    EXPECT_FALSE(DecodeHead(BytesView(stored.head).first(at / 8), shape).has_value());
  }
  EXPECT_FALSE(decodes(stored.parts[1])) << "not the next part";
}

TEST(GraphImage, AGraphOfAnotherShapeIsForeign) {
  const Vectors vectors = ClusteredVectors(kCount, kDims, 1);
  const auto built = Built(vectors);
  const Stored stored = Store(*built, vectors);
  for (const GraphShape& other :
       {GraphShape{kDims + 1, Metric::kCosine, 16}, GraphShape{kDims, Metric::kL2, 16},
        GraphShape{kDims, Metric::kCosine, 8}}) {
    EXPECT_FALSE(DecodeHead(stored.head, other).has_value());
  }
}

TEST(GraphImage, LinksThatLeadWhereThereAreNoneAreRefused) {
  const auto image = [](std::vector<uint32_t> links, uint8_t level) {
    GraphImage made;
    made.entry = 0;
    made.nodes = {{.label = 1, .links_at = 0, .level = level}, {.label = 2}};
    made.links = std::move(links);
    made.nodes[1].links_at = static_cast<uint32_t>(made.links.size());
    made.links.push_back(0);
    return made;
  };
  EXPECT_TRUE(MakeIndex()->BeginRestore(image({1, 1}, 0)).ok());
  EXPECT_EQ(MakeIndex()->BeginRestore(image({1, 1, 1, 1}, 1)).code(), ErrorCode::INVALID_ARGUMENT)
      << "slot 1 has no list at level 1";
  GraphImage outside = image({1, 1}, 0);
  outside.entry = 2;
  EXPECT_EQ(MakeIndex()->BeginRestore(std::move(outside)).code(), ErrorCode::INVALID_ARGUMENT);
}

TEST(GraphImage, VectorsThatChangedSinceAreLinkedAnewAndThoseThatWentAreGone) {
  const Vectors before = ClusteredVectors(kCount, kDims, 1);
  const auto built = Built(before);
  Vectors after = before;
  const Vectors others = ClusteredVectors(kCount, kDims, 8);
  for (size_t i = 0; i < kCount; i += 20) after[i] = others[i];
  for (size_t i = 1; i < kCount; i += 10) after[i].clear();
  const auto restored = MakeIndex();
  Restore(*restored, Read(Store(*built, before), restored->shape()), after);
  const size_t changed = kCount / 20;
  const size_t gone = kCount / 10;
  EXPECT_EQ(restored->count(), kCount - gone);
  EXPECT_EQ(restored->restored(), kCount - gone - changed);
  EXPECT_EQ(restored->pending(), changed);
  EXPECT_EQ(restored->Search(after[20], 1)->front().label, 20U) << "found while it is pending";
  EXPECT_FALSE(restored->Contains(1));
  ASSERT_TRUE(restored->BuildSlice(1 << 30).ok());
  const Vectors queries = ClusteredVectors(100, kDims, 9);
  EXPECT_GT(Recall(*restored, queries), 0.95);
  for (const auto& query : queries) {
    const auto found = *restored->Search(query, 10);
    for (const Neighbor& one : found) {
      EXPECT_NE(one.label % 10, 1U) << "a vector that is gone";
    }
  }
}

TEST(GraphImage, WithTooManyGoneNothingIsRestored) {
  const Vectors before = ClusteredVectors(kCount, kDims, 1);
  const auto built = Built(before);
  Vectors after = before;
  for (size_t i = 0; i < kCount; i += 4) after[i].clear();
  const auto restored = MakeIndex();
  Restore(*restored, Read(Store(*built, before), restored->shape()), after);
  EXPECT_EQ(restored->restored(), 0U);
  EXPECT_EQ(restored->deleted(), 0U);
  EXPECT_EQ(restored->pending(), kCount - kCount / 4);
  EXPECT_EQ(restored->Search(before[5], 1)->front().label, 5U);
  const auto none = MakeIndex();
  Restore(*none, Read(Store(*built, before), none->shape()), Vectors(kCount));
  EXPECT_EQ(none->count(), 0U);
  EXPECT_TRUE(none->Search(before[5], 1)->empty());
}

TEST(GraphImage, EqualVectorsHangTogetherAgainAlsoWithoutTheFirst) {
  Vectors vectors = ClusteredVectors(kCount, kDims, 1);
  for (size_t i = 1000; i < 1080; ++i) vectors[i] = vectors[7];
  const auto built = Built(vectors);
  const Stored stored = Store(*built, vectors);
  const auto restored = MakeIndex();
  Restore(*restored, Read(stored, restored->shape()), vectors);
  EXPECT_EQ(restored->restored(), kCount);
  EXPECT_EQ(*restored->Search(vectors[7], 81), *built->Search(vectors[7], 81));

  const std::vector<float> equal = vectors[7];
  vectors[7].clear();
  const auto orphaned = MakeIndex();
  Restore(*orphaned, Read(stored, orphaned->shape()), vectors);
  EXPECT_EQ(orphaned->count(), kCount - 1);
  EXPECT_EQ(orphaned->restored(), kCount - 1);
  EXPECT_EQ(orphaned->pending(), 0U);
  const auto found = *orphaned->Search(equal, 80);
  EXPECT_TRUE(std::ranges::all_of(
      found, [](const Neighbor& one) { return one.label >= 1000 && one.label < 1080; }));
}

TEST(GraphImage, WhileVectorsComeBackSearchesAndRemovalsSeeWhatIsThere) {
  const Vectors vectors = ClusteredVectors(kCount, kDims, 1);
  const auto built = Built(vectors);
  const auto index = MakeIndex();
  ASSERT_TRUE(index->BeginRestore(Read(Store(*built, vectors), index->shape())).ok());
  EXPECT_EQ(index->count(), 0U);
  EXPECT_TRUE(index->Search(vectors[0], 3)->empty());
  ASSERT_TRUE(index->Add(3, vectors[3]).ok());
  ASSERT_TRUE(index->Add(4, vectors[5]).ok()) << "another vector than was stored";
  ASSERT_TRUE(index->Add(4, vectors[6]).ok()) << "and another one";
  EXPECT_EQ(index->count(), 2U);
  EXPECT_EQ(index->Search(vectors[6], 1)->front().label, 4U);
  EXPECT_TRUE(index->Remove(3));
  EXPECT_FALSE(index->Remove(3));
  EXPECT_TRUE(index->Remove(4));
  EXPECT_TRUE(index->Search(vectors[3], 3)->empty());
  // Empty as it was, it is filled like any other.
  for (size_t i = 0; i < kCount; ++i) {
    ASSERT_TRUE(index->Add(static_cast<uint32_t>(i), vectors[i]).ok());
  }
  ASSERT_TRUE(index->EndRestore().ok());
  ASSERT_TRUE(index->BuildSlice(1 << 30).ok());
  EXPECT_EQ(index->count(), kCount);
  EXPECT_GT(Recall(*index, ClusteredVectors(50, kDims, 4)), 0.95);
}

}  // namespace
}  // namespace archivolt
