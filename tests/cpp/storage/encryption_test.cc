// Encrypted databases: what is in their files, what damage to them looks like, and changing the
// key.
#include <algorithm>
#include <array>

#include "sqlite3.h"
#include "storage/fault_vfs.h"
#include "storage/replacement.h"
#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

constexpr size_t kPage = 8192;
constexpr std::string_view kSecret = "the secret of the circuit breaker";

class EncryptionTest : public StorageTest {
 protected:
  static CipherKey Key(uint8_t seed) {
    std::array<uint8_t, CipherKey::kBytes> bytes{};
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(seed + 7 * i);
    auto key = CipherKey::From(bytes);
    EXPECT_OK(key.status());
    return *key;
  }
  DatabaseOptions At(std::string_view name, const CipherKey& key) const {
    DatabaseOptions options;
    options.path = Path(name);
    options.key = key;
    return options;
  }
  static void Fill(Database& database, int rows = 200) {
    ASSERT_OK(database.Execute("CREATE TABLE secrets (a, b); CREATE INDEX hidden ON secrets (b)"));
    ASSERT_OK(
        database.Execute("WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n "
                         "< " +
                         std::to_string(rows) + ") INSERT INTO secrets SELECT '" +
                         std::string(kSecret) + "', printf('%0900d', n) FROM r"));
  }
  /// No file of the folder holds any of it.
  void ExpectNothingReadable() const {
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      const std::string bytes = ReadFile(entry.path().filename().string());
      for (const std::string_view text :
           {kSecret, std::string_view("secrets"), std::string_view("hidden"),
            std::string_view("0000000"), std::string_view("SQLite format"),
            std::string_view("CREATE")}) {
        EXPECT_EQ(bytes.find(text), std::string::npos) << text << " in " << entry.path();
      }
    }
  }
  Status OpenAndReadAll(std::string_view name, const CipherKey& key) {
    AV_ASSIGN_OR_RETURN(const auto database, Database::Open(At(name, key)));
    AV_RETURN_IF_ERROR(database->CheckIntegrity(false));
    AV_ASSIGN_OR_RETURN(Statement rows, database->Prepare("SELECT a, b FROM secrets"));
    for (bool more = true; more;) {
      AV_ASSIGN_OR_RETURN(more, rows.Step());
    }
    return Status::Ok();
  }
};

// Made by SQLite3MultipleCiphers' own functions, before src/cipher took their place.
TEST_F(EncryptionTest, FilesOfBeforeOpenAndReadTheSame) {
  const std::filesystem::path kept =
      std::filesystem::path(ARCHIVOLT_SOURCE_DIR) / "tests/golden/encrypted/chacha20-pages.db";
  std::filesystem::copy_file(kept, Path("a.db"));
  auto database = OpenOptions(At("a.db", Key(5)));
  ASSERT_OK(database->CheckIntegrity(false));
  EXPECT_EQ(*database->QueryValue("SELECT group_concat(a || quote(b), ';') FROM secrets"),
            Value("kept1;since version 1X'00FF'"));
}

TEST_F(EncryptionTest, NothingIsReadableWhileOpenNorAtRest) {
  {
    auto database = OpenOptions(At("a.db", Key(1)));
    Fill(*database);
    EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
    EXPECT_GT(std::filesystem::file_size(Path("a.db-wal")), kPage);
    ExpectNothingReadable();
    ASSERT_OK(database->Checkpoint());
    ASSERT_OK(database->Execute("UPDATE secrets SET b = b || 'hidden' WHERE rowid % 3 = 0"));
    ExpectNothingReadable();
    ASSERT_OK(database->Vacuum());
    ASSERT_OK(database->VacuumInto(Path("copy.db")));
    ExpectNothingReadable();
  }
  ExpectNothingReadable();
  EXPECT_FALSE(std::filesystem::exists(Path("a.db-wal")));
  EXPECT_OK(OpenAndReadAll("a.db", Key(1)));
  EXPECT_OK(OpenAndReadAll("copy.db", Key(1)));
  auto database = OpenOptions(At("a.db", Key(1)));
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM secrets"), 200);
  EXPECT_EQ(Ask(*database, "PRAGMA page_size"), 8192);
}

