#include "storage/statement.h"

#include <cmath>
#include <limits>

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class StatementTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenMemory();
    ASSERT_OK(database_->Execute("CREATE TABLE t (a, b)"));
  }
  Statement Prepare(std::string_view sql) {
    auto result = database_->Prepare(sql);
    EXPECT_TRUE(result.ok()) << result.status().message();
    return result.ok() ? std::move(*result) : Statement();
  }
  std::unique_ptr<Database> database_;
};

TEST_F(StatementTest, EveryKindOfValueComesBack) {
  const Value values[] = {Value(nullptr),
                          Value(true),
                          Value(int64_t{-9007199254740993}),
                          Value(2.5),
                          Value("grüße 🙂"),
                          Value(Bytes{0, 1, 255}),
                          Value(""),
                          Value(Bytes{}),
                          Value(std::numeric_limits<int64_t>::min()),
                          Value(std::numeric_limits<double>::infinity())};
  for (const Value& value : values) {
    Statement statement = Prepare("SELECT ?1");
    ASSERT_OK(statement.Bind(1, value));
    const auto row = statement.Step();
    ASSERT_TRUE(row.ok() && *row);
    EXPECT_EQ(statement.Column(0), value.is_bool() ? Value(1) : value) << value.KindName();
  }
}

TEST_F(StatementTest, TypedBindsAndReads) {
  Statement statement = Prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7");
  const std::string text = "text";
  const Bytes bytes = {1, 2, 3};
  ASSERT_OK(statement.BindAll(7, 1.5, text, "literal", bytes, nullptr, size_t{8}));
  ASSERT_TRUE(*statement.Step());
  EXPECT_EQ(statement.Int(0), 7);
  EXPECT_EQ(statement.Real(1), 1.5);
  EXPECT_EQ(statement.Text(2), "text");
  EXPECT_EQ(statement.Text(3), "literal");
  EXPECT_EQ(statement.Blob(4).size(), 3u);
  EXPECT_TRUE(statement.IsNull(5));
  EXPECT_EQ(statement.Int(6), 8);
  EXPECT_TRUE(statement.IsNull(7));
  EXPECT_TRUE(statement.IsNull(-1));
  EXPECT_FALSE(*statement.Step());
  EXPECT_FALSE(*statement.Step());
  EXPECT_TRUE(statement.IsNull(0));
}

TEST_F(StatementTest, BorrowedBytesAreNotCopied) {
  Statement insert = Prepare("INSERT INTO t VALUES (?1, ?2)");
  const std::string text(100000, 'x');
  const Bytes bytes(100000, 7);
  ASSERT_OK(insert.BindBorrowed(1, text));
  ASSERT_OK(insert.BindBorrowed(2, bytes));
  ASSERT_OK(insert.Run());
  EXPECT_EQ(Ask(*database_, "SELECT length(a) + length(b) FROM t"), 200000);
}

TEST_F(StatementTest, RefusesWhatCannotBeStored) {
  Statement statement = Prepare("INSERT INTO t VALUES (?1, ?2)");
  Status status = statement.Bind(2, std::string_view("a\0b", 3));
  EXPECT_CODE(status, INVALID_ARGUMENT);
  EXPECT_EQ(DetailNumber(status, "parameter"), 2);
  EXPECT_CODE(statement.BindBorrowed(1, std::string_view("\0", 1)), INVALID_ARGUMENT);
  EXPECT_CODE(statement.Bind(1, std::nan("")), INVALID_ARGUMENT);
  EXPECT_CODE(statement.Bind(1, Value(Array{})), INVALID_ARGUMENT);
  EXPECT_CODE(statement.Bind(1, Value(Object{})), INVALID_ARGUMENT);
  EXPECT_CODE(statement.Bind(0, 1), INVALID_ARGUMENT);
  EXPECT_CODE(statement.Bind(3, 1), INVALID_ARGUMENT);
}

TEST_F(StatementTest, HugeTextIsRefusedAndTheStatementStaysUsable) {
  Statement statement = Prepare("INSERT INTO t VALUES (?1, ?2)");
  const std::string huge((256u << 20) + 1, 'x');
  EXPECT_CODE(statement.BindBorrowed(1, huge), INVALID_ARGUMENT);
  ASSERT_OK(statement.BindAll("short", 1));
  ASSERT_OK(statement.Run());
  EXPECT_CODE(database_->Prepare("SELECT '" + huge.substr(0, 1 << 20) + "'").status(),
              INVALID_ARGUMENT);
  EXPECT_CODE(Prepare("SELECT zeroblob(300000000)").Step().status(), INVALID_ARGUMENT);
}

