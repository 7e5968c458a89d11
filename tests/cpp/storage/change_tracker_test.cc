#include "storage/change_tracker.h"

#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

using Commits = std::vector<std::vector<std::string>>;

class ChangeTrackerTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenMemory();
    ASSERT_OK(database_->Execute(
        "CREATE TABLE a (k INTEGER PRIMARY KEY, v);"
        "CREATE TABLE b (k TEXT PRIMARY KEY, a INTEGER REFERENCES a ON DELETE CASCADE) WITHOUT "
        "ROWID;"
        "CREATE VIRTUAL TABLE f USING fts5(v);"
        "CREATE TRIGGER a_in AFTER INSERT ON a BEGIN INSERT INTO f(rowid, v) VALUES (new.k, new.v);"
        " END"));
    database_->SetCommitListener([this](std::span<const TableChanges> tables) {
      commits_.emplace_back();
      for (const TableChanges& changes : tables) commits_.back().push_back(changes.table);
      last_.assign(tables.begin(), tables.end());
    });
  }
  std::unique_ptr<Database> database_;
  Commits commits_;
  std::vector<TableChanges> last_;
};

TEST_F(ChangeTrackerTest, TellsEachCommitOnceWithoutIndexTables) {
  ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES ('k', 1)"));
  EXPECT_EQ(commits_, (Commits{{"a"}, {"b"}}));
}

TEST_F(ChangeTrackerTest, TellsATransactionAtItsEnd) {
  auto transaction = Transaction::Begin(*database_);
  ASSERT_TRUE(transaction.ok());
  ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES ('k', 1)"));
  EXPECT_TRUE(commits_.empty());
  ASSERT_OK(transaction->Commit());
  EXPECT_EQ(commits_, (Commits{{"a", "b"}}));
}

TEST_F(ChangeTrackerTest, SeesCascadesReplaceAndDeleteWithoutWhere) {
  ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x'); INSERT INTO b VALUES ('k', 1)"));
  commits_.clear();
  ASSERT_OK(database_->Execute("DELETE FROM a"));
  EXPECT_EQ(commits_, (Commits{{"a", "b"}}));
  ASSERT_OK(database_->Execute("INSERT INTO b VALUES ('n', NULL)"));
  commits_.clear();
  ASSERT_OK(database_->Execute("REPLACE INTO b VALUES ('n', NULL); DELETE FROM b"));
  EXPECT_EQ(commits_, (Commits{{"b"}, {"b"}}));
}

TEST_F(ChangeTrackerTest, NamesTheRowsOfTablesWhoseKeysAreReported) {
  constexpr std::string_view kKey[] = {"k"};
  ASSERT_OK(database_->ReportKeys("a", kKey));
  ASSERT_OK(database_->ReportKeys("b", kKey));
  constexpr std::string_view kMissing[] = {"none"};
  EXPECT_CODE(database_->ReportKeys("a", kMissing), NOT_FOUND);
  ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x'), (2, 'y')"));
  EXPECT_EQ(last_, (std::vector<TableChanges>{{"a", {"1", "2"}, true}}));
  ASSERT_OK(database_->Execute("INSERT INTO b VALUES ('p', 1), ('q', 2)"));
  auto transaction = Transaction::Begin(*database_);
  ASSERT_OK(
      database_->Execute("UPDATE a SET v = 'z' WHERE k = 2; UPDATE a SET v = 'w' WHERE k = 2;"
                         "DELETE FROM a WHERE k = 1; UPDATE b SET k = 'r' WHERE k = 'q'"));
  ASSERT_OK(transaction->Commit());
  EXPECT_EQ(last_,
            (std::vector<TableChanges>{{"a", {"2", "1"}, true}, {"b", {"p", "q", "r"}, true}}));
}

TEST_F(ChangeTrackerTest, JoinsSeveralKeyColumnsAndGivesUpOnManyRows) {
  ASSERT_OK(
      database_->Execute("CREATE TABLE p (v, x TEXT, y TEXT, PRIMARY KEY (y, x)) WITHOUT ROWID"));
  constexpr std::string_view kKey[] = {"y", "x"};
  ASSERT_OK(database_->ReportKeys("p", kKey));
  ASSERT_OK(database_->Execute("INSERT INTO p VALUES (1, 'x1', 'y1')"));
  EXPECT_EQ(last_, (std::vector<TableChanges>{{"p", {"y1/x1"}, true}}));
  const std::string many =
      "WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i <= " +
      std::to_string(kMaxReportedKeys) + ") INSERT INTO p SELECT i, i, i FROM n";
  ASSERT_OK(database_->Execute(many));
  EXPECT_EQ(last_, (std::vector<TableChanges>{{"p", {}, false}}));
}

