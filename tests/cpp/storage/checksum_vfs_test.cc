#include "storage/checksum_vfs.h"

#include <algorithm>
#include <string>

#include "sqlite3.h"
#include "storage/page_checksum.h"
#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr char kFill[] =
    "CREATE TABLE t (k INTEGER PRIMARY KEY, a);"
    "INSERT INTO t (a) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 300)"
    " SELECT 'payload ' || i || ' ' || hex(zeroblob(200)) FROM n;";

class ChecksumVfsTest : public StorageTest {
 protected:
  void MakeFile(std::string_view name) {
    auto database = OpenFile(name);
    ASSERT_OK(database->Execute(kFill));
  }
  /// Runs SQL as another program would, with SQLite's defaults and no checksum layer.
  void RunPlain(std::string_view name, const char* sql) {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(Path(name).c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
  }
  /// What a crash leaves: copies of the files of a database that is open.
  void CopyLive(std::string_view from, const std::string& to) {
    using std::filesystem::copy_options;
    std::filesystem::copy(Path(from), Path(to), copy_options::overwrite_existing);
    std::filesystem::copy(Path(std::string(from) + "-wal"), Path(to + "-wal"),
                          copy_options::overwrite_existing);
  }
  size_t PageSize(const std::string& bytes) const {
    return static_cast<size_t>(static_cast<uint8_t>(bytes[16]) << 8 |
                               static_cast<uint8_t>(bytes[17]));
  }
  /// Numbers of the pages whose last 8 bytes are not the checksum of the rest.
  std::vector<size_t> UnsealedPages(std::string_view name) const {
    const std::string bytes = ReadFile(name);
    const size_t size = PageSize(bytes);
    std::vector<size_t> pages;
    for (size_t at = 0; at + size <= bytes.size(); at += size) {
      const auto* page = reinterpret_cast<const uint8_t*>(bytes.data() + at);
      if (!PageIsIntact({page, size})) pages.push_back(at / size + 1);
    }
    return pages;
  }
  void Flip(std::string_view name, size_t at) {
    std::string bytes = ReadFile(name);
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x20);
    WriteFile(name, bytes);
  }
};

TEST_F(ChecksumVfsTest, EveryPageOfTheFileIsSealed) {
  MakeFile("a.db");
  EXPECT_TRUE(UnsealedPages("a.db").empty());
  auto database = OpenFile("a.db");
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t"), 300);
}

TEST_F(ChecksumVfsTest, OneFlippedByteOfARowIsCorruptionThatNamesThePage) {
  MakeFile("a.db");
  const size_t at = ReadFile("a.db").find("payload 150 ");
  ASSERT_NE(at, std::string::npos);
  const size_t page = at / PageSize(ReadFile("a.db")) + 1;
  Flip("a.db", at);
  auto database = OpenFile("a.db");
  const auto sum = database->QueryValue("SELECT sum(length(a)) FROM t");
  EXPECT_CODE(sum.status(), CORRUPTION);
  EXPECT_EQ(DetailNumber(sum.status(), "page"), static_cast<int64_t>(page));
  EXPECT_EQ(Ask(*database, "SELECT k FROM t WHERE k = 1"), 1) << "other pages stay readable";
}

TEST_F(ChecksumVfsTest, EveryPageOfTheFileIsGuarded) {
  MakeFile("a.db");
  const std::string good = ReadFile("a.db");
  const size_t size = PageSize(good);
  for (size_t page = 1; page * size <= good.size(); ++page) {
    WriteFile("a.db", good);
    Flip("a.db", page * size - 100);
    DatabaseOptions options;
    options.path = Path("a.db");
    auto database = Database::Open(options);
    Status status = database.status();
    // integrity_check reads each page, also those that no row of t is on.
    if (status.ok()) status = (*database)->CheckIntegrity(false);
    EXPECT_CODE(status, CORRUPTION);
  }
}

// The first 100 bytes say how all others are read. Bytes 96 to 99 alone may turn a file into one of
// another program, whose content is the same.
TEST_F(ChecksumVfsTest, EveryBitOfTheHeaderIsGuarded) {
  MakeFile("a.db");
  const std::string good = ReadFile("a.db");
  for (size_t at = 0; at < 100; ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string bytes = good;
      bytes[at] = static_cast<char>(bytes[at] ^ 1 << bit);
      WriteFile("a.db", bytes);
      DatabaseOptions options;
      options.path = Path("a.db");
      options.read_only = true;
      auto database = Database::Open(options);
      Status status = database.status();
      if (status.ok()) status = (*database)->CheckIntegrity(false);
      if (at >= 96 && status.ok()) continue;
      SCOPED_TRACE("byte " + std::to_string(at) + ", bit " + std::to_string(bit));
      EXPECT_CODE(status, CORRUPTION);
    }
  }
}

