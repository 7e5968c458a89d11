#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace archivolt {
namespace {

class FixedClock final : public Clock {
 public:
  int64_t NowMicros() override { return now; }
  int64_t now = 1769769000123456;
};

TEST(IdsTest, LaysOutTimeVersionVariantAndNoise) {
  FixedClock clock;
  IdSource ids(clock, [] { return uint64_t{0xfedcba9876543210}; });
  // 1769769000123 ms = 0x19c0e73dcbb; 456 us = 1867 of 4096 = 0x74b; the two top bits are the
  // variant.
  EXPECT_EQ(ids.NewId(), "019c0e73-dcbb-774b-bedc-ba9876543210");
}

TEST(IdsTest, IncreasesWithinOneMicrosecondAndWhenTheClockStepsBack) {
  FixedClock clock;
  IdSource ids(clock, [] { return uint64_t{0}; });
  std::string last = ids.NewId();
  for (int i = 0; i < 10000; ++i) {
    if (i % 100 == 0) clock.now -= 1000000;
    const std::string id = ids.NewId();
    ASSERT_LT(last, id);
    ASSERT_TRUE(IsUuid(id));
    ASSERT_EQ(id[14], '7');
    last = id;
  }
}

TEST(IdsTest, FollowsTheClockAgainWhenItCatchesUp) {
  FixedClock clock;
  IdSource ids(clock, [] { return uint64_t{0}; });
  (void)ids.NewId();
  clock.now += 5000000;
  EXPECT_EQ(ids.NewId().substr(0, 13), "019c0e73-f043");
}

TEST(IdsTest, TimesBefore1970CountAsZero) {
  FixedClock clock;
  clock.now = -5;
  IdSource ids(clock, [] { return uint64_t{0}; });
  EXPECT_EQ(ids.NewId().substr(0, 13), "00000000-0000");
}

TEST(IdsTest, SystemRandomnessDoesNotRepeat) {
  const RandomSource random = SystemRandom();
  std::set<uint64_t> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random());
  EXPECT_EQ(seen.size(), 1000u);
}

TEST(IdsTest, KnowsTheFormOfAUuid) {
  EXPECT_TRUE(IsUuid("019c0e73-dcbb-774b-bedc-ba9876543210"));
  EXPECT_FALSE(IsUuid("019C0E73-dcbb-774b-bedc-ba9876543210"));
  EXPECT_FALSE(IsUuid("019c0e73-dcbb-774b-bedc-ba987654321"));
  EXPECT_FALSE(IsUuid("019c0e73dcbb-774b-bedc-ba9876543210-"));
  EXPECT_FALSE(IsUuid("019c0e73-dcbb-774b-bedc-ba987654321g"));
  EXPECT_FALSE(IsUuid(""));
}

}  // namespace
}  // namespace archivolt
