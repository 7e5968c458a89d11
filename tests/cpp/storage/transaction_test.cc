#include "storage/transaction.h"

#include <optional>

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class TransactionTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenFile("t.db");
    ASSERT_OK(database_->Execute("CREATE TABLE t (a)"));
  }
  Transaction Begin() {
    auto result = Transaction::Begin(*database_);
    EXPECT_TRUE(result.ok()) << result.status().message();
    return std::move(*result);
  }
  Status Insert(int value) {
    auto statement = database_->Prepare("INSERT INTO t VALUES (?1)");
    if (!statement.ok()) return statement.status();
    AV_RETURN_IF_ERROR(statement->Bind(1, value));
    return statement->Run();
  }
  int64_t Count() { return Ask(*database_, "SELECT count(*) FROM t"); }
  std::unique_ptr<Database> database_;
};

TEST_F(TransactionTest, CommitsAndRollsBack) {
  {
    Transaction transaction = Begin();
    EXPECT_TRUE(transaction.active());
    EXPECT_TRUE(database_->in_transaction());
    ASSERT_OK(Insert(1));
    ASSERT_OK(transaction.Commit());
    EXPECT_FALSE(transaction.active());
    EXPECT_CODE(transaction.Commit(), FAILED_PRECONDITION);
    EXPECT_CODE(transaction.Rollback(), FAILED_PRECONDITION);
  }
  {
    Transaction transaction = Begin();
    ASSERT_OK(Insert(2));
  }
  EXPECT_EQ(Count(), 1);
  {
    Transaction transaction = Begin();
    ASSERT_OK(Insert(3));
    ASSERT_OK(transaction.Rollback());
  }
  EXPECT_EQ(Count(), 1);
  EXPECT_FALSE(database_->in_transaction());
}

TEST_F(TransactionTest, InnerRollbackKeepsTheOuterWork) {
  Transaction outer = Begin();
  ASSERT_OK(Insert(1));
  {
    Transaction middle = Begin();
    ASSERT_OK(Insert(2));
    {
      Transaction inner = Begin();
      ASSERT_OK(Insert(3));
      ASSERT_OK(inner.Commit());
    }
    ASSERT_OK(middle.Rollback());
  }
  {
    Transaction second = Begin();
    ASSERT_OK(Insert(4));
    ASSERT_OK(second.Commit());
  }
  ASSERT_OK(outer.Commit());
  EXPECT_EQ(Ask(*database_, "SELECT sum(a) FROM t"), 5);
}

TEST_F(TransactionTest, OuterCommitWithAnOpenInnerOneIsRefusedAndKeepsBoth) {
  Transaction outer = Begin();
  Transaction inner = Begin();
  ASSERT_OK(Insert(1));
  EXPECT_CODE(outer.Commit(), FAILED_PRECONDITION);
  EXPECT_TRUE(outer.active());
  ASSERT_OK(inner.Commit());
  ASSERT_OK(outer.Commit());
  EXPECT_EQ(Count(), 1);
}

TEST_F(TransactionTest, OuterRollbackEndsTheInnerOne) {
  std::optional<Transaction> outer = Begin();
  Transaction inner = Begin();
  ASSERT_OK(Insert(1));
  outer.reset();
  EXPECT_FALSE(inner.active());
  EXPECT_CODE(inner.Commit(), FAILED_PRECONDITION);
  Transaction next = Begin();
  ASSERT_OK(Insert(2));
  ASSERT_OK(next.Commit());
  EXPECT_EQ(Ask(*database_, "SELECT sum(a) FROM t"), 2);
}

TEST_F(TransactionTest, AssigningRollsBackWhatWasThere) {
  Transaction transaction = Begin();
  ASSERT_OK(Insert(1));
  ASSERT_OK(transaction.Rollback());
  transaction = Begin();
  ASSERT_OK(Insert(2));
  Transaction moved = std::move(transaction);
  ASSERT_OK(moved.Commit());
  EXPECT_EQ(Count(), 1);
}