TEST_F(ChecksumVfsTest, APageOfZerosIsDamageUnlessItIsFree) {
  auto database = OpenFile("a.db");
  ASSERT_OK(
      database->Execute("CREATE TABLE big (b); CREATE TABLE gone (b);"
                        "INSERT INTO big VALUES (zeroblob(1000000));"
                        "INSERT INTO gone VALUES (zeroblob(1000000)); DROP TABLE gone;"));
  const int64_t free_pages = Ask(*database, "PRAGMA freelist_count");
  database.reset();
  const std::string good = ReadFile("a.db");
  const size_t size = PageSize(good);
  int64_t unnoticed = 0;
  for (size_t page = 1; page < good.size() / size; ++page) {
    WriteFile("a.db", std::string(good).replace(page * size, size, size, '\0'));
    DatabaseOptions options;
    options.path = Path("a.db");
    options.read_only = true;
    auto damaged = Database::Open(options);
    ASSERT_OK(damaged.status());
    const Status read = (*damaged)->QueryValue("SELECT sum(length(hex(b))) FROM big").status();
    const Status status = read.ok() ? (*damaged)->CheckIntegrity(false) : read;
    if (!status.ok()) EXPECT_CODE(status, CORRUPTION);
    unnoticed += status.ok() ? 1 : 0;
  }
  EXPECT_GT(free_pages, 100);
  EXPECT_LE(unnoticed, free_pages);
}

// The last page of a long value of zero bytes, and the only page of a list of free pages.
TEST_F(ChecksumVfsTest, APageThatSqliteItselfWroteAsZerosIsNoDamage) {
  auto database = OpenFile("a.db");
  ASSERT_OK(
      database->Execute("CREATE TABLE big (b); INSERT INTO big VALUES (zeroblob(1000000));"
                        "CREATE TABLE gone (b); DROP TABLE gone;"));
  ASSERT_EQ(Ask(*database, "PRAGMA freelist_count"), 1);
  CopyLive("a.db", "b.db");
  database.reset();
  const std::string bytes = ReadFile("a.db");
  const size_t size = PageSize(bytes);
  const std::string zeros(size - 8, '\0');
  int64_t found = 0;
  for (size_t at = 0; at < bytes.size(); at += size)
    found += bytes.compare(at, size - 8, zeros) == 0;
  ASSERT_GE(found, 2) << "SQLite writes such pages in another way now";
  for (const std::string name : {"a.db", "b.db"}) {
    auto again = OpenFile(name);
    EXPECT_OK(again->CheckIntegrity(false));
    EXPECT_EQ(Ask(*again, "SELECT length(hex(b)) FROM big"), 2000000);
    EXPECT_EQ(Ask(*again, "PRAGMA freelist_count"), 1);
  }
}

TEST_F(ChecksumVfsTest, AFileThatWasCutInTheMiddleOfAPageIsDamaged) {
  auto database = OpenFile("a.db");
  ASSERT_OK(database->Execute("CREATE TABLE big (b); INSERT INTO big VALUES (zeroblob(1000000))"));
  database.reset();
  const std::string good = ReadFile("a.db");
  for (const size_t cut : {size_t{4}, size_t{5000}, PageSize(good) - 1}) {
    WriteFile("a.db", good.substr(0, good.size() - cut));
    DatabaseOptions options;
    options.path = Path("a.db");
    options.read_only = true;
    auto damaged = Database::Open(options);
    Status status = damaged.status();
    if (status.ok()) status = (*damaged)->QueryValue("SELECT hex(b) FROM big").status();
    EXPECT_CODE(status, CORRUPTION);
  }
}

TEST_F(ChecksumVfsTest, WithoutChecksumsNothingIsReserved) {
  DatabaseOptions options;
  options.path = Path("a.db");
  options.page_checksums = false;
  ASSERT_OK(OpenOptions(options)->Execute(kFill));
  EXPECT_EQ(ReadFile("a.db")[20], 0);
  EXPECT_EQ(OpenFile("a.db")->checksum_state(), ChecksumState::kNone);
}

