#include "storage/sqlite_status.h"

#include "sqlite3.h"
#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

struct Row {
  int sqlite_code;
  const char* message;
  ErrorCode code;
  const char* table;
  const char* column;
  const char* constraint;
  const char* rule;
};

constexpr Row kRows[] = {
    {SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: users.email", ErrorCode::ALREADY_EXISTS,
     "users", "email", "", "unique"},
    {SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: members.team, members.user",
     ErrorCode::ALREADY_EXISTS, "members", "team, user", "", "unique"},
    {SQLITE_CONSTRAINT_UNIQUE, "UNIQUE constraint failed: index 'users_by_lower_email'",
     ErrorCode::ALREADY_EXISTS, "", "", "users_by_lower_email", "unique"},
    {SQLITE_CONSTRAINT_PRIMARYKEY, "UNIQUE constraint failed: users.pk", ErrorCode::ALREADY_EXISTS,
     "users", "pk", "", "unique"},
    {SQLITE_CONSTRAINT_ROWID, "UNIQUE constraint failed: users.rowid", ErrorCode::ALREADY_EXISTS,
     "users", "rowid", "", "unique"},
    {SQLITE_CONSTRAINT_FOREIGNKEY, "FOREIGN KEY constraint failed", ErrorCode::CONSTRAINT, "", "",
     "", "foreign key"},
    {SQLITE_CONSTRAINT_NOTNULL, "NOT NULL constraint failed: users.name", ErrorCode::CONSTRAINT,
     "users", "name", "", "not null"},
    {SQLITE_CONSTRAINT_CHECK, "CHECK constraint failed: age > 0", ErrorCode::CONSTRAINT, "", "",
     "age > 0", "check"},
    {SQLITE_CONSTRAINT_TRIGGER, "a decision is never deleted", ErrorCode::CONSTRAINT, "", "",
     "a decision is never deleted", "trigger"},
    {SQLITE_CONSTRAINT_DATATYPE, "cannot store TEXT value in INTEGER column users.age",
     ErrorCode::CONSTRAINT, "users", "age", "INTEGER", "datatype"},
    {SQLITE_FULL, "database or disk is full", ErrorCode::QUOTA_EXCEEDED, "", "", "", ""},
    {SQLITE_NOMEM, "out of memory", ErrorCode::OUT_OF_MEMORY, "", "", "", ""},
    {SQLITE_IOERR_NOMEM, "out of memory", ErrorCode::OUT_OF_MEMORY, "", "", "", ""},
    {SQLITE_CORRUPT, "malformed", ErrorCode::CORRUPTION, "", "", "", ""},
    {SQLITE_CORRUPT_VTAB, "malformed", ErrorCode::CORRUPTION, "", "", "", ""},
    {SQLITE_IOERR_DATA, "disk I/O error", ErrorCode::CORRUPTION, "", "", "", ""},
    {SQLITE_NOTADB, "file is not a database", ErrorCode::CORRUPTION, "", "", "", ""},
    {SQLITE_BUSY, "database is locked", ErrorCode::BUSY, "", "", "", ""},
    {SQLITE_BUSY_RECOVERY, "database is locked", ErrorCode::BUSY, "", "", "", ""},
    {SQLITE_BUSY_SNAPSHOT, "database is locked", ErrorCode::CONFLICT, "", "", "", ""},
    {SQLITE_LOCKED, "database table is locked", ErrorCode::BUSY, "", "", "", ""},
    {SQLITE_READONLY, "attempt to write a readonly database", ErrorCode::FAILED_PRECONDITION, "",
     "", "", ""},
    {SQLITE_READONLY_DBMOVED, "attempt to write", ErrorCode::FAILED_PRECONDITION, "", "", "", ""},
    {SQLITE_INTERRUPT, "interrupted", ErrorCode::CANCELLED, "", "", "", ""},
    {SQLITE_ABORT_ROLLBACK, "abort due to ROLLBACK", ErrorCode::FAILED_PRECONDITION, "", "", "",
     ""},
    {SQLITE_TOOBIG, "string or blob too big", ErrorCode::INVALID_ARGUMENT, "", "", "", ""},
    {SQLITE_MISMATCH, "datatype mismatch", ErrorCode::INVALID_ARGUMENT, "", "", "", ""},
    {SQLITE_RANGE, "column index out of range", ErrorCode::INVALID_ARGUMENT, "", "", "", ""},
    {SQLITE_AUTH, "not authorized", ErrorCode::INVALID_ARGUMENT, "", "", "", ""},
    {SQLITE_ERROR, "no such table: nowhere", ErrorCode::INVALID_ARGUMENT, "nowhere", "", "", ""},
    {SQLITE_ERROR, "no such column: nothing", ErrorCode::INVALID_ARGUMENT, "", "nothing", "", ""},
    {SQLITE_ERROR, "table users has no column named x", ErrorCode::INVALID_ARGUMENT, "users", "x",
     "", ""},
    {SQLITE_ERROR, "near \"secret\": syntax error", ErrorCode::INVALID_ARGUMENT, "", "", "", ""},
    {SQLITE_IOERR_READ, "disk I/O error", ErrorCode::IO_ERROR, "", "", "", ""},
    {SQLITE_IOERR_FSYNC, "disk I/O error", ErrorCode::IO_ERROR, "", "", "", ""},
    {SQLITE_CANTOPEN, "unable to open", ErrorCode::IO_ERROR, "", "", "", ""},
    {SQLITE_MISUSE, "bad parameter", ErrorCode::INTERNAL, "", "", "", ""},
};

