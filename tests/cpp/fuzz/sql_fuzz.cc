// Callers' SQL: whatever is asked, reading changes nothing, no secret comes out and nothing but
// rows of ordinary tables changes.
#include "fuzz_support.h"
#include "records/sql.h"
#include "storage/database.h"

using namespace archivolt;  // NOLINT: a program, no header

namespace {

constexpr std::string_view kSecret = "HASH-THAT-NOBODY-SEES";
constexpr int kChecks =
    25;  // with sanitizers, 200 were over two minutes of a busy machine for CTEs that double

std::unique_ptr<Database> MakeDatabase() {
  auto database = Database::Open({});
  FUZZ_EXPECT(database.ok());
  FUZZ_EXPECT(
      (*database)
          ->Execute("CREATE TABLE users (pk INTEGER PRIMARY KEY, name TEXT, password_hash TEXT);"
                    "CREATE TABLE notes (pk INTEGER PRIMARY KEY, text TEXT, data TEXT);"
                    "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY);"
                    "CREATE VIRTUAL TABLE notes_fts USING fts5(text, content='notes', "
                    "content_rowid='pk');"
                    "CREATE TRIGGER notes_in AFTER INSERT ON notes BEGIN"
                    "  INSERT INTO notes_fts (rowid, text) VALUES (new.pk, new.text); END;"
                    "INSERT INTO users (name, password_hash) VALUES ('ada', '" +
                    std::string(kSecret) +
                    "');"
                    "INSERT INTO notes (text, data) VALUES ('storage engines', '{\"a\": [1, 2]}')")
          .ok());
  return std::move(*database);
}

bool Shows(const Value& value) {
  if (value.is_string()) return value.AsString().find(kSecret) != std::string::npos;
  if (value.is_array()) {
    for (const Value& item : value.AsArray()) {
      if (Shows(item)) return true;
    }
  }
  return false;
}

Value Schema(Database& database) {
  auto value = database.QueryValue(
      "SELECT group_concat(sql, ';') || (SELECT version FROM pragma_user_version, (SELECT 1 AS "
      "version)) FROM sqlite_schema");
  FUZZ_EXPECT(value.ok());
  return std::move(*value);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static std::unique_ptr<Database> database = MakeDatabase();
  static const Value schema = Schema(*database);
  const std::string_view sql(reinterpret_cast<const char*>(size == 0 ? nullptr : data), size);
  SqlService service(*database);
  const int64_t changes = database->total_changes();
  database->SetInterruptCheck(StopAfter(kChecks));
  if (const Result<Value> answer = service.Query(sql, Value()); answer.ok()) {
    FUZZ_EXPECT(!Shows(*answer->AsObject().Find("rows")));
  }
  FUZZ_EXPECT(database->total_changes() == changes);
  database->SetInterruptCheck(StopAfter(kChecks));
  if (service.Execute(sql, Value()).ok()) {
    database->SetInterruptCheck({});
    // It may have written anything but the secret: from then on it would be compared with itself.
    auto copies = database->QueryValue(
        "SELECT (SELECT count(*) FROM notes WHERE text LIKE '%HASH-THAT%' OR data LIKE "
        "'%HASH-THAT%') + (SELECT count(*) FROM users WHERE name LIKE '%HASH-THAT%')");
    const bool named = sql.find("HASH-THAT") != std::string_view::npos;
    FUZZ_EXPECT(named || (copies.ok() && *copies == Value(0)));
    database = MakeDatabase();
  }
  database->SetInterruptCheck({});
  FUZZ_EXPECT(!database->in_transaction());
  FUZZ_EXPECT(Schema(*database) == schema);
  return 0;
}
