#include "storage/open_file.h"

#include "sqlite3.h"
#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class OpenFileTest : public StorageTest {
 protected:
  Status OpenStatus(const DatabaseOptions& options) { return Database::Open(options).status(); }
  DatabaseOptions At(std::string_view name) const {
    DatabaseOptions options;
    options.path = Path(name);
    return options;
  }
  /// Runs SQL as another program would, with SQLite's defaults.
  void RunPlain(std::string_view name, const char* sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(Path(name).c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
  }
};

TEST_F(OpenFileTest, KeepsWhatWasCommitted) {
  {
    auto database = OpenFile("a.db");
    ASSERT_OK(database->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  }
  auto database = OpenFile("a.db");
  EXPECT_EQ(Ask(*database, "SELECT a FROM t"), 1);
}

TEST_F(OpenFileTest, RestsAsOnePlainFileThatOtherProgramsOpen) {
  {
    auto database = OpenFile("a.db");
    ASSERT_OK(database->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  }
  EXPECT_FALSE(std::filesystem::exists(Path("a.db-wal")));
  EXPECT_FALSE(std::filesystem::exists(Path("a.db-journal")));
  const std::string bytes = ReadFile("a.db");
  EXPECT_EQ(bytes[18], 1);
  EXPECT_EQ(bytes[19], 1);
  EXPECT_EQ(bytes[20], 8);
  EXPECT_LT(bytes.size(), 100000u) << "the space reserved for growth was not given back";
  EXPECT_EQ(bytes.substr(68, 4), "Avlt");
  RunPlain("a.db", "INSERT INTO t VALUES (2); PRAGMA integrity_check");
}

TEST_F(OpenFileTest, StaysInWalModeWhenAsked) {
  DatabaseOptions options = At("a.db");
  options.single_file_at_rest = false;
  ASSERT_OK(OpenOptions(options)->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  EXPECT_EQ(ReadFile("a.db")[18], 2);
  auto database = OpenOptions(options);
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  EXPECT_EQ(Ask(*database, "SELECT a FROM t"), 1);
}

TEST_F(OpenFileTest, MissingFiles) {
  DatabaseOptions options = At("none.db");
  options.create = false;
  EXPECT_CODE(OpenStatus(options), NOT_FOUND);
  options.create = true;
  options.read_only = true;
  EXPECT_CODE(OpenStatus(options), NOT_FOUND);
  EXPECT_FALSE(std::filesystem::exists(Path("none.db")));
  EXPECT_CODE(OpenStatus(At("no/such/folder.db")), IO_ERROR);
  options.path = "";
  EXPECT_CODE(OpenStatus(options), INVALID_ARGUMENT);
  options.path = std::string("a\0b", 3);
  EXPECT_CODE(OpenStatus(options), INVALID_ARGUMENT);
  options = At("a.db");
  options.vfs = "no such storage";
  EXPECT_CODE(OpenStatus(options), UNSUPPORTED);
}

TEST_F(OpenFileTest, OnlyOneHoldsTheFile) {
  auto first = OpenFile("a.db");
  EXPECT_CODE(OpenStatus(At("a.db")), BUSY);
  first.reset();
  EXPECT_OK(OpenStatus(At("a.db")));
}

TEST_F(OpenFileTest, ForeignApplicationIsRefusedUntouched) {
  RunPlain("a.db", "PRAGMA application_id=1234; CREATE TABLE t (a)");
  const std::string before = ReadFile("a.db");
  EXPECT_CODE(OpenStatus(At("a.db")), FAILED_PRECONDITION);
  EXPECT_EQ(ReadFile("a.db"), before);
  RunPlain("empty.db", "PRAGMA application_id=1234");
  EXPECT_OK(OpenStatus(At("empty.db")));
}

TEST_F(OpenFileTest, PlainSqliteFileOpensUncheckedAndKeepsItsLayout) {
  RunPlain("a.db", "PRAGMA page_size=1024; CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  auto database = OpenFile("a.db");
  EXPECT_EQ(database->checksum_state(), ChecksumState::kNone);
  ASSERT_OK(database->Execute("INSERT INTO t VALUES (2)"));
  EXPECT_EQ(Ask(*database, "SELECT sum(a) FROM t"), 3);
  EXPECT_EQ(Ask(*database, "PRAGMA page_size"), 1024);
}

TEST_F(OpenFileTest, GarbageIsCorruptionAndUntouched) {
  const std::string garbage(8192, 'x');
  WriteFile("a.db", garbage);
  EXPECT_CODE(OpenStatus(At("a.db")), CORRUPTION);
  EXPECT_EQ(ReadFile("a.db"), garbage);
}

TEST_F(OpenFileTest, EmptyFileBecomesADatabase) {
  WriteFile("a.db", "");
  auto database = OpenFile("a.db");
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  EXPECT_OK(database->Execute("CREATE TABLE t (a)"));
}

TEST_F(OpenFileTest, ReadOnlyWritesNothing) {
  ASSERT_OK(OpenFile("a.db")->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  const std::string before = ReadFile("a.db");
  DatabaseOptions options = At("a.db");
  options.read_only = true;
  {
    auto database = OpenOptions(options);
    EXPECT_TRUE(database->read_only());
    EXPECT_EQ(Ask(*database, "SELECT a FROM t"), 1);
    EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
    EXPECT_CODE(database->Execute("INSERT INTO t VALUES (2)"), FAILED_PRECONDITION);
    EXPECT_CODE(database->Execute("CREATE TABLE u (a)"), FAILED_PRECONDITION);
  }
  EXPECT_EQ(ReadFile("a.db"), before);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
}

TEST_F(OpenFileTest, ReadOnlySeesTheWalOfACrashAndLeavesItThere) {
  {
    auto database = OpenFile("live.db");
    ASSERT_OK(database->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
    // A copy taken while the database is open is what a crash leaves behind.
    std::filesystem::copy(Path("live.db"), Path("a.db"));
    std::filesystem::copy(Path("live.db-wal"), Path("a.db-wal"));
  }
  const std::string wal = ReadFile("a.db-wal");
  ASSERT_FALSE(wal.empty());
  DatabaseOptions options = At("a.db");
  options.read_only = true;
  {
    auto database = OpenOptions(options);
    EXPECT_EQ(Ask(*database, "SELECT a FROM t"), 1);
    EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  }
  EXPECT_EQ(ReadFile("a.db-wal"), wal);
  auto database = OpenFile("a.db");
  EXPECT_EQ(Ask(*database, "SELECT a FROM t"), 1);
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
}

TEST_F(OpenFileTest, ReadOnlyOpensAWalModeFileWithoutWal) {
  DatabaseOptions options = At("a.db");
  options.single_file_at_rest = false;
  ASSERT_OK(OpenOptions(options)->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  std::filesystem::remove(Path("a.db-wal"));
  options.read_only = true;
  auto database = OpenOptions(options);
  EXPECT_EQ(Ask(*database, "SELECT a FROM t"), 1);
  EXPECT_FALSE(std::filesystem::exists(Path("a.db-wal")));
}

}  // namespace
}  // namespace archivolt