TEST_F(EncryptionTest, AnotherKeyOrNoneReadsNothingAndChangesNothing) {
  Fill(*OpenOptions(At("a.db", Key(1))));
  const std::string before = ReadFile("a.db");
  EXPECT_CODE(Database::Open(At("a.db", Key(2))).status(), CORRUPTION);
  EXPECT_CODE(Database::Open(At("a.db", CipherKey())).status(), CORRUPTION);
  EXPECT_TRUE(ReadFile("a.db") == before);
  EXPECT_OK(OpenAndReadAll("a.db", Key(1)));
  Fill(*OpenFile("plain.db"));
  const std::string plain = ReadFile("plain.db");
  EXPECT_CODE(Database::Open(At("plain.db", Key(1))).status(), CORRUPTION);
  EXPECT_TRUE(ReadFile("plain.db") == plain);
}

TEST_F(EncryptionTest, KeysAreOfOneLengthAndForFilesAlone) {
  const std::array<uint8_t, 32> half{};
  EXPECT_CODE(CipherKey::From(half).status(), INVALID_ARGUMENT);
  EXPECT_FALSE(CipherKey::From({})->is_set());
}

TEST_F(EncryptionTest, OpensForReadingAlone) {
  Fill(*OpenOptions(At("a.db", Key(1))));
  DatabaseOptions options = At("a.db", Key(1));
  options.read_only = true;
  const std::string before = ReadFile("a.db");
  auto database = OpenOptions(options);
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM secrets"), 200);
  EXPECT_CODE(database->Execute("DELETE FROM secrets"), FAILED_PRECONDITION);
  database.reset();
  EXPECT_TRUE(ReadFile("a.db") == before);
}

TEST_F(EncryptionTest, AFlippedBitAnywhereIsFoundWithItsPage) {
  Fill(*OpenOptions(At("a.db", Key(1))));
  const std::string sound = ReadFile("a.db");
  ASSERT_GT(sound.size(), 20 * kPage);
  uint32_t random = 1;
  for (int round = 0; round < 90; ++round) {
    random = random * 1664525 + 1013904223;
    // The first bytes one by one: salt, page size and reserve are not encrypted.
    const size_t at = round < 40 ? static_cast<size_t>(round) : random % sound.size();
    std::string damaged = sound;
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << (random >> 29)));
    WriteFile("a.db", damaged);
    const Status status = OpenAndReadAll("a.db", Key(1));
    SCOPED_TRACE(at);
    EXPECT_CODE(status, CORRUPTION);
    // What the check of the whole finds by itself it says in words.
    if (DetailText(status, "finding").empty()) {
      EXPECT_EQ(DetailNumber(status, "page"), static_cast<int64_t>(at / kPage) + 1);
    }
  }
  WriteFile("a.db", sound);
  EXPECT_OK(OpenAndReadAll("a.db", Key(1)));
}

TEST_F(EncryptionTest, WhatLiesOnOtherPagesIsReadAfterADamagedOne) {
  {
    auto database = OpenOptions(At("a.db", Key(1)));
    Fill(*database);
    ASSERT_OK(database->Execute("CREATE TABLE other (x); INSERT INTO other VALUES (5)"));
  }
  std::string damaged = ReadFile("a.db");
  damaged[10 * kPage + 100] ^= 1;
  WriteFile("a.db", damaged);
  auto database = OpenOptions(At("a.db", Key(1)));
  ASSERT_NE(database, nullptr);
  for (int i = 0; i < 3; ++i) {
    EXPECT_CODE(database->CheckIntegrity(false), CORRUPTION);
    EXPECT_EQ(Ask(*database, "SELECT x FROM other"), 5);
    EXPECT_OK(database->Execute("UPDATE other SET x = 5"));
  }
}

TEST_F(EncryptionTest, RecoversItsLogAfterACrash) {
  {
    auto database = OpenOptions(At("a.db", Key(1)));
    Fill(*database);
    ASSERT_OK(database->Checkpoint());
    ASSERT_OK(database->Execute("UPDATE secrets SET a = 'later'"));
    for (const char* end : {"", "-wal"}) {
      WriteFile(std::string("crashed.db") + end, ReadFile(std::string("a.db") + end));
    }
  }
  auto database = OpenOptions(At("crashed.db", Key(1)));
  ASSERT_NE(database, nullptr);
  EXPECT_EQ(Ask(*database, "SELECT count(*) FROM secrets WHERE a = 'later'"), 200);
  EXPECT_OK(database->CheckIntegrity(false));
}

