// Files of SQLite that anybody may have made: read as data, never run, never written. And files
// that go out.
#include "interchange/other_file.h"

#include <filesystem>
#include <map>

#include "storage/fault_vfs.h"
#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class OtherFileTest : public StorageTest {
 protected:
  void TearDown() override {
    SetFaultPlan({});
    StorageTest::TearDown();
  }

  /// Makes a file as another program would, with SQLite's defaults.
  void Make(const std::string& sql, std::string_view name = "o.db") {
    EXPECT_EQ(RunAsAnotherProgram(Path(name), sql), "") << sql;
  }

  Status Open(std::string_view name = "o.db") {
    return file_.Open(Path(name), "", OtherFile::Purpose::kRead);
  }

  /// The first cell as text, or the error's code.
  std::string Read(std::string_view sql, const Value& params = Value()) {
    const auto result = file_.Query(sql, params);
    if (!result.ok()) return std::string(ErrorCodeName(result.status().code()));
    const Array& rows = result->AsObject().Find("rows")->AsArray();
    if (rows.empty()) return "nothing";
    const Value& cell = rows[0].AsArray()[0];
    if (cell.is_int()) return std::to_string(cell.AsInt());
    return cell.is_string() ? cell.AsString() : std::string(cell.KindName());
  }

  std::map<std::string, std::string> Folder() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      files[entry.path().filename().string()] = ReadFile(entry.path().filename().string());
    return files;
  }

  OtherFile file_;
};

TEST_F(OtherFileTest, ReadsTablesAndNothingElse) {
  Make("CREATE TABLE t (a, \"b \"\"c\"); INSERT INTO t VALUES (1, 'x'), (2, NULL), (3, x'00ff')");
  const auto before = Folder();
  ASSERT_OK(Open());
  const auto result = file_.Query("SELECT * FROM t WHERE a >= ?", Value(Array{2}));
  ASSERT_TRUE(result.ok()) << result.status().message();
  EXPECT_EQ(*result->AsObject().Find("columns"), Value(Array{"a", "b \"c"}));
  EXPECT_EQ(*result->AsObject().Find("rows"),
            Value(Array{Array{2, nullptr}, Array{3, Bytes{0, 255}}}));
  EXPECT_EQ(Read("SELECT name FROM sqlite_schema"), "t");
  EXPECT_EQ(Read("SELECT name FROM pragma_table_info('t')"), "a");
  for (const char* sql :
       {"INSERT INTO t VALUES (4, 4)", "DELETE FROM t", "UPDATE t SET a = 1", "DROP TABLE t",
        "CREATE TABLE u (a)", "CREATE TEMP TABLE u (a)", "ATTACH 'x.db' AS x", "VACUUM",
        "VACUUM INTO 'x.db'", "PRAGMA journal_mode = WAL", "PRAGMA writable_schema = ON",
        "PRAGMA user_version = 7", "SELECT load_extension('x')", "BEGIN", "SELECT 1; SELECT 2",
        "SELECT \"nobody\" FROM t", "SELECT * FROM missing", "", "nonsense"}) {
    EXPECT_EQ(Read(sql), "INVALID_ARGUMENT") << sql;
  }
  EXPECT_CODE(file_.Define("CREATE TABLE u (a)"), FAILED_PRECONDITION);
  EXPECT_FALSE(file_.Insert("INSERT INTO t VALUES (?, ?)", Array{Array{9, 9}}).ok());
  EXPECT_EQ(Read("SELECT count(*) FROM t"), "3");
  ASSERT_OK(file_.Close());
  EXPECT_EQ(Folder(), before);
}

