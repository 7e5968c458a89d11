#include "storage/authorizer.h"

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class AuthorizerTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenMemory();
    ASSERT_OK(database_->Execute(
        "CREATE TABLE notes (pk INTEGER PRIMARY KEY, text TEXT);"
        "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY);"
        "CREATE VIRTUAL TABLE notes_fts USING fts5(text, content='notes', content_rowid='pk');"
        "CREATE TRIGGER notes_in AFTER INSERT ON notes BEGIN"
        "  INSERT INTO notes_fts (rowid, text) VALUES (new.pk, new.text); END;"
        "CREATE TRIGGER notes_out AFTER DELETE ON notes BEGIN"
        "  INSERT INTO notes_fts (notes_fts, rowid, text) VALUES ('delete', old.pk, old.text); END;"
        "INSERT INTO notes (text) VALUES ('storage engines'), ('garden')"));
  }
  Status Read(std::string_view sql) {
    auto statement = database_->PrepareReadOnly(sql);
    if (!statement.ok()) return statement.status();
    return statement->Run();
  }
  Status Write(std::string_view sql) {
    auto statement = database_->PrepareWrite(sql);
    if (!statement.ok()) return statement.status();
    return statement->Run();
  }
  std::unique_ptr<Database> database_;
};

TEST_F(AuthorizerTest, ReadingSqlMayReadAll) {
  for (const char* sql :
       {"SELECT * FROM notes", "select count(*) from notes;", "SELECT 1 -- and a comment",
        "SELECT 1; ; /* nothing */ ;", "VALUES (1), (2)", "SELECT name FROM sqlite_schema",
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n LIMIT 5) SELECT * FROM n",
        "SELECT rowid, bm25(notes_fts) FROM notes_fts WHERE notes_fts MATCH 'storage'",
        "SELECT snippet(notes_fts, 0, '[', ']', '', 5) FROM notes_fts('garden')",
        "PRAGMA table_info(notes)", "SELECT * FROM pragma_table_info('notes')",
        "SELECT * FROM pragma_index_list('notes')", "EXPLAIN QUERY PLAN SELECT * FROM notes"}) {
    SCOPED_TRACE(sql);
    EXPECT_OK(Read(sql));
  }
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM notes_fts('storage')"), 1);
}

TEST_F(AuthorizerTest, ReadingSqlMayDoNothingElse) {
  for (const char* sql : {"INSERT INTO notes (text) VALUES ('x')",
                          "DELETE FROM notes",
                          "UPDATE notes SET text = 'x'",
                          "WITH a AS (SELECT 1) DELETE FROM notes",
                          "INSERT INTO notes (text) VALUES ('x') RETURNING pk",
                          "CREATE TABLE x (a)",
                          "CREATE TEMP TABLE x (a)",
                          "DROP TABLE notes",
                          "ALTER TABLE notes ADD COLUMN x",
                          "CREATE VIEW v AS SELECT 1",
                          "ATTACH ':memory:' AS other",
                          "DETACH main",
                          "VACUUM",
                          "VACUUM INTO 'copy.db'",
                          "REINDEX",
                          "ANALYZE",
                          "BEGIN",
                          "COMMIT",
                          "SAVEPOINT s",
                          "PRAGMA user_version = 7",
                          "PRAGMA foreign_keys = OFF",
                          "PRAGMA user_version",
                          "PRAGMA journal_mode",
                          "PRAGMA writable_schema = ON",
                          "SELECT 1; SELECT 2",
                          "SELECT 1; DELETE FROM notes",
                          "EXPLAIN DELETE FROM notes",
                          "",
                          "  ",
                          "-- nothing",
                          ";",
                          "SELECT load_extension('x')",
                          "SELECT * FROM notes; garbage",
                          "SELEC 1"}) {
    SCOPED_TRACE(sql);
    EXPECT_CODE(Read(sql), INVALID_ARGUMENT);
  }
  EXPECT_CODE(Read(std::string_view("SELECT 1\0; DELETE FROM notes", 27)), INVALID_ARGUMENT);
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM notes"), 2);
}

