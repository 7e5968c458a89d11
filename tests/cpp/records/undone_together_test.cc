// Many writes in one call are undone together when one of them fails, also inside of a transaction
// that goes on, and write the full-text indexes once: what they find is the same.
#include "storage/undone_together.h"

#include "guarded_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

class UndoneTogetherTest : public GuardedTest {
 protected:
  void SetUp() override {
    GuardedTest::SetUp();
    Inserted("conversations", {{"id", "c"}, {"title", "Talk"}});
  }

  static Object Message(const std::string& content) {
    return {{"conversation_id", "c"}, {"role", "user"}, {"content", content}};
  }
  static Array Messages(const std::string& word, int count) {
    Array rows;
    for (int i = 0; i < count; ++i) rows.emplace_back(Message(word + " " + std::to_string(i)));
    return rows;
  }
  static Value Statement(const std::string& sql, Array params = {}) {
    return Value(Object{{"sql", sql}, {"params", std::move(params)}});
  }
  static Value InsertStatement(const std::string& id, const std::string& content) {
    return Statement(
        "INSERT INTO messages(id, conversation_id, role, content) VALUES (?, 'c', 'user', ?)",
        Array{id, content});
  }

  int64_t Found(const std::string& word) {
    const auto found = database_->QueryValue(
        "SELECT count(*) FROM messages_fts WHERE messages_fts MATCH '" + word + "'");
    EXPECT_TRUE(found.ok()) << found.status().message();
    return found.ok() ? found->AsInt() : -1;
  }
  void ExpectSound() {
    EXPECT_TRUE(database_
                    ->Execute("INSERT INTO messages_fts(messages_fts, rank) VALUES "
                              "('integrity-check', 1)")
                    .ok());
  }
  int64_t Segments() {
    const auto segments =
        database_->QueryValue("SELECT count(DISTINCT segid) FROM messages_fts_idx");
    return segments.ok() ? segments->AsInt() : -1;
  }
};

TEST_F(UndoneTogetherTest, RowsOfOneCallAreOneSegment) {
  ASSERT_TRUE(store_->InsertMany("messages", Messages("many", 50)).ok());
  EXPECT_EQ(Segments(), 1);
  Array statements;
  for (int i = 0; i < 50; ++i)
    statements.push_back(InsertStatement("m" + std::to_string(i), "batch " + std::to_string(i)));
  ASSERT_TRUE(sql_->Batch(statements).ok());
  EXPECT_EQ(Segments(), 2);
  EXPECT_EQ(Found("many"), 50);
  EXPECT_EQ(Found("batch"), 50);
  ExpectSound();
}

TEST_F(UndoneTogetherTest, AStatementSeesTheWordsOfThoseBeforeIt) {
  const auto done = sql_->Batch(
      {InsertStatement("a", "early"), InsertStatement("b", "early late"),
       Statement("UPDATE messages SET content = 'changed' WHERE pk IN (SELECT rowid FROM "
                 "messages_fts WHERE messages_fts MATCH 'late')"),
       Statement("DELETE FROM messages WHERE id = 'a'"), InsertStatement("a", "again")});
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(Found("early"), 0);
  EXPECT_EQ(Found("changed"), 1);
  EXPECT_EQ(Found("again"), 1);
  ExpectSound();
}

TEST_F(UndoneTogetherTest, AFailedCallLeavesTheWordsOfTheTransactionAroundIt) {
  auto transaction = Transaction::Begin(*database_);
  ASSERT_TRUE(transaction.ok());
  Inserted("messages", Message("before"));
  Array rows = Messages("undone", 20);
  rows.emplace_back(Object{{"conversation_id", "nobody"}, {"role", "user"}, {"content", "x"}});
  EXPECT_FALSE(store_->InsertMany("messages", rows).ok());
  const auto failed =
      sql_->Batch({InsertStatement("a", "undone"), InsertStatement("b", "undone"),
                   InsertStatement("a", "undone twice"), InsertStatement("d", "never")});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(std::get<int64_t>(*failed.status().Find("statement")), 2);
  EXPECT_FALSE(sql_->Batch({InsertStatement("e", "undone"), Statement("SELECT 1")}).ok());
  EXPECT_EQ(Found("undone"), 0);
  Inserted("messages", Message("after"));
  ASSERT_TRUE(store_->InsertMany("messages", Messages("kept", 3)).ok());
  ASSERT_TRUE(transaction->Commit().ok());
  EXPECT_EQ(Found("before"), 1);
  EXPECT_EQ(Found("after"), 1);
  EXPECT_EQ(Found("kept"), 3);
  EXPECT_EQ(Found("undone"), 0);
  EXPECT_EQ(CountOf("messages"), 5);
  ExpectSound();
}

TEST_F(UndoneTogetherTest, ARollbackAroundACallThatSucceededTakesItsWords) {
  {
    auto outer = Transaction::Begin(*database_);
    ASSERT_TRUE(outer.ok());
    Inserted("messages", Message("outer"));
    {
      auto inner = Transaction::Begin(*database_);
      ASSERT_TRUE(inner.ok());
      ASSERT_TRUE(store_->InsertMany("messages", Messages("gone", 30)).ok());
      ASSERT_TRUE(inner->Rollback().ok());
    }
    ASSERT_TRUE(store_->InsertMany("messages", Messages("stays", 2)).ok());
    ASSERT_TRUE(outer->Commit().ok());
  }
  EXPECT_EQ(Found("gone"), 0);
  EXPECT_EQ(Found("outer"), 1);
  EXPECT_EQ(Found("stays"), 2);
  ExpectSound();
}

}  // namespace
}  // namespace archivolt
