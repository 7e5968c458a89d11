#include "storage/statement_cache.h"

#include <gtest/gtest.h>

#include "sqlite3.h"

namespace archivolt {
namespace {

class StatementCacheTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(sqlite3_open(":memory:", &handle_), SQLITE_OK); }
  void TearDown() override {
    cache_.FinalizeAll();
    EXPECT_EQ(sqlite3_close(handle_), SQLITE_OK) << "a statement was not finalized";
  }
  PreparedStatement* Compile(const std::string& sql, SqlPolicy policy = SqlPolicy::kTrusted) {
    PreparedStatement* prepared = cache_.NewLease();
    prepared->sql = sql;
    prepared->policy = policy;
    EXPECT_EQ(sqlite3_prepare_v2(handle_, sql.c_str(), -1, &prepared->handle, nullptr), SQLITE_OK);
    return prepared;
  }
  sqlite3* handle_ = nullptr;
  StatementCache cache_;
};

TEST_F(StatementCacheTest, GivesTheSameStatementAgain) {
  PreparedStatement* prepared = Compile("SELECT 1");
  sqlite3_stmt* handle = prepared->handle;
  EXPECT_EQ(cache_.Lease("SELECT 1", SqlPolicy::kTrusted), nullptr);
  cache_.Return(prepared);
  PreparedStatement* again = cache_.Lease("SELECT 1", SqlPolicy::kTrusted);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->handle, handle);
  EXPECT_EQ(cache_.idle_count(), 0u);
  cache_.Return(again);
}

TEST_F(StatementCacheTest, KeepsPoliciesApart) {
  cache_.Return(Compile("SELECT 1", SqlPolicy::kTrusted));
  EXPECT_EQ(cache_.Lease("SELECT 1", SqlPolicy::kReadOnly), nullptr);
}

TEST_F(StatementCacheTest, KeepsOneOfTwins) {
  PreparedStatement* first = Compile("SELECT 1");
  PreparedStatement* second = Compile("SELECT 1");
  cache_.Return(first);
  cache_.Return(second);
  EXPECT_EQ(cache_.idle_count(), 1u);
}

TEST_F(StatementCacheTest, DropsTheLeastRecentlyUsed) {
  for (size_t i = 0; i < StatementCache::kMaxIdle; ++i) {
    cache_.Return(Compile("SELECT " + std::to_string(i)));
  }
  cache_.Return(cache_.Lease("SELECT 0", SqlPolicy::kTrusted));
  cache_.Return(Compile("SELECT 'new'"));
  EXPECT_EQ(cache_.idle_count(), StatementCache::kMaxIdle);
  EXPECT_EQ(cache_.Lease("SELECT 1", SqlPolicy::kTrusted), nullptr);
  EXPECT_NE(cache_.Lease("SELECT 0", SqlPolicy::kTrusted), nullptr);
}

TEST_F(StatementCacheTest, DoesNotKeepLongSql) {
  cache_.Return(Compile("SELECT 1 -- " + std::string(StatementCache::kMaxCachedSql, 'x')));
  EXPECT_EQ(cache_.idle_count(), 0u);
}

TEST_F(StatementCacheTest, FinalizingLeavesLeasedEntriesWithoutHandle) {
  PreparedStatement* prepared = Compile("SELECT 1");
  cache_.FinalizeAll();
  EXPECT_EQ(prepared->handle, nullptr);
  cache_.Return(prepared);
  EXPECT_EQ(cache_.idle_count(), 0u);
}

}  // namespace
}  // namespace archivolt
