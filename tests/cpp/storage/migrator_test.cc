#include "storage/migrator.h"

#include "storage/storage_fixture.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

class FixedClock final : public Clock {
 public:
  int64_t NowMicros() override { return 1769769000000000; }
};

constexpr Migration kOne = {
    1, "initial", "sum1",
    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum "
    "TEXT "
    "NOT NULL, applied_at INTEGER NOT NULL, down_sql TEXT) STRICT;"
    "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"
    "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users);"
    "INSERT INTO users VALUES (1, 'ann'); INSERT INTO notes VALUES (1, 1);",
    "DROP TABLE notes; DROP TABLE users; DROP TABLE schema_migrations;"};
// Makes the referenced table anew, which enforced foreign keys would not let it do.
constexpr Migration kTwo = {
    2, "users_email", "sum2",
    "CREATE TABLE users_new (id INTEGER PRIMARY KEY, name TEXT, email TEXT);"
    "INSERT INTO users_new SELECT id, name, NULL FROM users; DROP TABLE users;"
    "ALTER TABLE users_new RENAME TO users;",
    "ALTER TABLE users DROP COLUMN email;"};
constexpr Migration kThree = {3, "tags", "sum3", "CREATE TABLE tags (name TEXT);",
                              "DROP TABLE tags;"};

class MigratorTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenFile("m.db");
  }
  Result<std::vector<MigrationStep>> Migrate(std::span<const Migration> migrations, int to,
                                             bool dry_run = false) {
    Migrator migrator(*database_, migrations, clock_);
    return migrator.Migrate(to, dry_run);
  }
  int Version() { return static_cast<int>(Ask(*database_, "PRAGMA user_version")); }
  int64_t Tables() {
    return Ask(*database_, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'");
  }

  FixedClock clock_;
  std::unique_ptr<Database> database_;
  const std::vector<Migration> all_ = {kOne, kTwo, kThree};
};

TEST_F(MigratorTest, GoesUpAndRecordsEachStep) {
  Migrator migrator(*database_, all_, clock_);
  EXPECT_EQ(migrator.latest(), 3);
  const auto steps = migrator.Migrate(3);
  ASSERT_TRUE(steps.ok()) << steps.status().message();
  ASSERT_EQ(steps->size(), 3u);
  EXPECT_TRUE((*steps)[1].up);
  EXPECT_EQ((*steps)[1].name, "users_email");
  EXPECT_EQ(*migrator.Current(), 3);
  const auto list = migrator.List();
  ASSERT_EQ(list->size(), 3u);
  EXPECT_EQ((*list)[2].applied_at, 1769769000000000);
  EXPECT_EQ(Ask(*database_,
                "SELECT count(*) FROM schema_migrations WHERE down_sql <> '' AND checksum "
                "LIKE 'sum%'"),
            3);
  EXPECT_EQ(Ask(*database_, "PRAGMA foreign_keys"), 1);
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM users WHERE email IS NULL"), 1);
  EXPECT_TRUE(migrator.Migrate(3)->empty());
}

TEST_F(MigratorTest, GoesDownAndUpAgain) {
  ASSERT_TRUE(Migrate(all_, 3).ok());
  const auto steps = Migrate(all_, 1);
  ASSERT_TRUE(steps.ok()) << steps.status().message();
  ASSERT_EQ(steps->size(), 2u);
  EXPECT_EQ((*steps)[0].version, 3);
  EXPECT_FALSE((*steps)[0].up);
  EXPECT_EQ(Version(), 1);
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM schema_migrations"), 1);
  ASSERT_TRUE(Migrate(all_, 0).ok());
  EXPECT_EQ(Version(), 0);
  EXPECT_EQ(Tables(), 0);
  ASSERT_TRUE(Migrate(all_, 3).ok());
  EXPECT_EQ(Version(), 3);
}

TEST_F(MigratorTest, DownUsesTheTextStoredInTheFile) {
  ASSERT_TRUE(Migrate(all_, 3).ok());
  std::vector<Migration> edited = all_;
  edited[2].down_sql = "DROP TABLE nothing_of_the_kind;";
  ASSERT_TRUE(Migrate(edited, 2).ok());
  EXPECT_EQ(Version(), 2);
}

