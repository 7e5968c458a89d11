#include "records/slow_queries.h"

#include <gtest/gtest.h>

#include "records/records_fixture.h"
#include "records/sql.h"

namespace archivolt {
namespace {

/// Moves by what the test says.
class TestClock final : public Clock {
 public:
  int64_t NowMicros() override { return now_; }
  void Advance(int64_t millis) { now_ += millis * 1000; }

 private:
  int64_t now_ = 1'769'769'000'000'000;
};

void Take(SlowQueries& log, TestClock& clock, std::string_view sql, int64_t millis) {
  const SlowQueries::Timing timing(&log, sql);
  clock.Advance(millis);
}

TEST(SlowQueriesTest, KeepsWhatTookAsLongAsTheThreshold) {
  TestClock clock;
  SlowQueries log(clock);
  Take(log, clock, "SELECT 1", 999);
  EXPECT_TRUE(log.List().empty());
  Take(log, clock, "SELECT 2", 1000);
  Take(log, clock, "SELECT 2", 1500);
  Take(log, clock, "SELECT 3", 5000);
  const Array list = log.List();
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0], Value(Object{{"sql", "SELECT 3"}, {"count", 1}, {"maxMs", 5000.0}}));
  EXPECT_EQ(list[1], Value(Object{{"sql", "SELECT 2"}, {"count", 2}, {"maxMs", 1500.0}}));
  EXPECT_EQ(log.TakeNew().size(), 3u);
  EXPECT_TRUE(log.TakeNew().empty());
  EXPECT_EQ(log.List().size(), 2u);
  log.SetThreshold(10);
  Take(log, clock, "SELECT 4", 10);
  EXPECT_EQ(log.TakeNew().size(), 1u);
}

TEST(SlowQueriesTest, IsBoundedAndKeepsTheSlowest) {
  TestClock clock;
  SlowQueries log(clock);
  for (int i = 0; i < 300; ++i) Take(log, clock, "SELECT " + std::to_string(i), 1000 + i);
  const Array list = log.List();
  ASSERT_EQ(list.size(), SlowQueries::kMaxDistinct);
  EXPECT_EQ(list[0].AsObject().Find("sql")->AsString(), "SELECT 299");
  EXPECT_EQ(list[99].AsObject().Find("sql")->AsString(), "SELECT 200");
  EXPECT_EQ(log.TakeNew().size(), SlowQueries::kMaxDistinct);
  Take(log, clock, std::string(1999, 'x') + "\u00e9", 10'000);
  EXPECT_EQ(log.List()[0].AsObject().Find("sql")->AsString().size(), 1999u);
  EXPECT_EQ(SlowQueries(clock).List().size(), 0u);
}

TEST_F(RecordsTest, StatementsOfCallersAreTimedWithoutTheirParameters) {
  SlowQueries log(clock_);  // every look at this clock is a millisecond later
  log.SetThreshold(1);
  SqlService sql(*database_, &log);
  ASSERT_TRUE(sql.Query("SELECT ?1", Value(Array{Value("secret")})).ok());
  ASSERT_TRUE(sql.Batch(Array{Value(Object{{"sql", "DELETE FROM tags"}}),
                              Value(Object{{"sql", "DELETE FROM teams"}})})
                  .ok());
  EXPECT_FALSE(sql.Query("SELECT nothing", Value()).ok());
  const Array list = log.List();
  EXPECT_EQ(list.size(), 4u);
  for (const Value& entry : list) {
    EXPECT_EQ(entry.AsObject().Find("sql")->AsString().find("secret"), std::string::npos);
  }
}

}  // namespace
}  // namespace archivolt
