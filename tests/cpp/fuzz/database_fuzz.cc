// A database file of damaged bytes, alone or with a log beside it: opened as the workspace's own,
// as another program's, and as one that is imported. Errors are fine; crashes and endless work are
// not.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/ids.h"
#include "fuzz_support.h"
#include "interchange/other_file.h"
#include "storage/database.h"
#include "workspace/workspace.h"

using namespace archivolt;  // NOLINT: a program, no header

namespace {

void Write(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void Walk(Database& database, bool writes) {
  database.SetInterruptCheck(StopAfter(300));
  auto tables = database.Prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
  for (int i = 0; tables.ok() && i < 8; ++i) {
    const Result<bool> row = tables->Step();
    if (!row.ok() || !*row) break;
    std::string name(tables->Text(0));
    for (size_t at = 0; (at = name.find('"', at)) != std::string::npos; at += 2) {
      name.insert(at, 1, '"');
    }
    (void)database.QueryValue("SELECT count(*) FROM \"" + name + "\"").ok();
    auto rows = database.Prepare("SELECT * FROM \"" + name + "\" ORDER BY 1");
    for (int j = 0; rows.ok() && j < 100; ++j) {
      const Result<bool> found = rows->Step();
      if (!found.ok() || !*found) break;
      for (int column = 0; column < rows->column_count(); ++column) (void)rows->Column(column);
    }
  }
  tables = Status::Internal("done");
  (void)database.CheckIntegrity(false).ok();
  if (writes)
    (void)database.Execute("CREATE TABLE IF NOT EXISTS z (a); INSERT INTO z VALUES (1)").ok();
  database.SetInterruptCheck({});
}

}  // namespace

// The first byte: which way it is opened; the second, times 512 bytes: how much of the rest is the
// log.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::filesystem::path folder = [] {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "archivolt-fuzz-XXXXXX").string();
    FUZZ_EXPECT(mkdtemp(pattern.data()) != nullptr);
    static const std::string made = pattern;
    std::atexit([] { std::filesystem::remove_all(made); });
    return std::filesystem::path(pattern);
  }();
  FuzzInput input(data, size);
  const uint8_t way = input.Byte();
  const size_t log_bytes = size_t{input.Byte()} * 512;
  std::string_view bytes = input.Rest();
  const std::string_view log = bytes.substr(bytes.size() - std::min(bytes.size(), log_bytes));
  bytes.remove_suffix(log.size());
  const std::filesystem::path path = folder / "file.db";
  Write(path, bytes);
  std::filesystem::remove(folder / "file.db-journal");
  std::filesystem::remove(folder / "file.db-wal");
  if (!log.empty()) Write(folder / ((way & 8) != 0 ? "file.db-journal" : "file.db-wal"), log);
  if (way % 4 == 0) {
    FuzzClock clock;
    WorkspaceOptions options;
    options.path = path.string();
    options.full_sync = false;
    auto workspace = Workspace::Open(options, clock, SystemRandom());
    if (workspace.ok()) {
      (*workspace)->SetInterruptCheck(StopAfter(300));
      for (const char* method : {"workspace.status", "migrations.list", "maintenance.health"}) {
        (void)(*workspace)->Call(method, Value()).ok();
      }
    }
  } else if (way % 4 == 1) {
    OtherFile file;
    if (file.Open(path.string(), "", OtherFile::Purpose::kRead).ok()) {
      (void)file.Query("SELECT name, sql FROM sqlite_schema", Value()).ok();
      (void)file.Query("SELECT * FROM pragma_table_xinfo('t')", Value()).ok();
      (void)file.Close().ok();
    }
  } else {
    DatabaseOptions options;
    options.path = path.string();
    options.full_sync = false;
    options.read_only = way % 4 == 3;
    auto database = Database::Open(options);
    if (database.ok()) Walk(**database, !options.read_only);
  }
  return 0;
}