TEST_F(TransactionTest, FullStorageLosesAllOfItAndNothingElseIsWritten) {
  ASSERT_OK(Insert(1));
  const int64_t pages = Ask(*database_, "PRAGMA page_count");
  ASSERT_OK(database_->Execute("PRAGMA max_page_count=" + std::to_string(pages + 10)));
  {
    Transaction outer = Begin();
    ASSERT_OK(Insert(2));
    Transaction inner = Begin();
    Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) {
      status = database_->Execute("INSERT INTO t VALUES (zeroblob(20000))");
    }
    EXPECT_CODE(status, QUOTA_EXCEEDED);
    if (!database_->in_transaction()) {
      // SQLite has rolled back by itself: nothing more may be written under the dead transaction.
      EXPECT_CODE(Insert(3), FAILED_PRECONDITION);
      EXPECT_CODE(database_->Execute("INSERT INTO t VALUES (3)"), FAILED_PRECONDITION);
      EXPECT_CODE(Transaction::Begin(*database_).status(), FAILED_PRECONDITION);
      EXPECT_EQ(Count(), 1);
      EXPECT_CODE(inner.Commit(), FAILED_PRECONDITION);
      EXPECT_CODE(outer.Commit(), FAILED_PRECONDITION);
    } else {
      EXPECT_OK(inner.Rollback());
      EXPECT_OK(outer.Rollback());
    }
  }
  EXPECT_EQ(Count(), 1);
  ASSERT_OK(database_->Execute("PRAGMA max_page_count=1000000"));
  EXPECT_OK(Insert(4));
  EXPECT_EQ(Count(), 2);
}

TEST_F(TransactionTest, InterruptedWriteRollsBackTheWholeTransaction) {
  ASSERT_OK(Insert(1));
  {
    Transaction outer = Begin();
    ASSERT_OK(Insert(2));
    Transaction inner = Begin();
    int calls = 0;
    database_->SetInterruptCheck([&calls] { return ++calls > 3; });
    const Status status = database_->Execute(
        "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT "
        "1000000)"
        " SELECT i FROM n");
    EXPECT_CODE(status, CANCELLED);
    database_->SetInterruptCheck(nullptr);
    EXPECT_FALSE(outer.active());
    EXPECT_FALSE(inner.active());
    EXPECT_CODE(Insert(3), FAILED_PRECONDITION);
    EXPECT_OK(inner.Rollback());
    EXPECT_CODE(outer.Commit(), FAILED_PRECONDITION);
  }
  EXPECT_EQ(Count(), 1);
  Transaction next = Begin();
  ASSERT_OK(Insert(5));
  ASSERT_OK(next.Commit());
  EXPECT_EQ(Count(), 2);
}

TEST_F(TransactionTest, CommitsAndRollsBackWhileTheInterruptCheckSaysStop) {
  Transaction transaction = Begin();
  ASSERT_OK(Insert(1));
  database_->SetInterruptCheck([] { return true; });
  EXPECT_OK(transaction.Commit());
  database_->SetInterruptCheck(nullptr);
  EXPECT_EQ(Count(), 1);
}

TEST_F(TransactionTest, DeferredViolationFailsTheCommitAndLeavesNothing) {
  ASSERT_OK(
      database_->Execute("CREATE TABLE p (k INTEGER PRIMARY KEY);"
                         "CREATE TABLE c (p INTEGER REFERENCES p DEFERRABLE INITIALLY DEFERRED)"));
  Transaction transaction = Begin();
  ASSERT_OK(Insert(1));
  ASSERT_OK(database_->Execute("INSERT INTO c VALUES (5)"));
  EXPECT_CODE(transaction.Commit(), CONSTRAINT);
  EXPECT_FALSE(database_->in_transaction());
  EXPECT_EQ(Count(), 0);
}

TEST_F(TransactionTest, ControlStatementsBelongToTransactionsAlone) {
  for (const char* sql : {"BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT x", "RELEASE x"}) {
    EXPECT_CODE(database_->Execute(sql), INVALID_ARGUMENT);
    EXPECT_CODE(database_->Prepare(sql).status(), INVALID_ARGUMENT);
  }
}

TEST_F(TransactionTest, ClosingRollsBack) {
  {
    Transaction transaction = Begin();
    ASSERT_OK(Insert(1));
    ASSERT_OK(database_->Close());
    EXPECT_FALSE(transaction.active());
    EXPECT_CODE(transaction.Commit(), FAILED_PRECONDITION);
    EXPECT_CODE(Transaction::Begin(*database_).status(), FAILED_PRECONDITION);
  }
  database_ = OpenFile("t.db");
  EXPECT_EQ(Count(), 0);
}

TEST_F(TransactionTest, OutlivesItsDatabase) {
  Transaction transaction = Begin();
  database_.reset();
  EXPECT_FALSE(transaction.active());
  EXPECT_OK(transaction.Rollback());
}

}  // namespace
}  // namespace archivolt
