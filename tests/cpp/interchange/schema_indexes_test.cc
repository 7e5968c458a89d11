// Indexes that an import sets aside: which, when, and that whatever ends it leaves a schema that
// becomes whole again.
#include "storage/schema_indexes.h"

#include <algorithm>
#include <filesystem>

#include "import_fixture.h"
#include "storage/fault_vfs.h"

namespace archivolt {
namespace {

const Array kColumns{"id", "origin", "conversation_id", "role", "content"};

Array Messages(int first, int count) {
  Array rows;
  for (int i = first; i < first + count; ++i) {
    rows.push_back(
        Array{"m" + std::to_string(i), "archi", "c", "user", "word" + std::to_string(i)});
  }
  return rows;
}

std::string Text(Database& database, std::string_view sql) {
  const Result<Value> value = database.QueryValue(sql);
  EXPECT_TRUE(value.ok()) << value.status().message();
  return value.ok() && value->is_string() ? value->AsString() : "";
}

// Every object with its text, in an order that making one again does not change.
std::string SchemaOf(Database& database) {
  return Text(database,
              "SELECT group_concat(type || ' ' || name || ' ' || tbl_name || coalesce(sql, ''), "
              "char(10)) FROM (SELECT * FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' "
              "ESCAPE '\\' ORDER BY type, name)");
}

std::string IndexesOf(Database& database, const std::string& table) {
  return Text(database,
              "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE "
              "type = 'index' AND tbl_name = '" +
                  table + "' AND sql LIKE 'CREATE INDEX%' ORDER BY name)");
}

class SchemaIndexesTest : public ImportTest {
 protected:
  void SetUp() override {
    ImportTest::SetUp();
    ASSERT_OK(side_.database->Execute(kConversation));
    whole_ = SchemaOf(*side_.database);
    indexes_ = IndexesOf(*side_.database, "messages");
    ASSERT_NE(indexes_.find("ix_messages_conversation"), std::string::npos);
  }
  std::string Left() { return IndexesOf(*side_.database, "messages"); }

  // How many indexes were made.
  int Restored() {
    int count = 0;
    for (auto more = side_.import->RestoreIndex(); more.ok() && *more;
         more = side_.import->RestoreIndex())
      ++count;
    return count;
  }

  static constexpr const char* kConversation =
      "INSERT INTO conversations(id, origin) VALUES ('c', 'archi')";
  std::string whole_;
  std::string indexes_;
};

TEST_F(SchemaIndexesTest, ManyRowsComeInWithoutThemAndTheyAreMadeAfterwards) {
  EXPECT_EQ(Written("messages", kColumns, Messages(0, 2500)), "2500/0/0/0");
  EXPECT_EQ(Left(), "");
  // What holds a constraint stays, and holds.
  EXPECT_EQ(Count("SELECT count(*) FROM pragma_index_list('messages') WHERE \"unique\""), 2);
  EXPECT_EQ(Written("messages", kColumns, Messages(2400, 200)), "100/0/100/0");
  EXPECT_EQ(Written("messages", {"id", "origin", "conversation_id", "role", "content", "origin_id"},
                    {Array{"x", "archi", "c", "user", "t", "1"},
                     Array{"y", "archi", "c", "user", "t", "1"}}),
            "1/0/0/1");
  // No answer depends on them.
  EXPECT_EQ(Count("SELECT count(*) FROM messages WHERE conversation_id = 'c'"), 2601);
  EXPECT_EQ(Count("SELECT count(*) FROM messages_fts WHERE messages_fts MATCH 'word2599'"), 1);
  EXPECT_EQ(Restored(), static_cast<int>(std::count(indexes_.begin(), indexes_.end(), ' ')) + 1);
  EXPECT_EQ(SchemaOf(*side_.database), whole_);
  EXPECT_OK(side_.database->CheckIntegrity(false));
  EXPECT_OK(FullTextIsSound(*side_.database));
  EXPECT_EQ(Restored(), 0);
}

TEST_F(SchemaIndexesTest, FewRowsLeaveThemAndSoDoRowsThatAreThereAlready) {
  EXPECT_EQ(Written("messages", kColumns, Messages(0, 1999)), "1999/0/0/0");
  EXPECT_EQ(Left(), indexes_);
  EXPECT_EQ(Restored(), 0);
  // Batches of one import count together.
  EXPECT_EQ(Written("messages", kColumns, Messages(2000, 1500)), "1500/0/0/0");
  EXPECT_EQ(Left(), indexes_);
  EXPECT_EQ(Written("messages", kColumns, Messages(4000, 600)), "600/0/0/0");
  EXPECT_EQ(Left(), "");
  EXPECT_GT(Restored(), 0);
  // More stands there than comes in.
  EXPECT_EQ(Written("messages", kColumns, Messages(10000, 5000)), "5000/0/0/0");
  EXPECT_GT(Restored(), 0);
  EXPECT_EQ(Written("messages", kColumns, Messages(20000, 2100)), "2100/0/0/0");
  EXPECT_EQ(Left(), indexes_);
  EXPECT_EQ(Written("messages", kColumns, Messages(0, 1999)), "0/0/1999/0");
  EXPECT_EQ(Left(), indexes_);
}

TEST_F(SchemaIndexesTest, ARollbackBringsThemBack) {
  {
    auto transaction = Transaction::Begin(*side_.database);
    ASSERT_TRUE(transaction.ok());
    ASSERT_OK(WriteRows(*side_.import, "messages", kColumns, Messages(0, 2500)).status());
    EXPECT_EQ(Left(), "");
    // Nothing is made inside of a transaction that goes on.
    EXPECT_EQ(Restored(), 0);
    ASSERT_OK(transaction->Rollback());
  }
  EXPECT_EQ(SchemaOf(*side_.database), whole_);
  EXPECT_EQ(Count("SELECT count(*) FROM messages"), 0);
  EXPECT_EQ(Restored(), 0);
  EXPECT_EQ(Written("messages", kColumns, Messages(0, 3)), "3/0/0/0");
}

TEST_F(SchemaIndexesTest, AQueryThatReadsIsNotDisturbed) {
  ASSERT_EQ(Written("messages", kColumns, Messages(0, 1999)), "1999/0/0/0");
  auto query = side_.database->Prepare("SELECT id FROM messages ORDER BY created_at");
  ASSERT_TRUE(query.ok() && *query->Step());
  EXPECT_EQ(Written("messages", kColumns, Messages(5000, 10)), "10/0/0/0");
  EXPECT_EQ(Left(), indexes_);
  query->Reset();
  EXPECT_EQ(Written("messages", kColumns, Messages(6000, 10)), "10/0/0/0");
  EXPECT_EQ(Left(), "");
}

TEST_F(SchemaIndexesTest, AMigrationFindsAllThatItNames) {
  SchemaIndexes& indexes = *side_.indexes;
  const Result<Value> tables = side_.database->QueryValue(
      "SELECT group_concat(DISTINCT tbl_name) FROM sqlite_schema WHERE sql LIKE 'CREATE INDEX%'");
  ASSERT_TRUE(tables.ok());
  std::string rest = tables->AsString() + ',';
  for (size_t at = rest.find(','); at != std::string::npos; at = rest.find(',')) {
    const Table* table = FindTable(rest.substr(0, at));
    if (table != nullptr && table->has_pk) ASSERT_OK(indexes.SetAside(table->name, INT64_MAX));
    rest.erase(0, at + 1);
  }
  ASSERT_EQ(Left(), "");
  ASSERT_OK(indexes.RestoreAll("messages"));
  EXPECT_EQ(Left(), indexes_);
  EXPECT_NE(SchemaOf(*side_.database), whole_);
  ASSERT_OK(indexes.RestoreAll());
  EXPECT_EQ(SchemaOf(*side_.database), whole_);
  ASSERT_OK(side_.guards->Remove());
  Migrator migrator(*side_.database, EmbeddedMigrations(), side_.clock);
  ASSERT_OK(migrator.Migrate(1).status());
  // Of an older schema only what it has.
  const std::string older = SchemaOf(*side_.database);
  ASSERT_OK(side_.database->Execute("DROP INDEX ix_messages_role"));
  SchemaIndexes of_older(*side_.database, EmbeddedMigrations());
  ASSERT_OK(of_older.RestoreAll());
  EXPECT_EQ(SchemaOf(*side_.database), older);
}

// Storage that fails at every operation in turn, while they are set aside, while rows come in and
// while they are made again: what the next program finds is whole once it has looked.
class SchemaIndexesFaultsTest : public StorageTest {
 protected:
  void TearDown() override {
    SetFaultPlan({});
    StorageTest::TearDown();
  }

