// An import whose storage fails at every operation in turn: all of it is there or nothing, in the
// rows as in what follows them, and the file is sound.
#include <filesystem>

#include "import_fixture.h"
#include "storage/fault_vfs.h"

namespace archivolt {
namespace {

constexpr int kRows = 10;

class ImportFaultsTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    SetFaultPlan({});
    DatabaseOptions options;
    options.path = Path("f.db");
    options.vfs = RegisterFaultVfs();
    ASSERT_OK(side_.Open(options));
    ASSERT_OK(side_.database->Execute(
        "INSERT INTO conversations(id, origin) VALUES ('c', 'archi');"
        "INSERT INTO messages(id, origin, conversation_id, role, content) VALUES "
        "('m0', 'archi', 'c', 'user', 'was'), ('m1', 'archi', 'c', 'user', 'was')"));
    // Pages leave the cache while rows are written, and the log is long enough to be copied.
    ASSERT_OK(side_.database->Execute("PRAGMA cache_size=8; PRAGMA wal_autocheckpoint=20"));
    for (int i = 0; i < kRows; ++i) {
      rows_.push_back(Array{"m" + std::to_string(i), "archi", "c", "user",
                            "imported " + std::string(400, static_cast<char>('a' + i % 26)),
                            "2026-01-01T00:00:00Z"});
    }
  }
  void TearDown() override {
    SetFaultPlan({});
    StorageTest::TearDown();
  }

  Status Import() {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*side_.database));
    AV_ASSIGN_OR_RETURN(const Value report, WriteRows(*side_.import, "messages", kColumns, rows_));
    EXPECT_EQ(report.AsObject().Find("rejects")->AsArray().size(), 0U);
    EXPECT_EQ(*report.AsObject().Find("added"), Value(kRows - 2));
    AV_RETURN_IF_ERROR(side_.import->Finish("archi"));
    return transaction.Commit();
  }

  // What a kill at this moment would leave, as the next program finds it. A commit whose flush
  // failed may be there.
  void CheckTheFile(bool acknowledged) {
    for (const char* name : {"copy.db", "copy.db-wal"}) std::filesystem::remove(Path(name));
    std::filesystem::copy(Path("f.db"), Path("copy.db"));
    std::filesystem::copy(Path("f.db-wal"), Path("copy.db-wal"));
    auto copy = OpenFile("copy.db");
    ASSERT_NE(copy, nullptr);
    EXPECT_OK(copy->CheckIntegrity(false));
    EXPECT_OK(copy->Execute(kSound));
    const int64_t imported = Ask(*copy, kImported);
    EXPECT_TRUE(imported == kRows || (imported == 0 && !acknowledged)) << imported;
  }

  void RunAll(FaultKind kind, bool for_ever, bool reads = false) {
    Database& database = *side_.database;
    ASSERT_OK(FullTextIsSound(database));
    int point = 1;
    int undone = 0;
    for (;; ++point) {
      SCOPED_TRACE("operation " + std::to_string(point));
      SetFaultPlan({point, for_ever, kind, reads});
      const Status status = Import();
      const bool reached = FaultOperations() >= point;
      SetFaultPlan({});
      EXPECT_FALSE(database.in_transaction());
      EXPECT_TRUE(side_.audit.records());
      if (!status.ok()) {
        EXPECT_TRUE(status.code() == ErrorCode::IO_ERROR ||
                    status.code() == ErrorCode::QUOTA_EXCEEDED)
            << ErrorCodeName(status.code()) << ": " << status.message();
      }
      const int64_t imported = Ask(database, kImported);
      EXPECT_TRUE(imported == kRows || (imported == 0 && !status.ok())) << imported;
      const bool all = imported == kRows;
      EXPECT_EQ(Ask(database, "SELECT count(*) FROM messages"), all ? kRows : 2);
      EXPECT_EQ(Ask(database, "SELECT count(*) FROM embedding_queue"), all ? kRows : 2);
      EXPECT_EQ(Ask(database, kFound), imported);
      EXPECT_EQ(Ask(database, "SELECT last_message_at IS NULL FROM conversations"), all ? 0 : 1);
      EXPECT_OK(database.Execute(kSound));
      CheckTheFile(status.ok());
      if (!reached || HasFailure()) break;
      if (all) {
        ASSERT_OK(database.Execute(kBack));
      } else {
        ++undone;
      }
    }
    EXPECT_GT(point, 20) << "the scenario is too short to mean anything";
    EXPECT_GT(undone, 10) << "hardly any fault came before the commit";
  }

  static constexpr const char* kImported =
      "SELECT count(*) FROM messages WHERE content LIKE 'imported%'";
  static constexpr const char* kFound =
      "SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'imported'";
  static constexpr const char* kSound =
      "INSERT INTO messages_fts(messages_fts, rank) VALUES ('integrity-check', 1)";
  static constexpr const char* kBack =
      "DELETE FROM messages WHERE id NOT IN ('m0', 'm1'); UPDATE messages SET content = 'was', "
      "created_at = NULL; UPDATE conversations SET last_message_at = NULL; PRAGMA "
      "wal_checkpoint(PASSIVE)";
  const Array kColumns{"id", "origin", "conversation_id", "role", "content", "created_at"};

  ImportSide side_;
  Array rows_;
};

TEST_F(ImportFaultsTest, IoErrorOnce) { RunAll(FaultKind::kIoError, false); }
TEST_F(ImportFaultsTest, FullForEver) { RunAll(FaultKind::kFull, true); }
TEST_F(ImportFaultsTest, ReadErrorOnce) { RunAll(FaultKind::kIoError, false, true); }

}  // namespace
}  // namespace archivolt