TEST_F(StatementTest, NamesAndListsOfParameters) {
  Statement statement = Prepare("SELECT :id, @other, $third");
  ASSERT_OK(statement.BindNamed("id", 1));
  ASSERT_OK(statement.BindNamed("@other", 2));
  ASSERT_OK(statement.BindNamed("third", 3));
  EXPECT_CODE(statement.BindNamed("none", 1), INVALID_ARGUMENT);
  EXPECT_CODE(statement.BindNamed("", 1), INVALID_ARGUMENT);
  ASSERT_TRUE(*statement.Step());
  EXPECT_EQ(statement.Int(0) * 100 + statement.Int(1) * 10 + statement.Int(2), 123);
  statement.Reset();
  ASSERT_OK(statement.BindMembers(Object{{"id", 4}, {"other", 5}, {"$third", 6}}));
  EXPECT_CODE(statement.BindMembers(Object{{"id", 4}, {"other", 5}}), INVALID_ARGUMENT);
  EXPECT_CODE(Prepare("SELECT ?").BindMembers(Object{}), INVALID_ARGUMENT);
  const Value two[] = {1, 2};
  EXPECT_CODE(statement.BindValues(two), INVALID_ARGUMENT);
}

TEST_F(StatementTest, BindingWhileRunningIsRefused) {
  Statement statement = Prepare("SELECT ?1 UNION ALL SELECT 2");
  ASSERT_OK(statement.Bind(1, 1));
  ASSERT_TRUE(*statement.Step());
  EXPECT_CODE(statement.Bind(1, 2), FAILED_PRECONDITION);
  statement.Reset();
  EXPECT_OK(statement.Bind(1, 2));
}

TEST_F(StatementTest, SameSqlWhileLeasedIsAnotherStatement) {
  ASSERT_OK(database_->Execute("INSERT INTO t VALUES (1, 1), (2, 2)"));
  Statement first = Prepare("SELECT a FROM t ORDER BY a");
  ASSERT_TRUE(*first.Step());
  {
    Statement second = Prepare("SELECT a FROM t ORDER BY a");
    ASSERT_TRUE(*second.Step());
    EXPECT_EQ(second.Int(0), 1);
    ASSERT_TRUE(*second.Step());
    EXPECT_EQ(second.Int(0), 2);
  }
  EXPECT_EQ(first.Int(0), 1);
  ASSERT_TRUE(*first.Step());
  EXPECT_EQ(first.Int(0), 2);
}

TEST_F(StatementTest, ParametersAreForgottenBetweenLeases) {
  {
    Statement statement = Prepare("SELECT ?1");
    ASSERT_OK(statement.Bind(1, "secret"));
    ASSERT_TRUE(*statement.Step());
  }
  Statement again = Prepare("SELECT ?1");
  ASSERT_TRUE(*again.Step());
  EXPECT_TRUE(again.IsNull(0));
}

TEST_F(StatementTest, ManyDifferentStatementsAreEvicted) {
  for (int i = 0; i < 400; ++i) {
    Statement statement = Prepare("SELECT " + std::to_string(i));
    ASSERT_TRUE(*statement.Step());
    EXPECT_EQ(statement.Int(0), i);
  }
  for (int i = 399; i >= 0; --i) {
    Statement statement = Prepare("SELECT " + std::to_string(i));
    ASSERT_TRUE(*statement.Step());
    EXPECT_EQ(statement.Int(0), i);
  }
}

TEST_F(StatementTest, SurvivesAChangeOfSchema) {
  Statement statement = Prepare("SELECT * FROM t");
  ASSERT_FALSE(*statement.Step());
  statement.Reset();
  ASSERT_OK(
      database_->Execute("ALTER TABLE t ADD COLUMN c DEFAULT 5; INSERT INTO t (a) VALUES (1)"));
  ASSERT_TRUE(*statement.Step());
  EXPECT_EQ(statement.column_count(), 3);
  EXPECT_EQ(statement.column_name(2), "c");
  EXPECT_EQ(statement.Int(2), 5);
}

TEST_F(StatementTest, OutlivesItsDatabase) {
  Statement statement = Prepare("SELECT 'text'");
  ASSERT_TRUE(*statement.Step());
  database_.reset();
  EXPECT_CODE(statement.Step().status(), FAILED_PRECONDITION);
  EXPECT_CODE(statement.Bind(1, 1), FAILED_PRECONDITION);
  EXPECT_EQ(statement.Text(0), "");
  EXPECT_EQ(statement.column_count(), 0);
  statement.Reset();
}

TEST_F(StatementTest, EmptyAndMovedStatementsAreRefusedNotCrashed) {
  Statement empty;
  EXPECT_CODE(empty.Run(), FAILED_PRECONDITION);
  EXPECT_EQ(empty.sql(), "");
  Statement statement = Prepare("SELECT 1");
  Statement moved = std::move(statement);
  ASSERT_TRUE(*moved.Step());
  EXPECT_EQ(moved.Int(0), 1);
  empty = std::move(moved);
  EXPECT_EQ(empty.Int(0), 1);
}

TEST_F(StatementTest, FailedStepResetsAndMayRunAgain) {
  ASSERT_OK(database_->Execute("CREATE TABLE u (k INTEGER PRIMARY KEY); INSERT INTO u VALUES (1)"));
  Statement insert = Prepare("INSERT INTO u VALUES (?1)");
  ASSERT_OK(insert.Bind(1, 1));
  EXPECT_CODE(insert.Run(), ALREADY_EXISTS);
  ASSERT_OK(insert.Bind(1, 2));
  EXPECT_OK(insert.Run());
  EXPECT_EQ(database_->last_insert_rowid(), 2);
}

}  // namespace
}  // namespace archivolt