TEST_F(MigratorTest, DryRunTellsAndDoesNothing) {
  const auto steps = Migrate(all_, 2, true);
  ASSERT_TRUE(steps.ok());
  EXPECT_EQ(steps->size(), 2u);
  EXPECT_EQ(Version(), 0);
  EXPECT_EQ(Tables(), 0);
}

TEST_F(MigratorTest, AFailedStepUndoesTheOnesBefore) {
  std::vector<Migration> broken = all_;
  broken[2].up_sql = "CREATE TABLE tags (name TEXT); INSERT INTO nowhere VALUES (1);";
  const auto steps = Migrate(broken, 3);
  EXPECT_CODE(steps.status(), INVALID_ARGUMENT);
  EXPECT_EQ(DetailNumber(steps.status(), "version"), 3);
  EXPECT_EQ(Version(), 0);
  EXPECT_EQ(Tables(), 0);
  EXPECT_EQ(Ask(*database_, "PRAGMA foreign_keys"), 1);
  EXPECT_FALSE(database_->in_transaction());
  EXPECT_TRUE(Migrate(all_, 3).ok());
}

TEST_F(MigratorTest, StepThatBreaksAForeignKeyIsUndone) {
  ASSERT_TRUE(Migrate(all_, 1).ok());
  std::vector<Migration> broken = all_;
  broken[1].up_sql = "DELETE FROM users;";
  const auto steps = Migrate(broken, 2);
  EXPECT_CODE(steps.status(), CONSTRAINT);
  EXPECT_EQ(DetailText(steps.status(), "table"), "notes");
  EXPECT_EQ(Version(), 1);
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM users"), 1);
}

TEST_F(MigratorTest, NewerFileIsRefusedAndUntouched) {
  ASSERT_TRUE(Migrate(all_, 3).ok());
  ASSERT_OK(database_->Close());
  const std::string before = ReadFile("m.db");
  DatabaseOptions options;
  options.path = Path("m.db");
  options.read_only = true;
  database_ = OpenOptions(options);
  const auto steps = Migrate(std::span(all_).first(2), 2);
  EXPECT_CODE(steps.status(), SCHEMA_TOO_NEW);
  EXPECT_EQ(DetailNumber(steps.status(), "version"), 3);
  ASSERT_OK(database_->Close());
  EXPECT_EQ(ReadFile("m.db"), before);
}

TEST_F(MigratorTest, OtherChecksumsAndOtherFilesAreRefused) {
  ASSERT_TRUE(Migrate(all_, 2).ok());
  std::vector<Migration> other = all_;
  other[1].checksum = "another";
  EXPECT_CODE(Migrate(other, 3).status(), FAILED_PRECONDITION);
  ASSERT_OK(database_->Execute("DELETE FROM schema_migrations WHERE version = 1"));
  EXPECT_CODE(Migrate(all_, 3).status(), FAILED_PRECONDITION);
  ASSERT_OK(database_->Execute("DELETE FROM schema_migrations"));
  EXPECT_CODE(Migrate(all_, 3).status(), FAILED_PRECONDITION);
  ASSERT_OK(database_->Execute("DROP TABLE schema_migrations"));
  EXPECT_CODE(Migrate(all_, 3).status(), FAILED_PRECONDITION);
  EXPECT_EQ(Version(), 2);
}

TEST_F(MigratorTest, RefusesWrongCalls) {
  EXPECT_CODE(Migrate(all_, 4).status(), INVALID_ARGUMENT);
  EXPECT_CODE(Migrate(all_, -1).status(), INVALID_ARGUMENT);
  const std::vector<Migration> gap = {kOne, kThree};
  EXPECT_CODE(Migrate(gap, 3).status(), INTERNAL);
  {
    auto transaction = Transaction::Begin(*database_);
    EXPECT_CODE(Migrate(all_, 1).status(), FAILED_PRECONDITION);
  }
  ASSERT_TRUE(Migrate(all_, 1).ok());
  ASSERT_OK(database_->Close());
  EXPECT_CODE(Migrate(all_, 2).status(), FAILED_PRECONDITION);
  DatabaseOptions options;
  options.path = Path("m.db");
  options.read_only = true;
  database_ = OpenOptions(options);
  EXPECT_CODE(Migrate(all_, 2).status(), FAILED_PRECONDITION);
  EXPECT_TRUE(Migrate(all_, 1)->empty());
}

}  // namespace
}  // namespace archivolt
