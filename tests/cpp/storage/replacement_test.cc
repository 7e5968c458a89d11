// The content of one database in the place of another's: whole, or not at all.
#include "storage/replacement.h"

#include "storage/fault_vfs.h"
#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

constexpr int kNewRows = 120;

class ReplacementTest : public StorageTest {
 protected:
  void TearDown() override {
    SetFaultPlan({});
    StorageTest::TearDown();
  }

  DatabaseOptions At(std::string_view name) const {
    DatabaseOptions options;
    options.path = Path(name);
    options.vfs = RegisterFaultVfs();
    return options;
  }

  // Old content in old.db, longer new content in new.db; both of one layout.
  void Make() {
    SetFaultPlan({});
    ASSERT_OK(
        OpenOptions(At("old.db"))
            ->Execute("CREATE TABLE t (a, b); CREATE INDEX i ON t (b); WITH RECURSIVE r(n) AS "
                      "(SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 30) INSERT INTO t "
                      "SELECT 'old', printf('%0900d', n) FROM r"));
    ASSERT_OK(
        OpenOptions(At("new.db"))
            ->Execute("CREATE TABLE t (a, b); CREATE INDEX i ON t (b); CREATE TABLE more (x); "
                      "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n "
                      "< 120) INSERT INTO t SELECT 'new', printf('%0900d', n) FROM r"));
  }

  static Status Replace(Database& into, Database& from, int pages) {
    AV_ASSIGN_OR_RETURN(const auto replacement, Replacement::Begin(into, from));
    for (bool done = false; !done;) {
      AV_ASSIGN_OR_RETURN(done, replacement->Step(pages));
      EXPECT_LE(replacement->done(), replacement->total());
    }
    EXPECT_EQ(replacement->done(), replacement->total());
    return Status::Ok();
  }

