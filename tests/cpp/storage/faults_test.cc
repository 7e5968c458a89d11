// Every write, truncation, deletion and flush of a short life fails once, or from there on for
// ever: what was acknowledged stays, nothing is half there, and the file opens again with sound
// checksums.
#include "storage/fault_vfs.h"
#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int kCommits = 3;
constexpr int kRowsPerCommit = 5;

class FaultsTest : public StorageTest {
 protected:
  DatabaseOptions Options() const {
    DatabaseOptions options;
    options.path = Path("f.db");
    options.vfs = RegisterFaultVfs();
    return options;
  }

  // Rows of one commit go to two tables and through a cache that spills.
  static Status CommitRows(Database& database, int commit) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    AV_ASSIGN_OR_RETURN(Statement insert, database.Prepare("INSERT INTO t VALUES (?1, ?2)"));
    for (int row = 0; row < kRowsPerCommit; ++row) {
      AV_RETURN_IF_ERROR(insert.BindAll(commit, std::string(5000, 'x')));
      AV_RETURN_IF_ERROR(insert.Run());
    }
    AV_RETURN_IF_ERROR(database.Execute("UPDATE t SET b = b || 'y'; UPDATE n SET v = v + 1"));
    return transaction.Commit();
  }

  // Returns the number of acknowledged commits.
  int Live() {
    auto opened = Database::Open(Options());
    if (!opened.ok()) {
      CheckCode(opened.status());
      return 0;
    }
    Database& database = **opened;
    int acknowledged = 0;
    (void)database.Execute("PRAGMA cache_size=4; PRAGMA wal_autocheckpoint=12").ok();
    for (int commit = 0; commit < kCommits; ++commit) {
      const Status status = CommitRows(database, commit);
      if (status.ok()) {
        ++acknowledged;
      } else {
        CheckCode(status);
        EXPECT_FALSE(database.in_transaction());
      }
    }
    (void)database.Close().ok();
    return acknowledged;
  }

  static void CheckCode(const Status& status) {
    EXPECT_TRUE(status.code() == ErrorCode::IO_ERROR || status.code() == ErrorCode::QUOTA_EXCEEDED)
        << ErrorCodeName(status.code()) << ": " << status.message();
  }

  void RunAll(FaultKind kind, bool for_ever) {
    SetFaultPlan({});
    ASSERT_OK(
        OpenOptions(Options())->Execute("CREATE TABLE t (a INTEGER, b TEXT); CREATE TABLE n (v "
                                        "INTEGER); INSERT INTO n VALUES (0)"));
    const std::string fresh = ReadFile("f.db");
    int point = 1;
    for (;; ++point) {
      SCOPED_TRACE("operation " + std::to_string(point));
      std::filesystem::remove(Path("f.db-wal"));
      std::filesystem::remove(Path("f.db-journal"));
      WriteFile("f.db", fresh);
      SetFaultPlan({point, for_ever, kind});
      const int acknowledged = Live();
      const bool reached = FaultOperations() >= point;
      SetFaultPlan({});
      auto database = OpenOptions(Options());
      ASSERT_NE(database, nullptr);
      const int64_t kept = Ask(*database, "SELECT v FROM n");
      // A commit whose flush failed may or may not be there; one that was acknowledged is.
      EXPECT_GE(kept, acknowledged);
      EXPECT_LE(kept, acknowledged + 1);
      EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t"), kept * kRowsPerCommit);
      EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
      EXPECT_OK(database->CheckIntegrity(false));
      if (!reached || HasFailure()) break;
    }
    RecordProperty("operations", point);
    EXPECT_GT(point, 40) << "the scenario is too short to mean anything";
  }
};

TEST_F(FaultsTest, IoErrorOnce) { RunAll(FaultKind::kIoError, false); }
TEST_F(FaultsTest, IoErrorForEver) { RunAll(FaultKind::kIoError, true); }
TEST_F(FaultsTest, FullOnce) { RunAll(FaultKind::kFull, false); }
TEST_F(FaultsTest, FullForEver) { RunAll(FaultKind::kFull, true); }
TEST_F(FaultsTest, ShortWriteOnce) { RunAll(FaultKind::kShortWrite, false); }
TEST_F(FaultsTest, ShortWriteForEver) { RunAll(FaultKind::kShortWrite, true); }

}  // namespace
}  // namespace archivolt