TEST_F(ChecksumVfsTest, WalOfACrashIsSealedAndRecoveredByUs) {
  {
    auto database = OpenFile("live.db");
    ASSERT_OK(database->Execute(kFill));
    ASSERT_OK(database->Execute("UPDATE t SET a = 'new ' || a WHERE k % 3 = 0"));
    CopyLive("live.db", "a.db");
  }
  auto database = OpenFile("a.db");
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE a LIKE 'new %'"), 100);
  EXPECT_OK(database->CheckIntegrity(false));
  ASSERT_OK(database->Close());
  EXPECT_TRUE(UnsealedPages("a.db").empty());
}

TEST_F(ChecksumVfsTest, WalOfACrashIsRecoveredByAnyOtherSqliteWithSealedPages) {
  {
    auto database = OpenFile("live.db");
    ASSERT_OK(database->Execute(kFill));
    CopyLive("live.db", "a.db");
  }
  RunPlain("a.db", "SELECT count(*) FROM t; PRAGMA wal_checkpoint");
  EXPECT_FALSE(std::filesystem::exists(Path("a.db-wal")));
  EXPECT_TRUE(UnsealedPages("a.db").empty()) << "frames carried no page checksums";
  auto database = OpenFile("a.db");
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t"), 300);
}

TEST_F(ChecksumVfsTest, TransactionsLargerThanTheCacheRecoverWhole) {
  // A small cache spills pages into the WAL before the commit and overwrites their frames later;
  // SQLite then makes the frame checksums anew from what it reads back.
  {
    auto database = OpenFile("live.db");
    ASSERT_OK(database->Execute("PRAGMA cache_size=8; PRAGMA wal_autocheckpoint=0"));
    ASSERT_OK(database->Execute(kFill));
    for (int round = 0; round < 3; ++round) {
      auto transaction = Transaction::Begin(*database);
      for (int i = 0; i < 6; ++i) {
        ASSERT_OK(
            database->Execute("UPDATE t SET a = a || 'x' WHERE k % 7 = " + std::to_string(i)));
        ASSERT_OK(database->Execute("UPDATE t SET a = a || 'y'"));
        auto inner = Transaction::Begin(*database);
        ASSERT_OK(database->Execute("UPDATE t SET a = 'undone'; DELETE FROM t WHERE k < 200"));
        ASSERT_OK(inner->Rollback());
      }
      ASSERT_OK(transaction->Commit());
      EXPECT_OK(database->CheckIntegrity(false));
      CopyLive("live.db", "a" + std::to_string(round) + ".db");
    }
    auto rolled_back = Transaction::Begin(*database);
    ASSERT_OK(database->Execute("DELETE FROM t"));
  }
  for (int round = 0; round < 3; ++round) {
    const std::string name = "a" + std::to_string(round) + ".db";
    auto database = OpenFile(name);
    EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
    EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE a LIKE '%y'"), 300);
    EXPECT_EQ(Ask(*database, "SELECT length(a) - instr(a, 'y') FROM t WHERE k = 6") > 0, true);
    EXPECT_EQ(
        Ask(*database, "SELECT length(replace(replace(a, 'x', ''), 'y', '')) < length(a) FROM t"),
        1);
    EXPECT_OK(database->CheckIntegrity(false));
    ASSERT_OK(database->Close());
    EXPECT_TRUE(UnsealedPages(name).empty());
  }
  EXPECT_TRUE(UnsealedPages("live.db").empty());
}

TEST_F(ChecksumVfsTest, FlippedByteInTheWalIsCorruptionWhileTheFileIsOpen) {
  auto database = OpenFile("a.db");
  ASSERT_OK(database->Execute(kFill));
  const std::string wal = ReadFile("a.db-wal");
  const size_t at = wal.find("payload 150 ");
  ASSERT_NE(at, std::string::npos);
  {
    std::fstream file(Path("a.db-wal"), std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(at));
    file.put('Q');
  }
  ASSERT_OK(database->Execute("PRAGMA cache_size=0; PRAGMA shrink_memory"));
  const Status status = database->QueryValue("SELECT sum(length(a)) FROM t").status();
  EXPECT_CODE(status, CORRUPTION);
  EXPECT_GT(DetailNumber(status, "page"), 1);
}

TEST_F(ChecksumVfsTest, FileThatAnotherProgramWroteOpensAndIsSealedAgain) {
  MakeFile("a.db");
  RunPlain("a.db", "UPDATE t SET a = 'foreign' WHERE k > 250; CREATE TABLE other (b)");
  EXPECT_FALSE(UnsealedPages("a.db").empty());
  {
    auto database = OpenFile("a.db");
    EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
    EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE a = 'foreign'"), 50);
    EXPECT_OK(database->CheckIntegrity(false));
  }
  EXPECT_TRUE(UnsealedPages("a.db").empty());
  // A row in the middle: pages that the other program moved leave stale copies of others behind.
  Flip("a.db", ReadFile("a.db").find("payload 150 "));
  EXPECT_CODE(OpenFile("a.db")->QueryValue("SELECT sum(length(a)) FROM t").status(), CORRUPTION);
}

