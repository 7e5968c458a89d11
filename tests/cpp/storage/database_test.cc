#include "storage/database.h"

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class DatabaseTest : public StorageTest {};

TEST_F(DatabaseTest, ConnectionsHaveTheSettingsAllRelyOn) {
  for (const bool memory : {true, false}) {
    auto database = memory ? OpenMemory() : OpenFile("s.db");
    EXPECT_EQ(Ask(*database, "PRAGMA foreign_keys"), 1);
    EXPECT_EQ(Ask(*database, "PRAGMA trusted_schema"), 0);
    EXPECT_EQ(Ask(*database, "PRAGMA recursive_triggers"), 1);
    EXPECT_EQ(Ask(*database, "PRAGMA cell_size_check"), 1);
    EXPECT_EQ(Ask(*database, "PRAGMA secure_delete"), 1);
    EXPECT_EQ(Ask(*database, "PRAGMA temp_store"), 2);
    EXPECT_EQ(Ask(*database, "PRAGMA auto_vacuum"), 2);
    EXPECT_EQ(Ask(*database, "PRAGMA cache_size"), -16384);
    EXPECT_EQ(Ask(*database, "PRAGMA application_id"), kApplicationId);
    EXPECT_FALSE(database->Prepare("SELECT \"a text\"").ok());
    EXPECT_FALSE(database->Execute("PRAGMA writable_schema=ON; DELETE FROM sqlite_schema").ok());
    if (memory) continue;
    EXPECT_EQ(database->QueryValue("PRAGMA journal_mode")->AsString(), "wal");
    EXPECT_EQ(database->QueryValue("PRAGMA locking_mode")->AsString(), "exclusive");
    EXPECT_EQ(Ask(*database, "PRAGMA synchronous"), 2);
  }
  DatabaseOptions relaxed;
  relaxed.path = Path("r.db");
  relaxed.full_sync = false;
  EXPECT_EQ(Ask(*OpenOptions(relaxed), "PRAGMA synchronous"), 1);
}

TEST_F(DatabaseTest, CountsChanges) {
  auto database = OpenMemory();
  ASSERT_OK(database->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2), (3)"));
  EXPECT_EQ(database->changes(), 3);
  EXPECT_EQ(database->last_insert_rowid(), 3);
  EXPECT_EQ(database->total_changes(), 3);
}

TEST_F(DatabaseTest, ExecuteStopsAtTheFirstError) {
  auto database = OpenMemory();
  EXPECT_CODE(database->Execute("CREATE TABLE t (a); ; -- text\n INSERT INTO t VALUES (1);"
                                "INSERT INTO x VALUES (1); INSERT INTO t VALUES (2)"),
              INVALID_ARGUMENT);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t"), 1);
  EXPECT_OK(database->Execute(""));
  EXPECT_OK(database->Execute("  -- nothing"));
  EXPECT_CODE(database->Execute(std::string_view("SELECT 1;\0", 10)), INVALID_ARGUMENT);
}

TEST_F(DatabaseTest, ClosedDatabaseRefusesEverything) {
  auto database = OpenFile("c.db");
  ASSERT_OK(database->Close());
  EXPECT_OK(database->Close());
  EXPECT_FALSE(database->is_open());
  EXPECT_CODE(database->Execute("SELECT 1"), FAILED_PRECONDITION);
  EXPECT_CODE(database->Prepare("SELECT 1").status(), FAILED_PRECONDITION);
  EXPECT_CODE(database->PrepareWrite("DELETE FROM t").status(), FAILED_PRECONDITION);
  EXPECT_CODE(database->Checkpoint(), FAILED_PRECONDITION);
  EXPECT_CODE(database->Vacuum(), FAILED_PRECONDITION);
  EXPECT_CODE(database->CheckIntegrity(true), FAILED_PRECONDITION);
  database->Interrupt();
  database->SetInterruptCheck([] { return true; });
  database->SetCommitListener([](std::span<const TableChanges>) {});
  EXPECT_EQ(database->changes() + database->total_changes() + database->last_insert_rowid(), 0);
  EXPECT_FALSE(database->in_transaction());
  EXPECT_EQ(database->checksum_state(), ChecksumState::kNone);
}

TEST_F(DatabaseTest, InterruptCheckEndsALongRead) {
  auto database = OpenMemory();
  int calls = 0;
  database->SetInterruptCheck([&] { return ++calls == 5; });
  const auto value = database->QueryValue(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n");
  EXPECT_CODE(value.status(), CANCELLED);
  EXPECT_EQ(calls, 5);
  EXPECT_EQ(Ask(*database, "SELECT 7"), 7);
}

TEST_F(DatabaseTest, InterruptFromInsideTheCheck) {
  auto database = OpenMemory();
  database->SetInterruptCheck([&] {
    database->Interrupt();
    return false;
  });
  EXPECT_CODE(database->Execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
                                "SELECT sum(i) FROM n"),
              CANCELLED);
}

TEST_F(DatabaseTest, VacuumIntoMakesASealedCopyThatOpens) {
  auto database = OpenFile("v.db");
  ASSERT_OK(database->Execute(
      "PRAGMA cache_size=10; PRAGMA user_version=5; CREATE TABLE t (a);"
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000)"
      " SELECT randomblob(900) FROM n"));
  ASSERT_OK(database->VacuumInto(Path("copy.db")));
  EXPECT_CODE(database->VacuumInto(Path("copy.db")), ALREADY_EXISTS);
  EXPECT_FALSE(database->Execute("ATTACH ':memory:' AS other").ok());
  auto copy = OpenFile("copy.db");
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->checksum_state(), ChecksumState::kVerified);
  EXPECT_OK(copy->CheckIntegrity(false));
  EXPECT_EQ(Ask(*copy, "SELECT count(*) FROM t"), 3000);
  EXPECT_EQ(Ask(*copy, "PRAGMA user_version"), 5);
}

TEST_F(DatabaseTest, GivesFreePagesBack) {
  auto database = OpenFile("f.db");
  ASSERT_OK(database->Execute(
      "CREATE TABLE t (a);"
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000)"
      " SELECT randomblob(3000) FROM n; DELETE FROM t"));
  const int64_t before = Ask(*database, "PRAGMA page_count");
  ASSERT_OK(database->ReleaseFreePages(100));
  EXPECT_EQ(Ask(*database, "PRAGMA page_count"), before - 100);
  ASSERT_OK(database->ReleaseFreePages(0));
  EXPECT_EQ(Ask(*database, "PRAGMA freelist_count"), 0);
  ASSERT_OK(database->Vacuum());
  EXPECT_OK(database->CheckIntegrity(false));
}

}  // namespace
}  // namespace archivolt
