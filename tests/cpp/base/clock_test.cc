#include "base/clock.h"

#include <gtest/gtest.h>

#include <string>

namespace archivolt {
namespace {

int64_t Parse(std::string_view text) {
  const auto result = ParseIso8601(text);
  EXPECT_TRUE(result.ok()) << text;
  return result.ok() ? *result : -1;
}

TEST(ClockTest, FormatsWithSixDigitsOrNone) {
  EXPECT_EQ(FormatMicros(0), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatMicros(1), "1970-01-01T00:00:00.000001Z");
  EXPECT_EQ(FormatMicros(1769769000123456), "2026-01-30T10:30:00.123456Z");
  EXPECT_EQ(FormatMicros(1769769000120000), "2026-01-30T10:30:00.120000Z");
  EXPECT_EQ(FormatMicros(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(ClockTest, FormatsTheEndsOfTheRangeAndClamps) {
  EXPECT_EQ(FormatMicros(kMinMicros), "0001-01-01T00:00:00Z");
  EXPECT_EQ(FormatMicros(kMaxMicros), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatMicros(INT64_MIN), "0001-01-01T00:00:00Z");
  EXPECT_EQ(FormatMicros(INT64_MAX), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatDate(-1), "1969-12-31");
  EXPECT_EQ(FormatDate(1769769000123456), "2026-01-30");
}

TEST(ClockTest, ParsesTheFormsItWrites) {
  for (const int64_t micros : {int64_t{0}, int64_t{1}, int64_t{-1}, int64_t{1769769000123456},
                               kMinMicros, kMaxMicros, int64_t{951782400000000}}) {
    EXPECT_EQ(Parse(FormatMicros(micros)), micros);
  }
}

TEST(ClockTest, ParsesOffsetsFractionsAndDates) {
  EXPECT_EQ(Parse("2026-01-30"), 1769731200000000);
  EXPECT_EQ(Parse("2026-01-30T10:30Z"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30 10:30:00"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30t10:30:00z"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30T12:30:00+02:00"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30T12:30:00+0200"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30T05:00:00-05:30"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30T12:30:00+02"), 1769769000000000);
  EXPECT_EQ(Parse("2026-01-30T10:30:00.5Z"), 1769769000500000);
  EXPECT_EQ(Parse("2026-01-30T10:30:00,25Z"), 1769769000250000);
  EXPECT_EQ(Parse("2026-01-30T10:30:00.123456789Z"), 1769769000123456);
  EXPECT_EQ(Parse("2024-02-29"), Parse("2024-03-01") - 86400000000);
  EXPECT_EQ(Parse("2000-02-29T00:00:00Z"), 951782400000000);
}

TEST(ClockTest, RefusesWhatIsNotATime) {
  for (const char* text : {"",
                           "2026",
                           "2026-1-30",
                           "2026-13-01",
                           "2026-00-10",
                           "2026-01-00",
                           "2026-02-29",
                           "1900-02-29",
                           "2026-04-31",
                           "0000-01-01",
                           "2026-01-30T",
                           "2026-01-30T24:00:00Z",
                           "2026-01-30T10:60:00Z",
                           "2026-01-30T10:30:60Z",
                           "2026-01-30T10Z",
                           "2026-01-30T10:30:00.Z",
                           "2026-01-30T10:30:00.1234567890Z",
                           "2026-01-30T10:30:00+24:00",
                           "2026-01-30T10:30:00+02:60",
                           "2026-01-30T10:30:00+2:00",
                           "2026-01-30T10:30:00ZZ",
                           "2026-01-30T10:30:00Z ",
                           " 2026-01-30",
                           "2026-01-30x",
                           "2026-01-30+02:00",
                           "20260130",
                           "+2026-01-30",
                           "2026-01-30T10:30:00 Z",
                           "-001-01-01",
                           "2026-01-30T1a:30:00Z",
                           "2026-01-30T10:30:00+"}) {
    const auto result = ParseIso8601(text);
    ASSERT_FALSE(result.ok()) << text;
    EXPECT_EQ(result.status().code(), ErrorCode::INVALID_ARGUMENT) << text;
  }
}

TEST(ClockTest, RefusesTimesThatAnOffsetMovesOutOfTheRange) {
  EXPECT_FALSE(ParseIso8601("0001-01-01T00:00:00+00:01").ok());
  EXPECT_FALSE(ParseIso8601("9999-12-31T23:59:59-00:01").ok());
  EXPECT_TRUE(ParseIso8601("0001-01-01T00:01:00+00:01").ok());
}

TEST(ClockTest, KnowsCalendarDates) {
  EXPECT_TRUE(IsCalendarDate("2024-02-29"));
  EXPECT_FALSE(IsCalendarDate("2023-02-29"));
  EXPECT_FALSE(IsCalendarDate("2024-02-29T00:00"));
  EXPECT_FALSE(IsCalendarDate("2024-2-9"));
}

TEST(ClockTest, SystemClockIsInThisCentury) {
  SystemClock clock;
  const int64_t now = clock.NowMicros();
  EXPECT_GT(now, Parse("2024-01-01"));
  EXPECT_LT(now, Parse("2100-01-01"));
}

}  // namespace
}  // namespace archivolt
