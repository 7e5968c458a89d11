#include "storage/open_file.h"

#include <memory>
#include <string>
#include <utility>

#include "sqlite3.h"
#include "storage/checksum_vfs.h"
#include "storage/cipher_key.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

// Measured with 10,000 chunks of text, a vector of 1 KiB and a full-text index: the file is a third
// smaller than with 4096 and writing is no slower; larger pages gain little more and cost random
// reads (ADR 0010).
constexpr int kPageSize = 8192;
constexpr int kGrowthBytes = 4 << 20;
// A WAL this long is copied into the file at the next commit; its file shrinks to the limit.
constexpr int kCheckpointPages = 1000;
constexpr int kMaxIdleWalBytes = 8 << 20;

// Limits of one statement, far above what the core itself uses; the first also bounds memory.
struct Limit {
  int id;
  int value;
};
constexpr Limit kLimits[] = {
    {SQLITE_LIMIT_LENGTH, 256 << 20},         {SQLITE_LIMIT_SQL_LENGTH, 1 << 20},
    {SQLITE_LIMIT_EXPR_DEPTH, 500},           {SQLITE_LIMIT_COMPOUND_SELECT, 100},
    {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 4096}, {SQLITE_LIMIT_VARIABLE_NUMBER, 32766},
    {SQLITE_LIMIT_TRIGGER_DEPTH, 100},        {SQLITE_LIMIT_ATTACHED, 0},
    {SQLITE_LIMIT_WORKER_THREADS, 0},
};

