#include "text/trigrams.h"

#include <gtest/gtest.h>

#include <string>

namespace archivolt {
namespace {

double Similarity(std::string_view a, std::string_view b) {
  return TrigramSimilarity(Trigrams(a), Trigrams(b));
}

TEST(Trigrams, HoldThreeCharactersOfEachPaddedWord) {
  const auto gram = [](char32_t a, char32_t b, char32_t c) {
    return (uint64_t{a} << 42) | (uint64_t{b} << 21) | uint64_t{c};
  };
  EXPECT_EQ(Trigrams("Cat"), (std::vector<uint64_t>{gram(' ', ' ', 'c'), gram(' ', 'c', 'a'),
                                                    gram('a', 't', ' '), gram('c', 'a', 't')}));
  EXPECT_EQ(Trigrams("a b C0*%^").size(), 7U);
  EXPECT_EQ(Trigrams("aA bB cC").size(), 9U);
  EXPECT_EQ(Trigrams(" a b c "), Trigrams("a-b/c"));
  EXPECT_TRUE(Trigrams("").empty());
  EXPECT_TRUE(Trigrams("(*&^$@%@").empty());
}

// The pairs and values of PostgreSQL's own regression tests of pg_trgm.
TEST(Trigrams, SimilarityIsThatOfPostgres) {
  EXPECT_DOUBLE_EQ(Similarity("wow", "WOWa "), 0.5);
  EXPECT_DOUBLE_EQ(Similarity("wow", " WOW "), 1);
  EXPECT_DOUBLE_EQ(Similarity("---", "####---"), 0);
  EXPECT_NEAR(Similarity("qwertyu0988", "qwertyu0980"), 0.714286, 5e-7);
  EXPECT_NEAR(Similarity("qwertyu0988", "qwertyu0088"), 0.6, 5e-7);
  EXPECT_NEAR(Similarity("qwertyu0988", "qwertyu0999"), 0.6, 5e-7);
  EXPECT_NEAR(Similarity("qwertyu0988", "qwertyu0001"), 0.5, 5e-7);
  EXPECT_DOUBLE_EQ(Similarity("qwertyu0988", "qwertyu0988"), 1);
  EXPECT_NEAR(Similarity("word", "two words"), 4.0 / 11, 5e-7);
}

TEST(Trigrams, CountCharactersAndNotBytes) {
  EXPECT_DOUBLE_EQ(Similarity("ПРИВЕТ", "привет"), 1);
  EXPECT_EQ(Trigrams("größe").size(), 6U);
  EXPECT_EQ(Trigrams("日本語").size(), 4U);
  EXPECT_EQ(Trigrams("a\xFF\xFE"
                     "b"),
            Trigrams("a b"))
      << "invalid bytes part words";
  EXPECT_GT(Similarity("naïve", "naive"), 0);
  EXPECT_LT(Similarity("naïve", "naive"), 1) << "accents are letters of their own";
  EXPECT_EQ(Trigrams(std::string(100'000, 'a')).size(), 4U);
}

}  // namespace
}  // namespace archivolt