  /// "old" or "new", whole; anything else is a mix.
  static std::string Content(Database& database) {
    EXPECT_OK(database.CheckIntegrity(false));
    const int64_t old_rows = Ask(database, "SELECT count(*) FROM t WHERE a = 'old'");
    const int64_t new_rows = Ask(database, "SELECT count(*) FROM t WHERE a = 'new'");
    const int64_t tables = Ask(database, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
    if (old_rows == 30 && new_rows == 0 && tables == 1) return "old";
    if (old_rows == 0 && new_rows == kNewRows && tables == 2) return "new";
    return std::to_string(old_rows) + " old and " + std::to_string(new_rows) + " new rows in " +
           std::to_string(tables) + " tables";
  }

  void RunAll(FaultKind kind, bool for_ever, bool reads) {
    Make();
    const std::string old_file = ReadFile("old.db");
    const std::string new_file = ReadFile("new.db");
    int point = 1;
    int kept = 0;
    for (;; ++point) {
      SCOPED_TRACE("operation " + std::to_string(point));
      std::filesystem::remove(Path("old.db-wal"));
      std::filesystem::remove(Path("new.db-wal"));
      WriteFile("old.db", old_file);
      WriteFile("new.db", new_file);
      auto into = OpenOptions(At("old.db"));
      auto from = OpenOptions(At("new.db"));
      ASSERT_TRUE(into != nullptr && from != nullptr);
      ASSERT_OK(into->Execute("PRAGMA cache_size=6; PRAGMA wal_autocheckpoint=10"));
      SetFaultPlan({point, for_ever, kind, reads});
      const Status status = Replace(*into, *from, 7);
      const bool reached = FaultOperations() >= point;
      // What a kill at this moment leaves.
      for (const char* end : {"", "-wal"}) {
        std::filesystem::copy(Path("old.db" + std::string(end)), Path("copy.db" + std::string(end)),
                              std::filesystem::copy_options::overwrite_existing);
      }
      SetFaultPlan({});
      if (!status.ok()) {
        EXPECT_TRUE(status.code() == ErrorCode::IO_ERROR ||
                    status.code() == ErrorCode::QUOTA_EXCEEDED)
            << ErrorCodeName(status.code()) << ": " << status.message();
      }
      EXPECT_TRUE(status.ok() || reached);
      // A commit whose flush failed may be there; one that was acknowledged is.
      const std::string content = Content(*into);
      EXPECT_TRUE(content == "new" || (content == "old" && !status.ok())) << content;
      kept += content == "old" ? 1 : 0;
      EXPECT_OK(into->Execute("INSERT INTO t VALUES ('later', 'x')"));
      EXPECT_OK(into->Close());
      for (const char* name : {"old.db", "copy.db"}) {
        auto again = OpenFile(name);
        ASSERT_NE(again, nullptr);
        EXPECT_EQ(again->checksum_state(), ChecksumState::kVerified);
        const std::string found = Content(*again);
        EXPECT_TRUE(found == "new" || (found == "old" && !status.ok())) << name << ": " << found;
      }
      EXPECT_EQ(Content(*from), "new") << "what is copied is not changed";
      if (!reached || HasFailure()) break;
    }
    EXPECT_GT(point, 15) << "the scenario is too short to mean anything";
    EXPECT_GT(kept, 5);
  }
};

TEST_F(ReplacementTest, TakesTheContentInStepsOfAnySize) {
  for (const int pages : {1, 3, 1000, -1}) {
    for (const char* name : {"old.db", "new.db"}) std::filesystem::remove(Path(name));
    Make();
    auto into = OpenOptions(At("old.db"));
    auto from = OpenOptions(At("new.db"));
    auto query = into->Prepare("SELECT count(*) FROM t");
    ASSERT_TRUE(query.ok());
    ASSERT_OK(Replace(*into, *from, pages));
    EXPECT_EQ(Content(*into), "new");
    // A statement from before sees the new rows.
    ASSERT_TRUE(query->Step().ok());
    EXPECT_EQ(query->Int(0), kNewRows);
    query->Reset();
    EXPECT_OK(into->Execute("INSERT INTO more VALUES (1); DELETE FROM t WHERE a = 'new'"));
    into.reset();
    EXPECT_EQ(Ask(*OpenFile("old.db"), "SELECT x FROM more"), 1);
  }
}

TEST_F(ReplacementTest, GivenUpAnywhereLeavesWhatWas) {
  Make();
  for (int steps = 0; steps < 60; steps += 3) {
    auto into = OpenOptions(At("old.db"));
    auto from = OpenOptions(At("new.db"));
    {
      auto replacement = Replacement::Begin(*into, *from);
      ASSERT_TRUE(replacement.ok()) << replacement.status().message();
      bool done = false;
      for (int step = 0; step < steps && !done; ++step) {
        const auto stepped = (*replacement)->Step(1);
        ASSERT_TRUE(stepped.ok());
        done = *stepped;
      }
      if (done) break;
    }
    EXPECT_FALSE(into->in_transaction());
    EXPECT_EQ(Content(*into), "old") << steps;
    EXPECT_OK(into->Execute("UPDATE t SET b = b"));
    EXPECT_OK(into->Close());
    EXPECT_EQ(Content(*OpenOptions(At("old.db"))), "old") << steps;
  }
}

TEST_F(ReplacementTest, RefusesWhatCannotBeReplaced) {
  Make();
  auto into = OpenOptions(At("old.db"));
  auto from = OpenOptions(At("new.db"));
  {
    auto transaction = Transaction::Begin(*into);
    ASSERT_TRUE(transaction.ok());
    EXPECT_CODE(Replacement::Begin(*into, *from).status(), FAILED_PRECONDITION);
  }
  EXPECT_OK(from->Close());
  EXPECT_CODE(Replacement::Begin(*into, *from).status(), FAILED_PRECONDITION);
  EXPECT_OK(into->Close());
  DatabaseOptions reading = At("old.db");
  reading.read_only = true;
  into = OpenOptions(reading);
  from = OpenOptions(At("new.db"));
  EXPECT_CODE(Replacement::Begin(*into, *from).status(), FAILED_PRECONDITION);
  EXPECT_EQ(Content(*into), "old");
}

TEST_F(ReplacementTest, IoErrorOnce) { RunAll(FaultKind::kIoError, false, false); }
TEST_F(ReplacementTest, IoErrorForEver) { RunAll(FaultKind::kIoError, true, false); }
TEST_F(ReplacementTest, FullForEver) { RunAll(FaultKind::kFull, true, false); }
TEST_F(ReplacementTest, ShortWriteOnce) { RunAll(FaultKind::kShortWrite, false, false); }
TEST_F(ReplacementTest, ReadErrorOnce) { RunAll(FaultKind::kIoError, false, true); }

}  // namespace
}  // namespace archivolt
