// A copy of the whole database, and its way back: checked before anything is touched, whole or not
// at all.
#include "maintenance/backup.h"

#include <functional>

#include "base/clock.h"
#include "schema/migrations.gen.h"
#include "storage/fault_vfs.h"
#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class BackupTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    SetFaultPlan({});
    Open();
    Run("INSERT INTO tags(id, name) VALUES ('a', 'saved')");
    const auto copied = backup_->Copy(Path("copy.db"));
    ASSERT_TRUE(copied.ok()) << copied.status().message();
    copy_ = ReadFile("copy.db");
    Run("UPDATE tags SET name = 'present'");
  }
  void TearDown() override {
    SetFaultPlan({});
    backup_.reset();
    database_.reset();
    StorageTest::TearDown();
  }

  void Open() {
    DatabaseOptions options;
    options.path = Path("w.db");
    options.vfs = RegisterFaultVfs();
    database_ = OpenOptions(options);
    ASSERT_NE(database_, nullptr);
    Migrator migrator(*database_, EmbeddedMigrations(), clock_);
    ASSERT_OK(migrator.Migrate(migrator.latest()).status());
    backup_ = std::make_unique<BackupService>(*database_, EmbeddedMigrations(), clock_, audit_);
  }
  void Run(std::string_view sql) { ASSERT_OK(database_->Execute(sql)); }

  /// Changes the copy as another program would.
  void Edit(const std::string& sql) {
    WriteFile("copy.db", copy_);
    EXPECT_EQ(RunAsAnotherProgram(Path("copy.db"), sql), "") << sql;
  }
  Status Check(bool own = false) {
    return backup_
        ->Check(Path("copy.db"), static_cast<int64_t>(std::filesystem::file_size(Path("copy.db"))),
                own)
        .status();
  }
  Status Restore() {
    AV_RETURN_IF_ERROR(backup_->Begin(Path("copy.db")));
    for (bool more = true; more;) {
      AV_ASSIGN_OR_RETURN(const Value step, backup_->Step(1));
      more = step.AsObject().Find("more")->AsBool();
    }
    backup_->End();
    return Status::Ok();
  }
  std::string Name() {
    const auto name = database_->QueryValue("SELECT group_concat(name, ',' ORDER BY id) FROM tags");
    return name.ok() && name->is_string() ? name->AsString() : "unreadable";
  }

  SystemClock clock_;
  AuditContext audit_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<BackupService> backup_;
  std::string copy_;
};

TEST_F(BackupTest, ACopyIsOfOneMomentAndGoesBackWhole) {
  EXPECT_OK(Check());
  EXPECT_FALSE(backup_->replaced());
  ASSERT_OK(Restore());
  EXPECT_TRUE(backup_->replaced());
  EXPECT_EQ(Name(), "saved");
  EXPECT_OK(database_->CheckIntegrity(false));
  const auto at = backup_->LastBackupAt();
  ASSERT_TRUE(at.ok());
  EXPECT_TRUE(at->is_string()) << "a copy says when it was made";
  Run("INSERT INTO tags(id, name) VALUES ('b', 'after')");
  backup_.reset();
  database_.reset();
  Open();
  EXPECT_EQ(Name(), "saved,after");
  EXPECT_EQ(database_->checksum_state(), ChecksumState::kVerified);
}

TEST_F(BackupTest, ACopyThatIsNotOfThisDatabaseIsNotItsOwn) {
  EXPECT_OK(Check(true));
  Run("INSERT INTO tags(id, name) VALUES ('b', 'more')");
  EXPECT_CODE(Check(true), CORRUPTION);
  EXPECT_OK(Check(false));
}

TEST_F(BackupTest, NothingIsOverwritten) {
  EXPECT_CODE(backup_->Copy(Path("copy.db")).status(), ALREADY_EXISTS);
  EXPECT_EQ(ReadFile("copy.db"), copy_);
  EXPECT_CODE(backup_->Copy("").status(), INVALID_ARGUMENT);
  EXPECT_CODE(backup_->Check(Path("none.db"), 0, false).status(), NOT_FOUND);
  EXPECT_CODE(backup_->Begin(Path("none.db")), NOT_FOUND);
  EXPECT_CODE(backup_->Step(10).status(), FAILED_PRECONDITION);
  backup_->End();
  backup_->End();
  EXPECT_EQ(Name(), "present");
  auto transaction = Transaction::Begin(*database_);
  ASSERT_TRUE(transaction.ok());
  EXPECT_CODE(backup_->Copy(Path("other.db")).status(), FAILED_PRECONDITION);
  EXPECT_CODE(backup_->Begin(Path("copy.db")), FAILED_PRECONDITION);
}

