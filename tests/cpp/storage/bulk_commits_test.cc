// Commits of whoever writes many: what is set for them, and that it is as it was afterwards.
#include "storage/bulk_commits.h"

#include "storage/transaction.h"
#include "storage_fixture.h"

namespace archivolt {
namespace {

class BulkCommitsTest : public StorageTest {
 protected:
  // "level of flushing/pages of the log".
  static std::string Pace(Database& database) {
    return std::to_string(Ask(database, "PRAGMA synchronous")) + "/" +
           std::to_string(Ask(database, "PRAGMA wal_autocheckpoint"));
  }
};

TEST_F(BulkCommitsTest, AreNotFlushedWhileOnAndAsBeforeAfterwards) {
  auto database = OpenFile("f.db");
  ASSERT_NE(database, nullptr);
  const std::string before = Pace(*database);
  EXPECT_EQ(before.substr(0, 2), "2/") << "commits of others are flushed";
  BulkCommits bulk(*database);
  ASSERT_OK(bulk.Set(false));
  EXPECT_EQ(Pace(*database), before);
  ASSERT_OK(bulk.Set(true));
  ASSERT_OK(bulk.Set(true));
  EXPECT_EQ(Pace(*database), "1/4000");
  ASSERT_OK(bulk.Set(false));
  EXPECT_EQ(Pace(*database), before);
}

TEST_F(BulkCommitsTest, KeepALargeCacheFromTheFirstToTheEnd) {
  auto database = OpenFile("f.db");
  ASSERT_NE(database, nullptr);
  const int64_t before = Ask(*database, "PRAGMA cache_size");
  BulkCommits bulk(*database);
  ASSERT_OK(bulk.Set(true));
  EXPECT_EQ(Ask(*database, "PRAGMA cache_size"), -65536);
  ASSERT_OK(bulk.Set(false));
  EXPECT_EQ(Ask(*database, "PRAGMA cache_size"), -65536) << "the next batch needs what it read";
  ASSERT_OK(bulk.End());
  EXPECT_EQ(Ask(*database, "PRAGMA cache_size"), before);
}

TEST_F(BulkCommitsTest, AreNotSwitchedInsideOfATransaction) {
  auto database = OpenFile("f.db");
  ASSERT_NE(database, nullptr);
  BulkCommits bulk(*database);
  auto transaction = Transaction::Begin(*database);
  ASSERT_TRUE(transaction.ok());
  EXPECT_EQ(bulk.Set(true).code(), ErrorCode::FAILED_PRECONDITION);
  ASSERT_OK(transaction->Rollback());
  ASSERT_OK(bulk.Set(true));
  transaction = Transaction::Begin(*database);
  ASSERT_TRUE(transaction.ok());
  EXPECT_EQ(bulk.Set(false).code(), ErrorCode::FAILED_PRECONDITION);
  ASSERT_OK(transaction->Commit());
  ASSERT_OK(bulk.Set(false));
  EXPECT_EQ(Pace(*database).substr(0, 2), "2/");
}

TEST_F(BulkCommitsTest, WhatIsNotFlushedAnywayIsNotFlushedMore) {
  DatabaseOptions options;
  options.path = Path("f.db");
  options.full_sync = false;
  auto database = Database::Open(options);
  ASSERT_TRUE(database.ok());
  BulkCommits bulk(**database);
  const std::string before = Pace(**database);
  ASSERT_OK(bulk.Set(true));
  EXPECT_EQ(Pace(**database), "1/4000");
  ASSERT_OK(bulk.Set(false));
  EXPECT_EQ(Pace(**database), before);
  EXPECT_EQ(before.substr(0, 2), "1/");
}

}  // namespace
}  // namespace archivolt
