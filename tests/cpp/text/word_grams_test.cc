#include "text/word_grams.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace archivolt {
namespace {

std::vector<uint32_t> BucketsOf(std::string_view word, uint32_t buckets = 8192) {
  std::array<uint32_t, kMaxGrams> found;
  const size_t count = GramBuckets(word, buckets, found);
  return {found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count)};
}

// The same as in tests/tools/embedder.test.mjs: the trainer fits its rows to these.
TEST(WordGramsTest, TheBucketsAreThoseOfTheTrainer) {
  EXPECT_EQ(BucketsOf("cat"), (std::vector<uint32_t>{1188, 1139, 148, 4335, 2529, 1856}));
  EXPECT_EQ(BucketsOf("ab"), (std::vector<uint32_t>{6108, 6469, 5516}));
  EXPECT_EQ(BucketsOf("é"), (std::vector<uint32_t>{7870}));
  EXPECT_EQ(BucketsOf("数"), (std::vector<uint32_t>{180}));
  EXPECT_EQ(BucketsOf("naïve"), (std::vector<uint32_t>{1416, 3873, 6237, 8053, 2344, 6943, 1341,
                                                       5840, 7508, 3207, 7797, 8175}));
}

TEST(WordGramsTest, NothingAndOneBucketAreFine) {
  EXPECT_TRUE(BucketsOf("").empty());
  EXPECT_EQ(BucketsOf("cat", 1), std::vector<uint32_t>(6));
}

TEST(WordGramsTest, LongAndInvalidWordsStayWithinTheirRoom) {
  EXPECT_EQ(BucketsOf(std::string(250, 'x')).size(), 250U + 249U + 248U);
  EXPECT_EQ(BucketsOf(std::string(100'000, 'x')).size(), kMaxGrams);
  for (const char* invalid : {"\xFF", "a\xC3", "\xE2\x80", "\xF0\x9F\x98 y"}) {
    EXPECT_FALSE(BucketsOf(invalid).empty());
  }
}

}  // namespace
}  // namespace archivolt