  void RunAll(FaultKind kind, bool for_ever) {
    int point = 1;
    int failed = 0;
    // Every eleventh operation: all of them take a quarter of an hour with sanitizers.
    for (;; point += 11) {
      SCOPED_TRACE("operation " + std::to_string(point));
      for (const char* name : {"f.db", "f.db-wal", "f.db-journal"})
        std::filesystem::remove(Path(name));
      DatabaseOptions options;
      options.path = Path("f.db");
      options.vfs = RegisterFaultVfs();
      std::string whole;
      bool reached = false;
      int64_t acknowledged = 0;
      {
        ImportSide side;
        ASSERT_OK(side.Open(options));
        whole = SchemaOf(*side.database);
        ASSERT_OK(
            side.database->Execute("INSERT INTO conversations(id, origin) VALUES ('c', 'archi');"
                                   "PRAGMA cache_size=8; PRAGMA wal_autocheckpoint=20"));
        SetFaultPlan({point, for_ever, kind, false});
        if (Import(side).ok()) acknowledged = 20;
        reached = FaultOperations() >= point;
        SetFaultPlan({});
        EXPECT_FALSE(side.database->in_transaction());
      }
      ImportSide next;
      ASSERT_OK(next.Open(options));
      ASSERT_OK(next.indexes->RestoreAll());
      EXPECT_EQ(SchemaOf(*next.database), whole);
      EXPECT_OK(next.database->CheckIntegrity(false));
      EXPECT_OK(FullTextIsSound(*next.database));
      const int64_t found = Ask(*next.database, "SELECT count(*) FROM messages");
      EXPECT_TRUE(found == 20 || (found == 0 && acknowledged == 0)) << found;
      if (!reached || HasFailure()) break;
      ++failed;
    }
    EXPECT_GT(failed, 10) << "the scenario is too short to mean anything";
  }

  static Status Import(ImportSide& side) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*side.database));
    AV_RETURN_IF_ERROR(side.indexes->SetAside("messages", 100));
    AV_RETURN_IF_ERROR(WriteRows(*side.import, "messages", kColumns, Messages(0, 20)).status());
    AV_RETURN_IF_ERROR(transaction.Commit());
    // The rows are there, whatever becomes of the indexes.
    (void)side.indexes->RestoreAll().ok();
    return Status::Ok();
  }
};

TEST_F(SchemaIndexesFaultsTest, IoErrorOnce) { RunAll(FaultKind::kIoError, false); }
TEST_F(SchemaIndexesFaultsTest, FullForEver) { RunAll(FaultKind::kFull, true); }

}  // namespace
}  // namespace archivolt