struct Setting {
  int id;
  int value;
};
constexpr Setting kSettings[] = {
    {SQLITE_DBCONFIG_DEFENSIVE, 1},       {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
    {SQLITE_DBCONFIG_DQS_DDL, 0},         {SQLITE_DBCONFIG_DQS_DML, 0},
    {SQLITE_DBCONFIG_ENABLE_FKEY, 1},     {SQLITE_DBCONFIG_ENABLE_TRIGGER, 1},
    {SQLITE_DBCONFIG_ENABLE_VIEW, 1},     {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    {SQLITE_DBCONFIG_WRITABLE_SCHEMA, 0},
};

struct HandleCloser {
  void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
};
using Handle = std::unique_ptr<sqlite3, HandleCloser>;

Status Run(sqlite3* handle, const std::string& sql) {
  const int code = sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? Status::Ok() : StatusFromConnection(handle, code);
}

// First column of the first row as text; empty for none.
Result<std::string> Ask(sqlite3* handle, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  std::string answer;
  int code = sqlite3_prepare_v2(handle, sql, -1, &statement, nullptr);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  if (code == SQLITE_ROW) {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    if (text != nullptr) answer = text;
  }
  const Status status =
      code == SQLITE_ROW || code == SQLITE_DONE ? Status::Ok() : StatusFromConnection(handle, code);
  sqlite3_finalize(statement);
  if (!status.ok()) return status;
  return answer;
}

bool IsMemory(const DatabaseOptions& options) { return options.path == ":memory:"; }

Status CheckExists(const DatabaseOptions& options, const std::string& vfs_name) {
  sqlite3_vfs* vfs = sqlite3_vfs_find(vfs_name.c_str());
  if (vfs == nullptr) return Status::Internal("The checksum layer is not registered.");
  std::string full(static_cast<size_t>(vfs->mxPathname) + 1, '\0');
  int exists = 0;
  if (vfs->xFullPathname(vfs, options.path.c_str(), vfs->mxPathname, full.data()) == SQLITE_OK) {
    (void)vfs->xAccess(vfs, full.c_str(), SQLITE_ACCESS_EXISTS, &exists);
  }
  if (exists != 0) return Status::Ok();
  return Status::NotFound("There is no such database file.");
}

Result<Handle> OpenHandle(const DatabaseOptions& options) {
  if (options.path.empty() || options.path.find('\0') != std::string::npos) {
    return Status::InvalidArgument("The path of a database must not be empty or hold a NUL.");
  }
  std::string vfs = options.vfs;
  if (!IsMemory(options)) {
    AV_ASSIGN_OR_RETURN(vfs, RegisterChecksumVfs(options.vfs));
    if (options.read_only || !options.create) AV_RETURN_IF_ERROR(CheckExists(options, vfs));
  }
  // The cipher's layer has to be the topmost one: only there are pages encrypted on their way into
  // the write-ahead log.
  if (options.key.is_set()) vfs = "multipleciphers-" + vfs;
  int flags = SQLITE_OPEN_EXRESCODE;
  if (options.read_only) {
    flags |= SQLITE_OPEN_READONLY;
  } else {
    flags |= SQLITE_OPEN_READWRITE | (options.create ? SQLITE_OPEN_CREATE : 0);
  }
  sqlite3* raw = nullptr;
  const int code =
      sqlite3_open_v2(options.path.c_str(), &raw, flags, vfs.empty() ? nullptr : vfs.c_str());
  Handle handle(raw);
  if (code != SQLITE_OK) return StatusFromConnection(raw, code);
  if (options.key.is_set()) {
    AV_RETURN_IF_ERROR(options.key.Unlock(raw));
    ExpectTags(raw, true);
  }
  if (!options.read_only && sqlite3_db_readonly(raw, "main") == 1) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The file is write-protected. Open it for reading or change its permissions.");
  }
  return handle;
}

Status Configure(sqlite3* handle, const DatabaseOptions& options) {
  for (const Setting& setting : kSettings) {
    sqlite3_db_config(handle, setting.id, setting.value, nullptr);
  }
  if (options.tables_only) {
    // Whatever sqlite_schema calls them, so that nobody has to tell them from tables by their text.
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
    sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
    sqlite3_drop_modules(handle, nullptr);
  }
  for (const Limit& limit : kLimits) sqlite3_limit(handle, limit.id, limit.value);
  // Waiting would stop the only thread; the caller decides when to try again.
  sqlite3_busy_timeout(handle, 0);
  // locking_mode stands before journal_mode=WAL: without shared memory the WAL's index is kept on
  // the heap.
  return Run(handle,
             "PRAGMA locking_mode=EXCLUSIVE; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY;"
             "PRAGMA cell_size_check=ON; PRAGMA recursive_triggers=ON; PRAGMA secure_delete=ON;"
             "PRAGMA cache_size=-" +
                 std::to_string(options.cache_kib));
}

Status LayOutNewFile(sqlite3* handle, const DatabaseOptions& options) {
  // An encrypted page has a tag of its own.
  if (options.page_checksums && !IsMemory(options) && !options.key.is_set()) {
    int reserve = kChecksumBytes;
    (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserve);
  }
  // The first write makes page 1, before any other page, so that the layer knows the file's layout.
  return Run(handle, "PRAGMA page_size=" + std::to_string(kPageSize) +
                         "; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA application_id=" +
                         std::to_string(kApplicationId));
}

// Whether the file is new or empty; FAILED_PRECONDITION when it belongs to another application.
Result<bool> CheckOwnership(sqlite3* handle) {
  AV_ASSIGN_OR_RETURN(const std::string pages, Ask(handle, "PRAGMA page_count"));
  if (pages == "0") return true;
  AV_ASSIGN_OR_RETURN(const std::string id, Ask(handle, "PRAGMA application_id"));
  if (id == "0" || id == std::to_string(kApplicationId)) return false;
  AV_ASSIGN_OR_RETURN(const std::string objects, Ask(handle, "SELECT count(*) FROM sqlite_schema"));
  if (objects == "0") return false;
  return Status(ErrorCode::FAILED_PRECONDITION,
                "The file belongs to another application; it was not changed. Import it instead.");
}

// After another program wrote the file: all pages are sealed anew, if SQLite finds them sound. What
// fails here only leaves the file unchecked, it does not keep the user from the data.
void SealIfForeign(sqlite3* handle) {
  if (ReadSealState(handle) != SealState::kForeign) return;
  if (!Run(handle, "PRAGMA wal_checkpoint(TRUNCATE)").ok()) return;
  const Result<std::string> verdict = Ask(handle, "PRAGMA quick_check(1)");
  if (!verdict.ok() || *verdict != "ok") return;
  (void)SealAllPages(handle).ok();
}

Status EnterWal(sqlite3* handle, const DatabaseOptions& options) {
  AV_ASSIGN_OR_RETURN(const std::string mode, Ask(handle, "PRAGMA journal_mode=WAL"));
  if (mode != "wal") {
    return Status(ErrorCode::UNSUPPORTED, "This storage cannot keep a write-ahead log.");
  }
  int growth = kGrowthBytes;
  (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &growth);
  return Run(handle, std::string("PRAGMA synchronous=") + (options.full_sync ? "FULL" : "NORMAL") +
                         "; PRAGMA wal_autocheckpoint=" + std::to_string(kCheckpointPages) +
                         "; PRAGMA journal_size_limit=" + std::to_string(kMaxIdleWalBytes));
}

}  // namespace