TEST_F(OtherFileTest, NothingIsOpenBeforeOpenAndAfterClose) {
  EXPECT_EQ(Read("SELECT 1"), "FAILED_PRECONDITION");
  EXPECT_CODE(file_.Define("CREATE TABLE t (a)"), FAILED_PRECONDITION);
  EXPECT_CODE(file_.Insert("INSERT INTO t VALUES (?)", {}), FAILED_PRECONDITION);
  EXPECT_OK(file_.Close());
  EXPECT_CODE(Open(), NOT_FOUND);
  EXPECT_FALSE(std::filesystem::exists(Path("o.db")));
  Make("CREATE TABLE t (a)");
  ASSERT_OK(Open());
  EXPECT_OK(file_.Close());
  EXPECT_OK(file_.Close());
  EXPECT_EQ(Read("SELECT 1"), "FAILED_PRECONDITION");
  // A second one takes the place of the first, also when it cannot be opened.
  Make("CREATE TABLE second (a)", "p.db");
  ASSERT_OK(Open());
  ASSERT_OK(Open("p.db"));
  EXPECT_EQ(Read("SELECT name FROM sqlite_schema"), "second");
  EXPECT_CODE(Open("q.db"), NOT_FOUND);
  EXPECT_EQ(Read("SELECT 1"), "FAILED_PRECONDITION");
}

TEST_F(OtherFileTest, WhatIsNoDatabaseIsTold) {
  WriteFile("o.db", std::string(9000, 'x'));
  EXPECT_CODE(Open(), CORRUPTION);
  WriteFile("o.db", "SQLite format 3");
  EXPECT_CODE(Open(), CORRUPTION);
  WriteFile("o.db", std::string("SQLite format 3\0", 16) + std::string(4080, '\0'));
  EXPECT_FALSE(Open().ok() && Read("SELECT count(*) FROM sqlite_schema") == "0");
  Make("PRAGMA application_id = 77; CREATE TABLE t (a)", "app.db");
  EXPECT_CODE(Open("app.db"), FAILED_PRECONDITION);
}