TEST_F(EncryptionTest, CopiesChangeTheirKey) {
  Fill(*OpenFile("plain.db"));
  Fill(*OpenOptions(At("one.db", Key(1))));
  const CipherKey keys[] = {CipherKey(), Key(1), Key(2)};
  for (int from = 0; from < 2; ++from) {
    for (int to = 0; to < 3; ++to) {
      std::filesystem::remove(Path("copy.db"));
      auto source = OpenOptions(At(from == 0 ? "plain.db" : "one.db", keys[from]));
      ASSERT_OK(source->VacuumInto(Path("copy.db")));
      {
        auto copy = source->OpenBeside(Path("copy.db"), false, keys[from]);
        ASSERT_OK(copy.status());
        SCOPED_TRACE(from * 10 + to);
        ASSERT_OK((*copy)->ChangeKey(keys[to]));
        ASSERT_OK((*copy)->Close());
      }
      SCOPED_TRACE(from * 10 + to);
      EXPECT_OK(OpenAndReadAll("copy.db", keys[to]));
      auto copy = OpenOptions(At("copy.db", keys[to]));
      EXPECT_EQ(copy->checksum_state(), ChecksumState::kVerified) << from << to;
      EXPECT_EQ(Ask(*copy, "SELECT count(*) FROM secrets"), 200);
      copy.reset();
      const std::string bytes = ReadFile("copy.db");
      EXPECT_EQ(bytes.find(kSecret) == std::string::npos, to != 0);
      EXPECT_EQ(bytes.starts_with("SQLite format 3"), to == 0);
      for (int other = 0; other < 3; ++other) {
        if (other != to) {
          EXPECT_CODE(OpenAndReadAll("copy.db", keys[other]), CORRUPTION);
        }
      }
    }
  }
}

TEST_F(EncryptionTest, TakesOverTheContentOfAPlainFile) {
  Fill(*OpenFile("plain.db"), 321);
  auto into = OpenOptions(At("a.db", Key(1)));
  Fill(*into);
  auto from = into->OpenBeside(Path("plain.db"), false, CipherKey());
  ASSERT_OK(from.status());
  ASSERT_OK((*from)->TakeLayoutOf(*into));
  ASSERT_OK((*from)->ChangeKey(into->key()));
  {
    auto replacement = Replacement::Begin(*into, **from);
    ASSERT_OK(replacement.status());
    for (bool done = false; !done;) {
      const auto step = (*replacement)->Step(64);
      ASSERT_OK(step.status());
      done = *step;
    }
  }
  EXPECT_EQ(Ask(*into, "SELECT count(*) FROM secrets"), 321);
  EXPECT_OK(into->CheckIntegrity(false));
  into.reset();
  EXPECT_OK(OpenAndReadAll("a.db", Key(1)));
  ASSERT_OK((*from)->Close());
  ExpectNothingReadable();
}

TEST_F(EncryptionTest, EveryReadAndWriteMayFail) {
  DatabaseOptions options = At("a.db", Key(1));
  options.vfs = RegisterFaultVfs();
  Fill(*OpenOptions(options));
  SetFaultPlan({});
  const std::string sound = ReadFile("a.db");
  int failures = 0;
  for (int at = 1; at < 400; at += 3) {
    WriteFile("a.db", sound);
    std::filesystem::remove(Path("a.db-wal"));
    FaultPlan plan;
    plan.fail_at = at;
    plan.reads = true;
    SetFaultPlan(plan);
    {
      auto database = Database::Open(options);
      Status status = database.status();
      if (status.ok()) status = (*database)->Execute("UPDATE secrets SET a = 'new'");
      if (status.ok()) status = (*database)->Close();
      if (!status.ok()) ++failures;
    }
    SetFaultPlan({});
    auto again = Database::Open(options);
    SCOPED_TRACE(at);
    ASSERT_OK(again.status());
    const int64_t changed = Ask(**again, "SELECT count(*) FROM secrets WHERE a = 'new'");
    EXPECT_TRUE(changed == 0 || changed == 200) << changed << " at " << at;
    EXPECT_OK((*again)->CheckIntegrity(false));
  }
  EXPECT_GT(failures, 10);
}

}  // namespace
}  // namespace archivolt
