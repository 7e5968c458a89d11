// Allocations of SQLite fail once, or from there on for ever: OUT_OF_MEMORY, what was open is
// rolled back, and once there is memory the same connection goes on. Nothing is left allocated.
// ARCHIVOLT_ALL_FAULTS: every allocation, instead of the first ones and one in some later.
#include <array>
#include <cstdlib>

#include "sqlite3.h"
#include "storage/crash_vfs.h"
#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

sqlite3_mem_methods real;
int64_t allocations = 0;
int64_t outstanding = 0;
int64_t fail_at = 0;  // 0 = none.
bool for_ever = false;

bool Fails() {
  ++allocations;
  return fail_at != 0 && (for_ever ? allocations >= fail_at : allocations == fail_at);
}

void* Allocate(int size) {
  if (Fails()) return nullptr;
  void* made = real.xMalloc(size);
  outstanding += made != nullptr ? 1 : 0;
  return made;
}
void* Reallocate(void* old, int size) { return Fails() ? nullptr : real.xRealloc(old, size); }
void Free(void* old) {
  --outstanding;
  real.xFree(old);
}

// Before main, since SQLite takes them only while nobody has started it.
const bool installed = [] {
  if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real) != SQLITE_OK) return false;
  sqlite3_mem_methods counting = real;
  counting.xMalloc = Allocate;
  counting.xRealloc = Reallocate;
  counting.xFree = Free;
  return sqlite3_config(SQLITE_CONFIG_MALLOC, &counting) == SQLITE_OK;
}();

void FailAt(int64_t allocation, bool ever) {
  allocations = 0;
  fail_at = allocation;
  for_ever = ever;
}

class MemoryFaultsTest : public StorageTest {
 protected:
  void TearDown() override {
    FailAt(0, false);
    StorageTest::TearDown();
  }

  static Status CommitRows(Database& database) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
    AV_ASSIGN_OR_RETURN(Statement insert, database.Prepare("INSERT INTO t VALUES (?1, ?2)"));
    for (int row = 0; row < 4; ++row) {
      AV_RETURN_IF_ERROR(insert.BindAll(row, "words " + std::string(3000, 'x')));
      AV_RETURN_IF_ERROR(insert.Run());
    }
    AV_RETURN_IF_ERROR(database.Execute("UPDATE n SET v = v + 1; INSERT INTO f VALUES ('words')"));
    AV_RETURN_IF_ERROR(database.QueryValue("SELECT group_concat(b) FROM t ORDER BY 1").status());
    return transaction.Commit();
  }

  static void CheckStatus(const Status& status) {
    if (status.ok()) return;
    EXPECT_EQ(ErrorCodeName(status.code()), ErrorCodeName(ErrorCode::OUT_OF_MEMORY))
        << status.message();
  }

  // In memory, where nothing waits for a device.
  DatabaseOptions Options() const {
    DatabaseOptions options;
    options.path = "m.db";
    options.vfs = RegisterCrashVfs(true);
    options.key = key_;
    return options;
  }

  // Opens and commits with the failure, then goes on without.
  void LiveOnce(const Disk& fresh, int64_t allocation, bool ever) {
    SetDisk(fresh);
    FailAt(allocation, ever);
    Result<std::unique_ptr<Database>> opened = Database::Open(Options());
    if (!opened.ok()) {
      CheckStatus(opened.status());
      reached_ = true;
      FailAt(0, false);
      opened = Database::Open(Options());
      ASSERT_TRUE(opened.ok()) << opened.status().message();
    }
    std::unique_ptr<Database> database = std::move(*opened);
    int acknowledged = 0;
    for (int commit = 0; commit < 2; ++commit) {
      const Status status = CommitRows(*database);
      CheckStatus(status);
      EXPECT_FALSE(database->in_transaction());
      acknowledged += status.ok() ? 1 : 0;
    }
    reached_ = fail_at == 0 || allocations >= allocation;
    FailAt(0, false);
    EXPECT_EQ(Ask(*database, "SELECT v FROM n"), acknowledged);
    EXPECT_OK(CommitRows(*database));
    ++acknowledged;
    EXPECT_OK(database->Close());
    database = OpenOptions(Options());
    ASSERT_NE(database, nullptr);
    EXPECT_EQ(Ask(*database, "SELECT v FROM n"), acknowledged);
    EXPECT_EQ(Ask(*database, "SELECT count(*) FROM t"), 4 * acknowledged);
    EXPECT_OK(database->CheckIntegrity(false));
    EXPECT_EQ(database->checksum_state(), ChecksumState::kVerified);
  }

  void RunAll(bool ever) {
    ASSERT_TRUE(installed) << "SQLite has been started too early";
    SetDisk({});
    {
      auto database = OpenOptions(Options());
      ASSERT_OK(
          database->Execute("CREATE TABLE t (a INTEGER, b TEXT); CREATE INDEX i ON t (a);"
                            "CREATE TABLE n (v INTEGER); INSERT INTO n VALUES (0);"
                            "CREATE VIRTUAL TABLE f USING fts5(words)"));
    }
    const Disk fresh = CurrentDisk();
    LiveOnce(fresh, 0, false);
    const int64_t before = outstanding;
    const bool all = std::getenv("ARCHIVOLT_ALL_FAULTS") != nullptr;
    int runs = 0;
    int64_t allocation = 1;
    for (reached_ = true; reached_ && !HasFailure(); ++runs) {
      SCOPED_TRACE("allocation " + std::to_string(allocation));
      LiveOnce(fresh, allocation, ever);
      EXPECT_EQ(outstanding, before) << "something is left allocated";
      allocation += all || allocation < kFirst ? 1 : kStride;
    }
    std::printf("%d of %d allocations failed\n", runs, static_cast<int>(allocation));
    EXPECT_GT(allocation, kFirst + 100) << "the scenario is too short to mean anything";
  }

  // Opening comes first, where SQLite and the cipher set themselves up.
  static constexpr int64_t kFirst = 200;
  static constexpr int64_t kStride = 7;
  CipherKey key_;
  bool reached_ = false;
};

TEST_F(MemoryFaultsTest, Once) { RunAll(false); }
TEST_F(MemoryFaultsTest, ForEver) { RunAll(true); }
TEST_F(MemoryFaultsTest, OnceWithAKey) {
  key_ = *CipherKey::From(std::array<uint8_t, CipherKey::kBytes>{1, 2, 3});
  RunAll(false);
}

}  // namespace
}  // namespace archivolt