TEST_F(ChangeTrackerTest, KeepsTheTouchedRowsOfTheWatchedTable) {
  using Rows = std::vector<int64_t>;
  const auto taken = [&] {
    const TouchedRows rows = database_->TakeTouched("w");
    EXPECT_TRUE(rows.complete);
    return rows.rowids;
  };
  ASSERT_OK(database_->Execute("CREATE TABLE w (pk INTEGER PRIMARY KEY, v)"));
  ASSERT_OK(database_->Execute("INSERT INTO w VALUES (1, 'x')"));
  database_->SetCommitListener(nullptr);
  database_->WatchTable("w");
  EXPECT_EQ(taken(), Rows());
  ASSERT_OK(database_->Execute(
      "INSERT INTO w VALUES (5, 1), (7, NULL); INSERT INTO b VALUES ('q', NULL)"));
  EXPECT_EQ(taken(), (Rows{5, 7}));
  EXPECT_EQ(taken(), Rows()) << "each is told once";
  ASSERT_OK(
      database_->Execute("UPDATE w SET v = 2 WHERE pk = 5; UPDATE w SET pk = 9 WHERE pk = 7"));
  EXPECT_EQ(taken(), (Rows{5, 7, 9}));
  ASSERT_OK(database_->Execute("REPLACE INTO w VALUES (9, 3); DELETE FROM w WHERE pk = 1"));
  EXPECT_EQ(taken(), (Rows{9, 9, 1}));
  {
    auto transaction = Transaction::Begin(*database_);
    ASSERT_OK(database_->Execute("DELETE FROM w WHERE pk = 5"));
    EXPECT_EQ(taken(), (Rows{5})) << "before its end";
    ASSERT_OK(database_->Execute("INSERT INTO w VALUES (11, 0)"));
  }
  EXPECT_EQ(taken(), (Rows{11})) << "rolled back as well: readers look the row up";
  ASSERT_OK(database_->Execute("DELETE FROM w"));
  EXPECT_EQ(taken(), (Rows{5, 9}));
}

TEST_F(ChangeTrackerTest, SaysWhenTooManyRowsWereTouchedToNameThem) {
  ASSERT_OK(database_->Execute("CREATE TABLE w (pk INTEGER PRIMARY KEY)"));
  database_->WatchTable("w");
  const std::string many = std::to_string(kMaxTouchedRows);
  ASSERT_OK(
      database_->Execute("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT " +
                         many + ") INSERT INTO w SELECT i FROM n"));
  EXPECT_EQ(database_->TakeTouched("w").rowids.size(), kMaxTouchedRows);
  ASSERT_OK(database_->Execute("UPDATE w SET pk = -pk; INSERT INTO w VALUES (0)"));
  EXPECT_EQ(database_->TakeTouched("w"), (TouchedRows{.rowids = {}, .complete = false}));
  ASSERT_OK(database_->Execute("DELETE FROM w WHERE pk = 0"));
  EXPECT_EQ(database_->TakeTouched("w"), (TouchedRows{.rowids = {0}, .complete = true}));
}

TEST_F(ChangeTrackerTest, SaysNothingOfRollbacksReadsAndNothingChanged) {
  {
    auto transaction = Transaction::Begin(*database_);
    ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x')"));
  }
  ASSERT_OK(database_->Execute("SELECT * FROM a; UPDATE a SET v = 'y' WHERE k = 99"));
  EXPECT_FALSE(database_->Execute("INSERT INTO b VALUES ('k', 99)").ok());
  EXPECT_TRUE(commits_.empty());
  ASSERT_OK(database_->Execute("INSERT INTO b VALUES ('k', NULL)"));
  EXPECT_EQ(commits_, (Commits{{"b"}}));
}

TEST_F(ChangeTrackerTest, MayOverReportWhatASavepointUndid) {
  auto outer = Transaction::Begin(*database_);
  {
    auto inner = Transaction::Begin(*database_);
    ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x')"));
  }
  ASSERT_OK(database_->Execute("INSERT INTO b VALUES ('k', NULL)"));
  ASSERT_OK(outer->Commit());
  ASSERT_EQ(commits_.size(), 1u);
  EXPECT_EQ(commits_[0].back(), "b");
}

TEST_F(ChangeTrackerTest, TellsOfAWriteWhoseRowsWereNotReadToTheEnd) {
  {
    auto statement = database_->Prepare("INSERT INTO a VALUES (1, 'x'), (2, 'y') RETURNING k");
    ASSERT_TRUE(statement.ok());
    ASSERT_TRUE(*statement->Step());
    EXPECT_TRUE(commits_.empty());
  }
  EXPECT_EQ(commits_, (Commits{{"a"}}));
}

TEST_F(ChangeTrackerTest, ListenerMayWriteAndMayBeRemoved) {
  int calls = 0;
  database_->SetCommitListener([&](std::span<const TableChanges>) {
    if (++calls == 1) {
      EXPECT_OK(database_->Execute("INSERT INTO b VALUES ('again', NULL)"));
    }
  });
  ASSERT_OK(database_->Execute("INSERT INTO a VALUES (1, 'x')"));
  EXPECT_EQ(calls, 2);
  database_->SetCommitListener(nullptr);
  ASSERT_OK(database_->Execute("INSERT INTO a VALUES (2, 'x')"));
  EXPECT_EQ(calls, 2);
}

TEST_F(ChangeTrackerTest, FailedCommitIsNotTold) {
  ASSERT_OK(
      database_->Execute("CREATE TABLE c (a INTEGER REFERENCES a DEFERRABLE INITIALLY DEFERRED)"));
  commits_.clear();
  auto transaction = Transaction::Begin(*database_);
  ASSERT_OK(database_->Execute("INSERT INTO c VALUES (5)"));
  EXPECT_CODE(transaction->Commit(), CONSTRAINT);
  ASSERT_OK(database_->Execute("INSERT INTO b VALUES ('k', NULL)"));
  EXPECT_EQ(commits_, (Commits{{"b"}}));
}

}  // namespace
}  // namespace archivolt