// Of each of these the positive control is the same SQL in an ordinary connection.
TEST_F(OtherFileTest, ViewsDoNotRun) {
  Make(
      "CREATE TABLE t (a); INSERT INTO t VALUES (1); CREATE VIEW v AS SELECT a FROM t;"
      "CREATE VIEW endless AS WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n FROM r) SELECT "
      "n FROM r;");
  {
    DatabaseOptions options;
    options.path = Path("o.db");
    options.read_only = true;
    auto plain = OpenOptions(options);
    EXPECT_EQ(Ask(*plain, "SELECT count(*) FROM v"), 1);
  }
  ASSERT_OK(Open());
  EXPECT_EQ(Read("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), "1");
  EXPECT_EQ(Read("SELECT count(*) FROM t"), "1");
  EXPECT_EQ(Read("SELECT count(*) FROM v"), "INVALID_ARGUMENT");
  EXPECT_EQ(Read("SELECT n FROM endless LIMIT 1"), "INVALID_ARGUMENT");
  EXPECT_EQ(Read("SELECT count(*) FROM endless"), "INVALID_ARGUMENT");
}

TEST_F(OtherFileTest, VirtualTablesDoNotRun) {
  Make(
      "CREATE VIRTUAL TABLE f USING fts5(x); INSERT INTO f VALUES ('word');"
      "CREATE TABLE t (a); INSERT INTO t VALUES (1);"
      "PRAGMA writable_schema = ON;"
      "INSERT INTO sqlite_schema VALUES ('table', 'g', 'g', 0, 'CREATE/**/VIRTUAL TABLE g USING "
      "fts5(x, content=''t'', content_rowid=''rowid'')')");
  {
    DatabaseOptions options;
    options.path = Path("o.db");
    options.read_only = true;
    auto plain = OpenOptions(options);
    EXPECT_EQ(Ask(*plain, "SELECT count(*) FROM f"), 1);
  }
  ASSERT_OK(Open());
  EXPECT_EQ(Read("SELECT count(*) FROM t"), "1");
  for (const char* sql :
       {"SELECT count(*) FROM f", "SELECT * FROM f WHERE f MATCH 'word'", "SELECT count(*) FROM g",
        "SELECT * FROM fts5vocab", "SELECT * FROM f('word')"}) {
    EXPECT_EQ(Read(sql), "INVALID_ARGUMENT") << sql;
  }
  // What lists the tables still works.
  EXPECT_EQ(Read("SELECT name FROM pragma_table_info('t')"), "a");
  EXPECT_EQ(Read("SELECT count(*) FROM f_content"), "1");
}

TEST_F(OtherFileTest, TriggersAndExpressionsOfTheSchemaDoNotRun) {
  Make(
      "CREATE TABLE t (a, g AS (hex(zeroblob(a))), s AS (a * 2) STORED, d DEFAULT (random()), "
      "CHECK (a < 100));"
      "CREATE TABLE log (x);"
      "CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log VALUES ('ran'); END;"
      "INSERT INTO t(a) VALUES (4);"
      "CREATE INDEX e ON t (abs(a)) WHERE a > 0;"
      "CREATE TRIGGER d BEFORE DELETE ON t BEGIN SELECT load_extension('x'); END;");
  const auto before = Folder();
  ASSERT_OK(Open());
  EXPECT_EQ(Read("SELECT group_concat(name) FROM pragma_table_info('t')"), "a,d");
  EXPECT_EQ(Read("SELECT count(*) FROM t"), "1");
  EXPECT_EQ(Read("SELECT a FROM t ORDER BY rowid"), "4");
  EXPECT_EQ(Read("INSERT INTO t(a) VALUES (5)"), "INVALID_ARGUMENT");
  ASSERT_OK(file_.Close());
  EXPECT_EQ(Folder(), before);
}

TEST_F(OtherFileTest, AHostileExpressionIsNotTrusted) {
  // Functions that reach outside may not be called by a schema, nor by whoever reads.
  Make(
      "CREATE TABLE t (a); INSERT INTO t VALUES (1);"
      "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a, g AS "
      "(fts5_source_id()), h AS (load_extension(''x'')))' WHERE name = 't'");
  ASSERT_OK(Open());
  EXPECT_EQ(Read("SELECT h FROM t"), "INVALID_ARGUMENT");
}

TEST_F(OtherFileTest, BrokenSchemasAreTold) {
  const char* kEdits[] = {
      "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (' WHERE name = 't'",
      "UPDATE sqlite_schema SET rootpage = 9999 WHERE name = 't'",
      "UPDATE sqlite_schema SET rootpage = -1 WHERE name = 't'",
      "UPDATE sqlite_schema SET rootpage = 1 WHERE name = 't'",
      "UPDATE sqlite_schema SET rootpage = 3 WHERE name = 't'",
      "UPDATE sqlite_schema SET sql = 'SELECT load_extension(1)' WHERE name = 't'",
      "UPDATE sqlite_schema SET sql = NULL WHERE name = 't'",
      "INSERT INTO sqlite_schema VALUES ('table', 't', 't', 2, 'CREATE TABLE t (b)')",
      "INSERT INTO sqlite_schema VALUES ('index', 'x', 't', 2, 'CREATE INDEX x ON t(a)')",
      "INSERT INTO sqlite_schema VALUES ('trigger', 'x', 't', 0, 'CREATE TRIGGER x AFTER INSERT ON "
      "gone BEGIN SELECT 1; END')",
      "UPDATE sqlite_schema SET type = x'00', name = x'ff' WHERE name = 't'",
      "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a) STRICT' WHERE name = 't'",
      "UPDATE sqlite_schema SET sql = 'CREATE TABLE sqlite_sequence (a)' WHERE name = 't'",
      "UPDATE sqlite_schema SET sql = 'CREATE TABLE t (' || substr(hex(zeroblob(60000)), 1, 30000) "
      "|| ')' WHERE name = 't'",
  };
  for (const char* edit : kEdits) {
    SCOPED_TRACE(edit);
    std::filesystem::remove(Path("o.db"));
    Make(
        "CREATE TABLE t (a); INSERT INTO t VALUES (1), (2); CREATE TABLE i (z PRIMARY KEY);"
        "PRAGMA writable_schema = ON; " +
        std::string(edit));
    const auto before = Folder();
    const Status opened = Open();
    // Told, or read as data; never a crash, and never the other code.
    const std::string read = opened.ok() ? Read("SELECT count(*) FROM t") : "";
    const std::string rows = opened.ok() ? Read("SELECT a FROM t ORDER BY rowid LIMIT 500") : "";
    for (const std::string& answer : {read, rows}) {
      EXPECT_TRUE(answer.empty() || answer == "CORRUPTION" || answer == "INVALID_ARGUMENT" ||
                  answer.size() <= 4 || answer == "nothing")
          << answer;
    }
    if (!opened.ok()) {
      EXPECT_TRUE(opened.code() == ErrorCode::CORRUPTION ||
                  opened.code() == ErrorCode::INVALID_ARGUMENT)
          << ErrorCodeName(opened.code()) << opened.message();
    }
    ASSERT_OK(file_.Close());
    EXPECT_EQ(Folder(), before);
  }
}

TEST_F(OtherFileTest, EveryPageSizeAndTheModesOfAHeader) {
  for (const char* size : {"512", "65536"}) {
    std::filesystem::remove(Path("o.db"));
    Make("PRAGMA page_size = " + std::string(size) +
         "; CREATE TABLE t (a); WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r "
         "WHERE n < 200) INSERT INTO t SELECT printf('%0500d', n) FROM r");
    const std::string bytes = ReadFile("o.db");
    // Written in WAL mode and closed: a whole file with another header.
    std::string wal = bytes;
    wal[18] = wal[19] = 2;
    for (const std::string& content : {bytes, wal}) {
      WriteFile("o.db", content);
      const auto before = Folder();
      ASSERT_OK(Open());
      EXPECT_EQ(Read("SELECT count(*) FROM t"), "200") << size;
      ASSERT_OK(file_.Close());
      EXPECT_EQ(Folder(), before) << size;
    }
    // Versions that nobody knows, pages of no size, a reserve as long as the page, a wrong length.
    const struct {
      size_t at;
      char value;
    } kWrong[] = {{18, 3}, {16, 3}, {20, '\xff'}, {21, 1}, {31, 1}, {44, 9}, {59, 3}, {28, 127}};
    for (const auto& [at, value] : kWrong) {
      std::string broken = bytes;
      broken[at] = value;
      WriteFile("o.db", broken);
      const auto before = Folder();
      const Status opened = Open();
      if (opened.ok()) {
        const std::string read = Read("SELECT count(*) FROM t");
        EXPECT_TRUE(read == "200" || read == "CORRUPTION" || read == "UNSUPPORTED" ||
                    read == "INVALID_ARGUMENT")
            << at << read;
      }
      ASSERT_OK(file_.Close());
      EXPECT_EQ(Folder(), before) << at;
    }
  }
}

TEST_F(OtherFileTest, FlippedBytesAreReadOrTold) {
  Make(
      "PRAGMA page_size = 512; CREATE TABLE t (a INTEGER PRIMARY KEY, b); CREATE INDEX i ON t(b);"
      "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 60) INSERT INTO t "
      "SELECT n, hex(zeroblob(n * 9)) FROM r");
  const std::string bytes = ReadFile("o.db");
  int told = 0;
  uint32_t random = 1;
  for (size_t i = 0; i < 300; ++i) {
    random = random * 1664525 + 1013904223;
    std::string broken = bytes;
    // The header and the schema's page more often than the rest.
    broken[(random >> 8) % (i % 3 == 0 ? 600 : bytes.size())] = static_cast<char>(random >> 24);
    WriteFile("o.db", broken);
    const Status opened = Open();
    const auto rows = opened.ok() ? file_.Query(
                                        "SELECT rowid, a, b FROM t WHERE (rowid) > (?) ORDER "
                                        "BY rowid LIMIT 500",
                                        Value(Array{0}))
                                  : Result<Value>(opened);
    if (!rows.ok()) ++told;
    ASSERT_OK(file_.Close());
    ASSERT_EQ(ReadFile("o.db"), broken);
  }
  EXPECT_GT(told, 20);
}

TEST_F(OtherFileTest, AStorageThatCannotBeReadIsTold) {
  Make("CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  const char* vfs = RegisterFaultVfs();
  int point = 1;
  for (;; ++point) {
    SetFaultPlan({point, false, FaultKind::kIoError, true});
    const Status opened = file_.Open(Path("o.db"), vfs, OtherFile::Purpose::kRead);
    const auto read = opened.ok() ? file_.Query("SELECT a FROM t", Value()) : Result<Value>(opened);
    const bool reached = FaultOperations() >= point;
    SetFaultPlan({});
    if (!read.ok()) {
      EXPECT_EQ(ErrorCodeName(read.status().code()), "IO_ERROR") << read.status().message();
    }
    ASSERT_OK(file_.Close());
    if (!reached) break;
  }
  EXPECT_GT(point, 2);
}

TEST_F(OtherFileTest, AFileThatGoesOutIsAnOrdinaryOne) {
  ASSERT_OK(file_.Open(Path("out.db"), "", OtherFile::Purpose::kWrite));
  ASSERT_OK(file_.Define("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT); CREATE TABLE log (x)"));
  ASSERT_OK(file_.Insert("INSERT INTO t VALUES (?, ?)",
                         Array{Array{1, "one"}, Array{2, nullptr}, Array{3, Bytes{0}}}));
  // A batch is all or nothing.
  EXPECT_CODE(file_.Insert("INSERT INTO t VALUES (?, ?)", Array{Array{4, "x"}, Array{1, "twice"}}),
              ALREADY_EXISTS);
  EXPECT_CODE(file_.Insert("INSERT INTO t VALUES (?, ?)", Array{Array{5, "x"}, Value("row")}),
              INVALID_ARGUMENT);
  EXPECT_FALSE(file_.Insert("INSERT INTO t VALUES (?, ?)", Array{Array{6, "x", "y"}}).ok());
  ASSERT_OK(file_.Insert("INSERT INTO t VALUES (?, ?)", {}));
  ASSERT_OK(
      file_.Define("CREATE TRIGGER i AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END;"
                   "CREATE VIRTUAL TABLE f USING fts5(b, content='t', content_rowid='a');"
                   "INSERT INTO f(f) VALUES ('rebuild')"));
  ASSERT_OK(file_.Close());
  EXPECT_EQ(Folder().size(), 1U);
  const std::string bytes = ReadFile("out.db");
  EXPECT_EQ(bytes.substr(68, 4), std::string(4, '\0'));
  EXPECT_EQ(bytes[18], 1);
  EXPECT_EQ(bytes[20], 0) << "no room for checksums";
  Make("INSERT INTO t VALUES (9, 'by another program')", "out.db");
  ASSERT_OK(Open("out.db"));
  EXPECT_EQ(Read("SELECT group_concat(a) FROM t"), "1,2,3,9");
  EXPECT_EQ(Read("SELECT count(*) FROM log"), "1");
}

TEST_F(OtherFileTest, AFullStorageIsTold) {
  const char* vfs = RegisterFaultVfs();
  Array rows;
  for (int i = 0; i < 50; ++i) rows.push_back(Array{std::string(3000, 'x')});
  int point = 1;
  for (;; ++point) {
    for (const char* name : {"out.db", "out.db-wal", "out.db-journal"})
      std::filesystem::remove(Path(name));
    SetFaultPlan({point, true, FaultKind::kFull});
    Status status = file_.Open(Path("out.db"), vfs, OtherFile::Purpose::kWrite);
    if (status.ok()) status = file_.Define("CREATE TABLE t (a)");
    if (status.ok()) status = file_.Insert("INSERT INTO t VALUES (?)", rows);
    if (status.ok()) status = file_.Close();
    const bool reached = FaultOperations() >= point;
    (void)file_.Close().ok();
    SetFaultPlan({});
    EXPECT_TRUE(status.ok() || reached) << point << status.message();
    if (status.ok()) {
      // What could not be done, such as removing the log, is nothing that the one file lacks.
      std::filesystem::remove(Path("out.db-wal"));
      ASSERT_OK(Open("out.db"));
      EXPECT_EQ(Read("SELECT count(*) FROM t"), "50") << point;
      ASSERT_OK(file_.Close());
    }
    if (!status.ok()) {
      EXPECT_EQ(ErrorCodeName(status.code()), "QUOTA_EXCEEDED") << point << status.message();
    }
    if (!reached || HasFailure()) break;
  }
  EXPECT_GT(point, 15);
}

}  // namespace
}  // namespace archivolt