TEST_F(AuthorizerTest, ReadingSqlCannotReachPragmasByTableFunctions) {
  // The pragma compiles when the statement runs, so that is where it is refused.
  EXPECT_CODE(Read("SELECT * FROM pragma_optimize(65534)"), INVALID_ARGUMENT);
  EXPECT_CODE(Read("SELECT * FROM pragma_integrity_check"), INVALID_ARGUMENT);
  EXPECT_CODE(Write("INSERT INTO notes (text) SELECT * FROM pragma_user_version"),
              INVALID_ARGUMENT);
}

TEST_F(AuthorizerTest, WritingSqlMayChangeRows) {
  EXPECT_OK(Write("INSERT INTO notes (text) VALUES ('new engines')"));
  EXPECT_OK(Write("UPDATE notes SET text = text || '!' WHERE pk = 2"));
  EXPECT_OK(Write("REPLACE INTO notes (pk, text) VALUES (9, 'nine')"));
  EXPECT_OK(Write("WITH a(i) AS (VALUES (9)) DELETE FROM notes WHERE pk IN (SELECT i FROM a)"));
  EXPECT_OK(Write("INSERT INTO notes (text) SELECT text FROM notes_fts('engines')"));
  EXPECT_OK(Write("INSERT INTO notes (text) VALUES ('returned') RETURNING pk;"));
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM notes_fts('engines')"), 4);
}

TEST_F(AuthorizerTest, WritingSqlMayDoNothingElse) {
  for (const char* sql : {"SELECT 1",
                          "CREATE TABLE x (a)",
                          "CREATE TABLE x AS SELECT * FROM notes",
                          "DROP TABLE notes",
                          "PRAGMA user_version = 7",
                          "ATTACH ':memory:' AS other",
                          "BEGIN",
                          "COMMIT",
                          "VACUUM",
                          "ANALYZE",
                          "REINDEX",
                          "DELETE FROM notes; DELETE FROM notes",
                          "DELETE FROM schema_migrations",
                          "INSERT INTO SCHEMA_MIGRATIONS VALUES (3)",
                          "DELETE FROM sqlite_schema",
                          "INSERT INTO notes_fts (notes_fts) VALUES ('delete-all')",
                          "DELETE FROM notes_fts_data",
                          "UPDATE notes_fts_config SET v = 1",
                          "EXPLAIN DELETE FROM notes",
                          "",
                          "CREATE TRIGGER t AFTER INSERT ON notes BEGIN SELECT 1; END"}) {
    SCOPED_TRACE(sql);
    EXPECT_CODE(Write(sql), INVALID_ARGUMENT);
  }
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM notes"), 2);
  EXPECT_EQ(Ask(*database_, "PRAGMA user_version"), 0);
}

TEST_F(AuthorizerTest, ATableThatBecomesVirtualLaterIsProtectedToo) {
  EXPECT_OK(Write("INSERT INTO notes (text) VALUES ('x')"));
  auto create = database_->Prepare("CREATE VIRTUAL TABLE late USING fts5(text)");
  ASSERT_TRUE(create.ok());
  EXPECT_OK(Write("INSERT INTO notes (text) VALUES ('x')"));
  ASSERT_OK(create->Run());
  EXPECT_CODE(Write("INSERT INTO late VALUES ('x')"), INVALID_ARGUMENT);
  EXPECT_CODE(Write("DELETE FROM late_data"), INVALID_ARGUMENT);
}

TEST_F(AuthorizerTest, TheSamePolicyHoldsForCachedStatements) {
  const std::string sql = "DELETE FROM notes WHERE pk = 99";
  {
    ASSERT_TRUE(database_->Prepare(sql).ok());
  }
  EXPECT_CODE(Read(sql), INVALID_ARGUMENT);
  EXPECT_OK(Write(sql));
  EXPECT_CODE(Read(sql), INVALID_ARGUMENT);
}

TEST_F(AuthorizerTest, CommitsMayMergeTheSegmentsOfFullText) {
  // FTS5 compiles the statements of its merge at the first commit that needs one.
  for (int i = 0; i < 40; ++i) {
    auto transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(transaction.ok());
    ASSERT_OK(Write("INSERT INTO notes (text) VALUES ('another note')"));
    ASSERT_OK(transaction->Commit());
  }
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM notes_fts WHERE notes_fts MATCH 'another'"), 40);
}

TEST_F(AuthorizerTest, NobodyAttachesFiles) {
  EXPECT_FALSE(database_->Execute("ATTACH ':memory:' AS other").ok());
}

}  // namespace
}  // namespace archivolt