TEST_F(ChecksumVfsTest, ForeignWriterThatUsesWalIsNoticedToo) {
  MakeFile("a.db");
  RunPlain("a.db", "PRAGMA journal_mode=WAL; UPDATE t SET a = 'foreign' WHERE k > 250");
  // A second visit touches no header at all, since the file is in WAL mode now.
  RunPlain("a.db", "UPDATE t SET a = 'again' WHERE k = 1");
  auto database = OpenFile("a.db");
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE a IN ('foreign', 'again')"), 51);
}

TEST_F(ChecksumVfsTest, ForeignRecoveryOfOurCrashWithLaterWritesIsNoticed) {
  {
    auto database = OpenFile("live.db");
    ASSERT_OK(database->Execute(kFill));
    CopyLive("live.db", "a.db");
  }
  RunPlain("a.db", "UPDATE t SET a = 'foreign' WHERE k = 120");
  EXPECT_FALSE(UnsealedPages("a.db").empty());
  auto database = OpenFile("a.db");
  EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE a = 'foreign'"), 1);
  EXPECT_OK(database->CheckIntegrity(false));
}

TEST_F(ChecksumVfsTest, ForeignFileOpenForReadingIsReadUnchecked) {
  MakeFile("a.db");
  RunPlain("a.db", "UPDATE t SET a = 'foreign' WHERE k > 250");
  const std::string before = ReadFile("a.db");
  DatabaseOptions options;
  options.path = Path("a.db");
  options.read_only = true;
  {
    auto database = OpenOptions(options);
    EXPECT_EQ(database->checksum_state(), ChecksumState::kUnverified);
    EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE a = 'foreign'"), 50);
  }
  EXPECT_EQ(ReadFile("a.db"), before);
}

TEST_F(ChecksumVfsTest, UnsoundForeignFileStaysUncheckedAndSaysSo) {
  MakeFile("a.db");
  RunPlain("a.db", "UPDATE t SET a = 'foreign' WHERE k > 250");
  // Damage that SQLite itself sees: the header of a leaf page.
  std::string bytes = ReadFile("a.db");
  const size_t size = PageSize(bytes);
  const size_t leaf = bytes.find("payload 100 ") / size * size;
  bytes[leaf + 3] = 0x7f;
  WriteFile("a.db", bytes);
  {
    auto database = OpenFile("a.db");
    EXPECT_EQ(database->checksum_state(), ChecksumState::kUnverified);
    EXPECT_CODE(database->CheckIntegrity(true), CORRUPTION);
    EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t WHERE k = 300"), 1);
    ASSERT_OK(database->Execute("CREATE TABLE more (c)"));
  }
  // Still known as unchecked after we wrote to it ourselves.
  EXPECT_EQ(OpenFile("a.db")->checksum_state(), ChecksumState::kUnverified);
}

TEST_F(ChecksumVfsTest, RegistersOncePerBaseAndRefusesUnknownOnes) {
  const auto first = RegisterChecksumVfs("");
  const auto second = RegisterChecksumVfs("");
  EXPECT_EQ(*first, "archivolt-checksum");
  EXPECT_EQ(*second, *first);
  const std::string base = sqlite3_vfs_find(nullptr)->zName;
  EXPECT_EQ(*RegisterChecksumVfs(base), "archivolt-checksum-" + base);
  EXPECT_CODE(RegisterChecksumVfs("nowhere").status(), UNSUPPORTED);
  DatabaseOptions options;
  options.path = Path("a.db");
  options.vfs = base;
  EXPECT_EQ(OpenOptions(options)->checksum_state(), ChecksumState::kVerified);
}

TEST_F(ChecksumVfsTest, HeaderFieldStaysPlausibleForOtherPrograms) {
  MakeFile("a.db");
  const std::string bytes = ReadFile("a.db");
  const auto* header = reinterpret_cast<const uint8_t*>(bytes.data());
  const uint32_t writer = ReadBigEndian32(header + 96);
  EXPECT_EQ(writer / 1000, static_cast<uint32_t>(SQLITE_VERSION_NUMBER / 1000));
  EXPECT_GE(writer % 1000, 900u);
  EXPECT_EQ(ReadBigEndian32(header + 24), ReadBigEndian32(header + 92));
}

}  // namespace
}  // namespace archivolt