TEST_F(BackupTest, WhatIsNoBackupIsRefusedAndThePresentStays) {
  const struct {
    const char* sql;
    ErrorCode code;
  } kFiles[] = {
      {"PRAGMA application_id = 7", ErrorCode::INVALID_ARGUMENT},
      {"PRAGMA application_id = 0", ErrorCode::INVALID_ARGUMENT},
      {"PRAGMA user_version = 0", ErrorCode::INVALID_ARGUMENT},
      {"PRAGMA user_version = -1", ErrorCode::INVALID_ARGUMENT},
      {"PRAGMA user_version = 99", ErrorCode::SCHEMA_TOO_NEW},
      {"PRAGMA user_version = 1", ErrorCode::INVALID_ARGUMENT},
      {"UPDATE schema_migrations SET checksum = 'x'", ErrorCode::INVALID_ARGUMENT},
      {"DELETE FROM schema_migrations", ErrorCode::INVALID_ARGUMENT},
      {"CREATE TABLE extra (x)", ErrorCode::INVALID_ARGUMENT},
      {"CREATE TRIGGER t AFTER INSERT ON tags BEGIN DELETE FROM users; END",
       ErrorCode::INVALID_ARGUMENT},
      {"CREATE VIEW v AS SELECT 1", ErrorCode::INVALID_ARGUMENT},
      {"ALTER TABLE tags ADD COLUMN g TEXT AS (hex(zeroblob(9)))", ErrorCode::INVALID_ARGUMENT},
      {"DROP TABLE story_dependencies", ErrorCode::INVALID_ARGUMENT},
      {"PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, 'NEW.', 'OLD.') "
       "WHERE name = 'messages_fts_ai'",
       ErrorCode::INVALID_ARGUMENT},
      {"INSERT INTO tasks(id, story_id, title) VALUES ('t', 'nobody', 't')", ErrorCode::CORRUPTION},
      {"PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = 'tags'",
       ErrorCode::CORRUPTION},
  };
  for (const auto& [sql, code] : kFiles) {
    Edit(sql);
    const Status refused = Check();
    EXPECT_EQ(ErrorCodeName(refused.code()), ErrorCodeName(code))
        << sql << ": " << refused.message();
    EXPECT_EQ(Name(), "present");
  }
  // The control: an edit that changes nothing of it is taken.
  Edit("UPDATE tags SET name = 'edited'; ANALYZE");
  EXPECT_OK(Check());
  ASSERT_OK(Restore());
  EXPECT_EQ(Name(), "edited");
}

TEST_F(BackupTest, ACutOrChangedFileIsRefused) {
  for (const size_t length : {size_t{1}, size_t{15}, size_t{100}, size_t{4096}, size_t{8192},
                              copy_.size() / 2, copy_.size() - 8192, copy_.size() - 1}) {
    WriteFile("copy.db", std::string_view(copy_).substr(0, length));
    const Status refused = Check();
    EXPECT_TRUE(refused.code() == ErrorCode::CORRUPTION ||
                refused.code() == ErrorCode::INVALID_ARGUMENT)
        << length << ErrorCodeName(refused.code()) << refused.message();
  }
  uint32_t random = 7;
  for (size_t page = 0; page < copy_.size(); page += 16 * 8192) {
    random = random * 1664525 + 1013904223;
    std::string changed = copy_;
    changed[page + random % 8192] ^= 0x41;
    WriteFile("copy.db", changed);
    EXPECT_FALSE(Check().ok()) << page;
  }
  EXPECT_EQ(Name(), "present");
  WriteFile("copy.db", copy_);
  EXPECT_OK(Check());
}

TEST_F(BackupTest, GivenUpBeforeTheEndThePresentStays) {
  ASSERT_OK(backup_->Begin(Path("copy.db")));
  backup_->End();
  EXPECT_EQ(Name(), "present");
  // Long enough for several steps of at most 64 pages.
  Run("INSERT INTO documents(id, content) SELECT 'd' || value, hex(zeroblob(9000)) FROM "
      "json_each('[' || substr(replace(hex(zeroblob(300)), '0', ',1'), 2) || ']') WHERE 0 UNION "
      "ALL "
      "SELECT 'x', hex(zeroblob(1000000))");
  std::filesystem::remove(Path("copy.db"));
  ASSERT_TRUE(backup_->Copy(Path("copy.db")).ok());
  ASSERT_OK(backup_->Begin(Path("copy.db")));
  const auto step = backup_->Step(0);
  ASSERT_TRUE(step.ok());
  EXPECT_TRUE(step->AsObject().Find("more")->AsBool());
  EXPECT_GT(step->AsObject().Find("total")->AsInt(), step->AsObject().Find("done")->AsInt());
  backup_->End();
  EXPECT_FALSE(backup_->replaced());
  EXPECT_EQ(Name(), "present");
  Run("UPDATE tags SET name = 'still writable'");
  EXPECT_OK(database_->CheckIntegrity(false));
  ASSERT_OK(Restore());
  EXPECT_EQ(Name(), "present");
}

TEST_F(BackupTest, AFaultAtAnyOperationOfARestoreLeavesOneOfTheTwo) {
  int point = 1;
  int kept = 0;
  // Most operations are alike: one after the other at first, then in wider steps.
  for (;; point += point < 40 ? 1 : 7) {
    SCOPED_TRACE("operation " + std::to_string(point));
    WriteFile("copy.db", copy_);
    std::filesystem::remove(Path("copy.db-wal"));
    SetFaultPlan({point, false, FaultKind::kIoError});
    const Status status = Restore();
    backup_->End();
    const bool reached = FaultOperations() >= point;
    SetFaultPlan({});
    EXPECT_TRUE(status.ok() || status.code() == ErrorCode::IO_ERROR) << status.message();
    const std::string name = Name();
    EXPECT_TRUE(name == "saved" || (name == "present" && !status.ok())) << name;
    kept += name == "present" ? 1 : 0;
    EXPECT_OK(database_->CheckIntegrity(true));
    EXPECT_OK(database_->Execute("UPDATE tags SET name = 'present'"));
    if (!reached || HasFailure()) break;
  }
  EXPECT_GT(point, 40);
  EXPECT_GT(kept, 10);
}

TEST_F(BackupTest, AFullStorageMakesNoCopy) {
  for (const int point : {1, 2, 5, 20, 100}) {
    std::filesystem::remove(Path("other.db"));
    SetFaultPlan({point, true, FaultKind::kFull});
    EXPECT_CODE(backup_->Copy(Path("other.db")).status(), QUOTA_EXCEEDED);
    SetFaultPlan({});
    EXPECT_EQ(Name(), "present");
  }
  std::filesystem::remove(Path("other.db"));
  EXPECT_TRUE(backup_->Copy(Path("other.db")).ok());
}

}  // namespace
}  // namespace archivolt
