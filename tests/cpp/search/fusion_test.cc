#include "search/fusion.h"

#include <gtest/gtest.h>

namespace archivolt {
namespace {

using Leg = std::optional<LegResult>;

TEST(Fusion, WeightedIsBm25OverTopPlusRawSimilarity) {
  const FusionOptions options;
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg({1, 8}), Leg({3, 0.5}), 8, 1),
                   0.3 + 0.35);
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg({2, 4}), Leg(), 8, 1), 0.15);
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg(), Leg({1, 0.9}), 0, 1), 0.63);
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg({1, 8}), Leg({1, 1.0}), 8, 0.5),
                   0.3 + 0.35);
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg(), Leg(), 0, 1), 0);
}

TEST(Fusion, ReciprocalRanksUseTheirWeightsAndK) {
  FusionOptions options;
  options.method = FusionOptions::Method::kReciprocalRank;
  options.bm25 = 1;
  options.semantic = 2;
  options.k = 60;
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg({1, 99}), Leg({4, 0.1}), 99, 1),
                   1.0 / 61 + 2.0 / 64);
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kHybrid, options, Leg({10, 1}), Leg(), 99, 1), 1.0 / 70);
}

TEST(Fusion, SingleModesIgnoreTheOtherLeg) {
  const FusionOptions options;
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kKeyword, options, Leg({2, 2}), Leg({1, 1}), 8, 1), 0.25);
  EXPECT_DOUBLE_EQ(FusedScore(SearchMode::kSemantic, options, Leg({1, 8}), Leg({1, 0.4}), 8, 0.1),
                   0.4);
}

TEST(Fusion, CoverageBelowAThirdCountsNothing) {
  EXPECT_DOUBLE_EQ(CoverageFactor(0.0), 0.0);
  EXPECT_DOUBLE_EQ(CoverageFactor(0.33), 0.0);
  EXPECT_DOUBLE_EQ(CoverageFactor(0.5), 0.5);
  EXPECT_DOUBLE_EQ(CoverageFactor(1.0), 1.0);
}

}  // namespace
}  // namespace archivolt
