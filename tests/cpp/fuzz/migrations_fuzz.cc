// Databases that others changed, on their way to another version of the schema: a step is taken
// wholly or not at all, and a schema that the check of restored files lets through is the one that
// the migrations would have made.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "base/ids.h"
#include "codec/json.h"
#include "fuzz_support.h"
#include "maintenance/backup_schema.h"
#include "schema/migrations.gen.h"
#include "storage/database.h"
#include "storage/migrator.h"
#include "workspace/workspace.h"

using namespace archivolt;  // NOLINT: a program, no header

namespace {

// Small, so that many inputs are tried; each does what our own do: rows that refer to others, a
// table made anew, an index and a trigger, full text.
constexpr std::array<Migration, 4> kMigrations = {
    Migration{1, "initial", "sum1",
              "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
              "checksum TEXT NOT NULL,"
              " applied_at INTEGER NOT NULL, down_sql TEXT) STRICT;"
              "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT);"
              "CREATE TABLE notes (id INTEGER PRIMARY KEY, owner INTEGER NOT NULL REFERENCES "
              "users, text TEXT);"
              "INSERT INTO users VALUES (1, 'ann'); INSERT INTO notes VALUES (1, 1, 'first');",
              "DROP TABLE notes; DROP TABLE users; DROP TABLE schema_migrations;"},
    Migration{2, "users_email", "sum2",
              "CREATE TABLE users_new (id INTEGER PRIMARY KEY, name TEXT, email TEXT);"
              "INSERT INTO users_new SELECT id, name, NULL FROM users; DROP TABLE users;"
              "ALTER TABLE users_new RENAME TO users;",
              "ALTER TABLE users DROP COLUMN email;"},
    Migration{3, "tags", "sum3",
              "CREATE TABLE tags (name TEXT); CREATE INDEX tags_name ON tags (name);"
              "CREATE TRIGGER tagged AFTER INSERT ON notes BEGIN INSERT INTO tags VALUES "
              "(new.text); END;",
              "DROP TRIGGER tagged; DROP TABLE tags;"},
    Migration{
        4, "full_text", "sum4",
        "ALTER TABLE notes ADD COLUMN title TEXT NOT NULL DEFAULT '';"
        "CREATE VIRTUAL TABLE notes_fts USING fts5(text, content='notes', content_rowid='id');"
        "INSERT INTO notes_fts (notes_fts) VALUES ('rebuild');",
        "DROP TABLE notes_fts; ALTER TABLE notes DROP COLUMN title;"},
};

constexpr int kChecks = 300;

// What reaches outside of the database, or changes this process for the inputs that follow.
bool IsLeftOut(std::string_view sql) {
  std::string lower(sql);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return lower.find("vacuum") != std::string::npos || lower.find("pragma") != std::string::npos ||
         lower.find("attach") != std::string::npos;
}

std::string Answer(Database& database, const std::string& sql) {
  database.SetInterruptCheck(StopAfter(kChecks));
  const Result<Value> value = database.QueryValue(sql);
  database.SetInterruptCheck({});
  if (!value.ok()) return value.status().message();
  return value->is_string() ? value->AsString()
         : value->is_int()  ? std::to_string(value->AsInt())
                            : "";
}

// Schema, version and rows, as far as a statement gives them.
std::string Contents(Database& database) {
  std::string all = Answer(
      database,
      "SELECT group_concat(type || name || tbl_name || coalesce(sql, ''), ';') FROM sqlite_schema");
  all += Answer(database, "PRAGMA user_version") + Answer(database, "PRAGMA foreign_keys");
  for (const char* rows :
       {"version || name || coalesce(down_sql, '')) FROM schema_migrations",
        "id || coalesce(name, '')) FROM users", "id || owner || coalesce(text, '')) FROM notes",
        "coalesce(name, '')) FROM tags"}) {
    all += "\n" + Answer(database, std::string("SELECT group_concat(") + rows);
  }
  return all;
}

void CheckMigrator(FuzzInput& input) {
  static FuzzClock clock;
  const int from = input.Byte() % 5;
  const int to = input.Byte() % 5;
  const uint8_t claimed =
      input.Byte();  // the version that the file is made to tell; 0 = the true one
  const std::string_view sql = input.Rest();
  if (IsLeftOut(sql)) return;
  auto opened = Database::Open({});
  FUZZ_EXPECT(opened.ok());
  Database& database = **opened;
  Migrator migrator(database, kMigrations, clock);
  FUZZ_EXPECT(migrator.Migrate(from).ok());
  database.SetInterruptCheck(StopAfter(kChecks));
  (void)database.Execute(sql).ok();
  database.SetInterruptCheck({});
  if (database.in_transaction()) {
    FUZZ_EXPECT(!migrator.Migrate((from + 1) % 5).ok());
    (void)database.Execute("ROLLBACK").ok();
  }
  if (claimed != 0) {
    (void)database.Execute("PRAGMA user_version=" + std::to_string(static_cast<int>(claimed) - 100))
        .ok();
  }
  const Result<int> current = migrator.Current();
  FUZZ_EXPECT(current.ok());
  const bool known = *current >= 1 && *current <= migrator.latest();
  const bool sound = known && CheckSchema(database, *current, kMigrations, clock).ok();
  (void)migrator.List().ok();
  const std::string before = Contents(database);
  FUZZ_EXPECT(migrator.Migrate(to, true).ok() ||
              !migrator.Migrate(to, true).status().message().empty());
  FUZZ_EXPECT(Contents(database) == before);
  database.SetInterruptCheck(StopAfter(kChecks));
  const auto steps = migrator.Migrate(to);
  database.SetInterruptCheck({});
  FUZZ_EXPECT(!database.in_transaction());
  FUZZ_EXPECT(Answer(database, "PRAGMA foreign_keys") == "1");
  if (!steps.ok()) {
    FUZZ_EXPECT(!steps.status().message().empty());
    FUZZ_EXPECT(!sound || steps.status().code() != ErrorCode::INTERNAL);
    FUZZ_EXPECT(Contents(database) == before);
    return;
  }
  // Up, every text that ran is our own; down, the file's.
  if (sound && to >= *current) FUZZ_EXPECT(CheckSchema(database, to, kMigrations, clock).ok());
}

const std::filesystem::path& Folder() {
  static const std::filesystem::path folder = [] {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "archivolt-fuzz-XXXXXX").string();
    FUZZ_EXPECT(mkdtemp(pattern.data()) != nullptr);
    static const std::string made = pattern;
    std::atexit([] { std::filesystem::remove_all(made); });
    return std::filesystem::path(pattern);
  }();
  return folder;
}