TEST(SqliteStatusTest, EachCodeHasItsRow) {
  for (const Row& row : kRows) {
    const Status status = MapSqliteError(row.sqlite_code, row.message);
    SCOPED_TRACE(row.message);
    EXPECT_EQ(ErrorCodeName(status.code()), ErrorCodeName(row.code));
    EXPECT_EQ(DetailText(status, "table"), row.table);
    EXPECT_EQ(DetailText(status, "column"), row.column);
    EXPECT_EQ(DetailText(status, "constraint"), row.constraint);
    EXPECT_EQ(DetailText(status, "rule"), row.rule);
    EXPECT_EQ(DetailNumber(status, "sqlite"), row.sqlite_code);
    EXPECT_FALSE(status.message().empty());
  }
}

TEST(SqliteStatusTest, SuccessIsOk) {
  for (const int code : {SQLITE_OK, SQLITE_ROW, SQLITE_DONE}) EXPECT_OK(MapSqliteError(code, ""));
}

TEST(SqliteStatusTest, SyntaxErrorsTellThePlaceAndNotTheText) {
  const Status status = MapSqliteError(SQLITE_ERROR, "near \"secret\": syntax error", 17);
  EXPECT_EQ(status.message().find("secret"), std::string::npos);
  EXPECT_EQ(DetailNumber(status, "offset"), 17);
}

class SqliteStatusInDatabaseTest : public StorageTest {};

TEST_F(SqliteStatusInDatabaseTest, RealViolationsNameTheirParts) {
  auto database = OpenMemory();
  ASSERT_OK(database->Execute(
      "CREATE TABLE users (pk INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, age INTEGER, "
      "CONSTRAINT grown_up CHECK (age >= 18)) STRICT;"
      "CREATE UNIQUE INDEX users_lower ON users (lower(email));"
      "CREATE TABLE notes (pk INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES users);"
      "CREATE TRIGGER keep BEFORE DELETE ON users BEGIN SELECT RAISE(ABORT, 'users stay'); END;"
      "INSERT INTO users VALUES (1, 'ann@x', 30)"));
  const auto fail = [&](std::string_view sql) {
    auto statement = database->Prepare(sql);
    EXPECT_TRUE(statement.ok()) << statement.status().message();
    return statement->Run();
  };
  Status status = fail("INSERT INTO users VALUES (2, 'ann@x', 30)");
  EXPECT_CODE(status, ALREADY_EXISTS);
  status = fail("INSERT INTO users VALUES (2, 'ANN@x', 30)");
  EXPECT_CODE(status, ALREADY_EXISTS);
  EXPECT_EQ(DetailText(status, "constraint"), "users_lower");
  EXPECT_EQ(DetailText(status, "table"), "users");
  status = fail("INSERT INTO users VALUES (2, 'bob@x', 17)");
  EXPECT_EQ(DetailText(status, "constraint"), "grown_up");
  EXPECT_EQ(DetailText(status, "table"), "users");
  status = fail("INSERT INTO users VALUES (2, 'bob@x', 'old')");
  EXPECT_EQ(DetailText(status, "column"), "age");
  EXPECT_EQ(DetailText(status, "rule"), "datatype");
  status = fail("INSERT INTO users VALUES (2, NULL, 20)");
  EXPECT_EQ(DetailText(status, "column"), "email");
  status = fail("INSERT INTO notes VALUES (1, 77)");
  EXPECT_EQ(DetailText(status, "rule"), "foreign key");
  EXPECT_EQ(DetailText(status, "table"), "notes");
  status = fail("DELETE FROM users");
  EXPECT_EQ(DetailText(status, "constraint"), "users stay");
  EXPECT_EQ(DetailText(database->Prepare("SELECT x FROM users").status(), "column"), "x");
  EXPECT_EQ(DetailText(database->Prepare("SELECT x FROM usors").status(), "table"), "usors");
  EXPECT_GE(DetailNumber(database->Prepare("SELEC 1").status(), "offset"), 0);
}

}  // namespace
}  // namespace archivolt