Result<sqlite3*> OpenFile(const DatabaseOptions& options) {
  AV_ASSIGN_OR_RETURN(Handle handle, OpenHandle(options));
  TreatMissingWalAsForeign(handle.get(), options.single_file_at_rest);
  AV_RETURN_IF_ERROR(Configure(handle.get(), options));
  AV_ASSIGN_OR_RETURN(const bool fresh, CheckOwnership(handle.get()));
  if (options.read_only) return handle.release();
  if (fresh) AV_RETURN_IF_ERROR(LayOutNewFile(handle.get(), options));
  if (IsMemory(options)) return handle.release();
  SealIfForeign(handle.get());
  AV_RETURN_IF_ERROR(EnterWal(handle.get(), options));
  // Takes the file before the first caller does, so that Open is what says BUSY.
  AV_RETURN_IF_ERROR(Run(handle.get(), "BEGIN IMMEDIATE; COMMIT"));
  if (options.single_file_at_rest) {
    // The WAL is not empty while the file is in use: a missing one then means another program.
    AV_ASSIGN_OR_RETURN(const std::string version, Ask(handle.get(), "PRAGMA user_version"));
    AV_RETURN_IF_ERROR(Run(handle.get(), "PRAGMA user_version=" + version));
  }
  return handle.release();
}

Status SealCopy(const std::string& path, const DatabaseOptions& options) {
  if (options.key.is_set()) return Status::Ok();
  DatabaseOptions copy;
  copy.path = path;
  copy.vfs = options.vfs;
  copy.create = false;
  AV_ASSIGN_OR_RETURN(const Handle handle, OpenHandle(copy));
  AV_RETURN_IF_ERROR(Run(handle.get(), "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; COMMIT"));
  return SealAllPages(handle.get());
}

Status PutToRest(sqlite3* handle, const DatabaseOptions& options) {
  if (options.read_only || IsMemory(options)) return Status::Ok();
  AV_RETURN_IF_ERROR(Run(handle, "PRAGMA wal_checkpoint(TRUNCATE)"));
  if (!options.single_file_at_rest) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const std::string mode, Ask(handle, "PRAGMA journal_mode=DELETE"));
  sqlite3_file* file = nullptr;
  if (mode != "delete" ||
      sqlite3_file_control(handle, "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr) {
    return Status::Ok();
  }
  AV_ASSIGN_OR_RETURN(const std::string pages, Ask(handle, "PRAGMA page_count"));
  AV_ASSIGN_OR_RETURN(const std::string size, Ask(handle, "PRAGMA page_size"));
  int growth = 0;
  (void)sqlite3_file_control(handle, "main", SQLITE_FCNTL_CHUNK_SIZE, &growth);
  const int code = file->pMethods->xTruncate(
      file, static_cast<sqlite3_int64>(std::stoll(pages)) * std::stoll(size));
  return MapSqliteError(code, "");
}

}  // namespace archivolt