DatabaseOptions FileOptions(const std::filesystem::path& path) {
  DatabaseOptions options;
  options.path = path.string();
  options.full_sync = false;
  options.single_file_at_rest = true;
  return options;
}

// The same with our own migrations and a file that a workspace restores. Slow: the check makes the
// schema anew for each.
void CheckRestore(std::string_view sql) {
  static FuzzClock clock;
  static uint64_t seed = 1;
  static const std::unique_ptr<Workspace> host = [] {
    WorkspaceOptions options;
    options.path = (Folder() / "host.db").string();
    options.full_sync = false;
    auto workspace =
        Workspace::Open(options, clock, [] { return seed = seed * 6364136223846793005U + 1; });
    FUZZ_EXPECT(workspace.ok());
    return std::move(*workspace);
  }();
  const int latest = EmbeddedMigrations().back().version;
  const int version = latest - static_cast<int>(sql.size() % 2);
  const std::filesystem::path model = Folder() / ("model-" + std::to_string(version) + ".db");
  if (!std::filesystem::exists(model)) {
    auto made = Database::Open(FileOptions(model));
    FUZZ_EXPECT(made.ok());
    FUZZ_EXPECT(Migrator(**made, EmbeddedMigrations(), clock).Migrate(version).ok());
    FUZZ_EXPECT((*made)->Close().ok());
  }
  const std::filesystem::path file = Folder() / "file.db";
  for (const char* rest : {"-wal", "-journal"}) std::filesystem::remove(file.string() + rest);
  std::filesystem::copy_file(model, file, std::filesystem::copy_options::overwrite_existing);
  {
    auto changed = Database::Open(FileOptions(file));
    FUZZ_EXPECT(changed.ok());
    (*changed)->SetInterruptCheck(StopAfter(kChecks));
    (void)(*changed)->Execute(sql).ok();
    (*changed)->SetInterruptCheck({});
    if ((*changed)->in_transaction()) (void)(*changed)->Execute("ROLLBACK").ok();
    (void)(*changed)->Close().ok();
  }
  const auto bytes = static_cast<int64_t>(std::filesystem::file_size(file));
  const Result<Value> checked =
      host->Call("backup.check", Value(Object{{"path", file.string()}, {"bytes", bytes}}));
  FUZZ_EXPECT(checked.ok() || !checked.status().message().empty());
  if (!checked.ok()) return;
  const Status begun = host->Call("backup.begin", Value(Object{{"path", file.string()}})).status();
  bool more = begun.ok();
  while (more) {
    const Result<Value> step = host->Call("backup.step", Value(Object{{"budgetMs", 1000}}));
    FUZZ_EXPECT(step.ok());
    more = *step->AsObject().Find("more") == Value(true);
  }
  FUZZ_EXPECT(host->Call("backup.end", Value()).ok());
  const Result<Value> health = host->Call("maintenance.health", Value(Object{{"full", true}}));
  FUZZ_EXPECT(health.ok());
  if (*health->AsObject().Find("ok") == Value(false))
    std::fprintf(stderr, "%s\n", WriteJson(*health)->c_str());
  FUZZ_EXPECT(*health->AsObject().Find("ok") == Value(true));
}

}  // namespace

// Versions from and to, the version that the file claims, and SQL that changed it; or "restore\n"
// and SQL.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  constexpr std::string_view kRestore = "restore\n";
  FuzzInput input(data, size);
  const std::string_view whole(reinterpret_cast<const char*>(data), size);
  if (size >= kRestore.size() && whole.starts_with(kRestore)) {
    const std::string_view sql = whole.substr(kRestore.size());
    if (!IsLeftOut(sql)) CheckRestore(sql);
  } else {
    CheckMigrator(input);
  }
  return 0;
}
