// The guards of a table are made when something first writes to it, and nothing writes without
// them: whatever was compiled before, whatever a rollback undid.
#include <gtest/gtest.h>

#include "guarded_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

class GuardsOnWriteTest : public GuardedTest {
 protected:
  // Triggers of the connection on a table.
  int64_t Made(std::string_view table) {
    Result<Statement> count =
        database_->Prepare("SELECT count(*) FROM sqlite_temp_schema WHERE tbl_name = ?1");
    EXPECT_TRUE(count.ok()) << count.status().message();
    EXPECT_TRUE(count->Bind(1, table).ok());
    EXPECT_TRUE(count->Step().ok());
    return count->Int(0);
  }

  // A row that breaks a rule is refused, one that does not leaves an entry.
  void ExpectGuarded(std::string_view id) {
    EXPECT_EQ(Sql("INSERT INTO tags(id, name) VALUES (?1 || 'b', ' ')", Value(Array{id})).code(),
              ErrorCode::CONSTRAINT);
    MustSql("INSERT INTO tags(id, name) VALUES (?1, ?1)", Value(Array{id}));
    EXPECT_EQ(Entries("tags", id).size(), 1U);
  }

  void WithoutGuards(std::string_view sql) {
    ASSERT_TRUE(guards_->Remove().ok());
    ASSERT_TRUE(database_->Execute(sql).ok());
    ASSERT_TRUE(guards_->Install().ok());
  }
};

TEST_F(GuardsOnWriteTest, AreMadeForTheTablesThatAreWritten) {
  EXPECT_EQ(Made("tags"), 0);
  EXPECT_EQ(Made("audit_log"), 0);
  MustSql("INSERT INTO tags(id, name) VALUES ('a', 'a')");
  EXPECT_EQ(Made("tags"), 3);
  EXPECT_GT(Made("audit_log"), 0) << "which the guards of tags write";
  EXPECT_EQ(Made("stories"), 0);
  (void)Ask("SELECT count(*) FROM stories");
  EXPECT_EQ(Made("stories"), 0);
}

TEST_F(GuardsOnWriteTest, ACascadeReachesTablesThatNobodyHasWritten) {
  WithoutGuards(
      "INSERT INTO projects(id, name) VALUES ('p', 'p');"
      "INSERT INTO stories(id, project_id, title) VALUES ('s', 'p', 's');"
      "INSERT INTO tasks(id, story_id, title) VALUES ('t', 's', 't')");
  EXPECT_EQ(Made("tasks"), 0);
  MustSql("DELETE FROM projects WHERE id = 'p'");
  EXPECT_EQ(Entries("projects", "p").size(), 1U);
  EXPECT_EQ(Entries("stories", "s").size(), 1U);
  EXPECT_EQ(Entries("tasks", "t").size(), 1U);
}

TEST_F(GuardsOnWriteTest, ReplaceDeletesWithTheGuardsOfWhatRefersToIt) {
  WithoutGuards(
      "INSERT INTO stories(id, title) VALUES ('s', 's');"
      "INSERT INTO tasks(id, story_id, title) VALUES ('t', 's', 't')");
  MustSql("REPLACE INTO stories(id, title) VALUES ('s', 'again')");
  EXPECT_EQ(Entries("tasks", "t").size(), 1U);
}

TEST_F(GuardsOnWriteTest, ComeBackAfterARollback) {
  {
    Result<Transaction> transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(transaction.ok());
    MustSql("INSERT INTO tags(id, name) VALUES ('a', 'a')");
    ASSERT_TRUE(transaction->Rollback().ok());
  }
  EXPECT_EQ(Made("tags"), 0) << "SQLite undoes what was made";
  ExpectGuarded("b");
}

TEST_F(GuardsOnWriteTest, ComeBackAfterAnInnerRollback) {
  Result<Transaction> outer = Transaction::Begin(*database_);
  ASSERT_TRUE(outer.ok());
  {
    Result<Transaction> inner = Transaction::Begin(*database_);
    ASSERT_TRUE(inner.ok());
    MustSql("INSERT INTO tags(id, name) VALUES ('a', 'a')");
    ASSERT_TRUE(inner->Rollback().ok());
  }
  EXPECT_EQ(Made("tags"), 0);
  ExpectGuarded("b");
  ASSERT_TRUE(outer->Commit().ok());
  EXPECT_EQ(Made("tags"), 3);
  ExpectGuarded("c");
}

TEST_F(GuardsOnWriteTest, AreOfStatementsThatWereCompiledBefore) {
  ASSERT_TRUE(guards_->Remove().ok());
  Result<Statement> insert = database_->Prepare("INSERT INTO tags(id, name) VALUES (?1, ?2)");
  ASSERT_TRUE(insert.ok());
  ASSERT_TRUE(insert->BindAll("a", " ").ok());
  ASSERT_TRUE(insert->Run().ok());
  ASSERT_TRUE(guards_->Install().ok());
  ASSERT_TRUE(insert->BindAll("b", "  ").ok());
  EXPECT_EQ(insert->Run().code(), ErrorCode::CONSTRAINT);
  ASSERT_TRUE(insert->BindAll("c", "c").ok());
  EXPECT_TRUE(insert->Run().ok());
  EXPECT_EQ(Entries("tags", "c").size(), 1U);
}

TEST_F(GuardsOnWriteTest, AreOfStatementsThatOutliveARollback) {
  Result<Statement> insert = Status::NotFound("");
  {
    Result<Transaction> transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(transaction.ok());
    insert = database_->Prepare("INSERT INTO tags(id, name) VALUES (?1, ?1)");
    ASSERT_TRUE(insert.ok());
    ASSERT_TRUE(insert->Bind(1, std::string_view("a")).ok());
    ASSERT_TRUE(insert->Run().ok());
    ASSERT_TRUE(transaction->Rollback().ok());
  }
  ASSERT_TRUE(insert->Bind(1, std::string_view(" ")).ok());
  EXPECT_EQ(insert->Run().code(), ErrorCode::CONSTRAINT);
  ASSERT_TRUE(insert->Bind(1, std::string_view("b")).ok());
  EXPECT_TRUE(insert->Run().ok());
  EXPECT_EQ(Entries("tags", "b").size(), 1U);
}

TEST_F(GuardsOnWriteTest, ACopyOfTheFileIsMadeWithoutThem) {
  ASSERT_TRUE(database_->Vacuum().ok());
  EXPECT_EQ(Made("tags"), 0);
  ExpectGuarded("a");
}

}  // namespace
}  // namespace archivolt
