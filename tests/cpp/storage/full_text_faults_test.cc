// Full-text indexes after a write that failed or was interrupted at every point in turn: what FTS5
// keeps in memory belongs to what was rolled back, and must not reach the next commit.
#include "storage/fault_vfs.h"
#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

class FullTextFaultsTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    SetFaultPlan({});
    DatabaseOptions options;
    options.path = Path("f.db");
    options.vfs = RegisterFaultVfs();
    database_ = OpenOptions(options);
    ASSERT_NE(database_, nullptr);
    ASSERT_OK(database_->Execute(
        "CREATE TABLE t (id INTEGER PRIMARY KEY, x); CREATE VIRTUAL TABLE f USING fts5(x, "
        "content='t', content_rowid='id');"
        "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO f(rowid, x) VALUES (NEW.id, NEW.x); "
        "END;"
        "CREATE TRIGGER d AFTER DELETE ON t BEGIN INSERT INTO f(f, rowid, x) VALUES ('delete', "
        "OLD.id, OLD.x); END;"
        "CREATE TRIGGER u AFTER UPDATE ON t BEGIN INSERT INTO f(f, rowid, x) VALUES ('delete', "
        "OLD.id, OLD.x); INSERT INTO f(rowid, x) VALUES (NEW.id, NEW.x); END;"
        "CREATE TEMP TABLE counted (n); CREATE TEMP TRIGGER c AFTER INSERT ON main.t BEGIN INSERT "
        "INTO counted VALUES (1); END;"
        "INSERT INTO t VALUES (1, 'kept one'), (2, 'kept two');"
        "PRAGMA cache_size=8; PRAGMA wal_autocheckpoint=20"));
  }
  void TearDown() override {
    SetFaultPlan({});
    StorageTest::TearDown();
  }

  Status WriteRows() {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
    AV_ASSIGN_OR_RETURN(Statement insert, database_->Prepare("INSERT INTO t(x) VALUES (?1)"));
    AV_RETURN_IF_ERROR(database_->Execute("UPDATE t SET x = x || ' changed' WHERE id = 1"));
    for (int i = 0; i < rows_; ++i) {
      std::string words = "written";
      for (int word = 0; word < 40; ++word) words += " w" + std::to_string(i * 1000 + word);
      AV_RETURN_IF_ERROR(insert.BindAll(words));
      AV_RETURN_IF_ERROR(insert.Run());
    }
    return transaction.Commit();
  }

  // The next writes must find the index as the last commit left it.
  void CheckAndGoBack() {
    EXPECT_FALSE(database_->in_transaction());
    EXPECT_OK(database_->Execute("INSERT INTO t VALUES (1000, 'next')"));
    EXPECT_OK(database_->Execute("INSERT INTO f(f, rank) VALUES ('integrity-check', 1)"));
    EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM f WHERE f MATCH 'kept'"), 2);
    EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM f WHERE f MATCH 'written'"),
              Ask(*database_, "SELECT count(*) FROM t WHERE x LIKE 'written%'"));
    EXPECT_OK(
        database_->Execute("DELETE FROM t WHERE id > 2; UPDATE t SET x = 'kept one' WHERE id = 1"));
    EXPECT_OK(database_->Execute("INSERT INTO f(f, rank) VALUES ('integrity-check', 1)"));
    EXPECT_OK(database_->CheckIntegrity(false));
    // What the connection itself made is still there.
    EXPECT_OK(database_->Execute("DELETE FROM counted; INSERT INTO t VALUES (3, 'x')"));
    EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM counted"), 1);
    EXPECT_OK(database_->Execute("DELETE FROM t WHERE id = 3"));
  }

  void RunAll(FaultKind kind, bool for_ever, bool reads) {
    int point = 1;
    for (;; ++point) {
      SCOPED_TRACE("operation " + std::to_string(point));
      SetFaultPlan({point, for_ever, kind, reads});
      const Status status = WriteRows();
      const bool reached = FaultOperations() >= point;
      SetFaultPlan({});
      EXPECT_TRUE(status.ok() || reached) << status.message();
      CheckAndGoBack();
      if (!reached || HasFailure()) break;
    }
    EXPECT_GT(point, 20) << "the scenario is too short to mean anything";
  }

  std::unique_ptr<Database> database_;
  int rows_ = 40;
};

TEST_F(FullTextFaultsTest, IoErrorOnce) { RunAll(FaultKind::kIoError, false, false); }
TEST_F(FullTextFaultsTest, IoErrorForEver) { RunAll(FaultKind::kIoError, true, false); }
TEST_F(FullTextFaultsTest, FullOnce) { RunAll(FaultKind::kFull, false, false); }
TEST_F(FullTextFaultsTest, FullForEver) { RunAll(FaultKind::kFull, true, false); }
TEST_F(FullTextFaultsTest, ReadErrorOnce) { RunAll(FaultKind::kIoError, false, true); }

TEST_F(FullTextFaultsTest, InterruptedAnywhere) {
  rows_ = 200;  // It is asked only now and then.
  int point = 1;
  for (;; ++point) {
    SCOPED_TRACE("check " + std::to_string(point));
    int asked = 0;
    database_->SetInterruptCheck([&] { return ++asked == point; });
    const Status status = WriteRows();
    database_->SetInterruptCheck(nullptr);
    const bool reached = asked >= point;
    EXPECT_EQ(status.ok(), !reached) << status.message();
    if (reached) {
      EXPECT_CODE(status, CANCELLED);
    }
    CheckAndGoBack();
    if (!reached || HasFailure()) break;
  }
  EXPECT_GT(point, 5) << "the scenario is too short to mean anything";
}

}  // namespace
}  // namespace archivolt
