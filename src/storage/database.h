// Database: one SQLite database file (or memory), opened with the settings all of Archivolt relies
// on.
//
// Owns the connection, its statement cache and its hooks. Does not know any table. One thread.
// Invariants: foreign keys are enforced, the schema is not trusted, no other file can be attached;
// a file is held exclusively while open. Durability: WAL, one flush per commit with full_sync; a
// kill loses no acknowledged commit. Pages carry checksums unless switched off (ADR 0010).
// Errors: those of sqlite_status.h; every call after Close is FAILED_PRECONDITION.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "storage/cipher_key.h"
#include "storage/full_text.h"
#include "storage/row_changes.h"
#include "storage/scalar_function.h"
#include "storage/statement.h"
#include "storage/transaction.h"

namespace archivolt {

class Connection;

/// 'Avlt', the application_id of files made here.
inline constexpr int32_t kApplicationId = 0x41766c74;

struct DatabaseOptions {
  /// ":memory:" or a file name in the terms of the VFS.
  std::string path = ":memory:";
  /// The VFS to keep the file in; "" is the default one.
  std::string vfs;
  /// Nothing is written, not even a journal; the file must exist.
  bool read_only = false;
  /// Whether a missing file is made; without it a missing file is NOT_FOUND.
  bool create = true;
  /// True: a commit is flushed before it returns. False: a power cut may lose the latest commits.
  bool full_sync = true;
  /// Whether a new file gets page checksums. A file that has them is always checked.
  bool page_checksums = true;
  /// Whether Close leaves one plain file without WAL, which any SQLite opens and whose later
  /// changes by other programs can be told from damage. Switch off where no other program reaches
  /// the file.
  bool single_file_at_rest = true;
  /// The file is anybody's, and its ordinary tables alone are read: no view, no trigger and no
  /// virtual table of its schema works. With read_only.
  bool tables_only = false;
  /// Set for an encrypted database, which a wrong key finds damaged. Not with memory.
  CipherKey key;
  /// Size of the page cache in KiB.
  int cache_kib = 16384;
};

/// What is known about the page checksums of an open file.
enum class ChecksumState {
  kNone,        // The file has no room for them: memory, or made elsewhere.
  kVerified,    // Every page is checked when it is read, by its checksum or its cipher's tag.
  kUnverified,  // Another program wrote the file and it could not be sealed again: nothing is
                // checked.
};

class Database {
 public:
  /// NOT_FOUND: no such file. BUSY: held elsewhere. CORRUPTION: not a database, or damaged.
  /// FAILED_PRECONDITION: the file belongs to another application (its application_id says so).
  static Result<std::unique_ptr<Database>> Open(const DatabaseOptions& options);
  /// Closes; whatever transaction is open is rolled back.
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Writes what is pending into the file and lets go of it. Statements and transactions that are
  /// still alive become useless. A second call does nothing.
  Status Close();
  bool is_open() const;

  /// One statement of the core's own SQL. INVALID_ARGUMENT: it does not compile, or there are
  /// several.
  Result<Statement> Prepare(std::string_view sql);
  /// One statement of a caller's SQL that can only read: SELECT (also WITH, VALUES) and the pragmas
  /// that describe tables and indexes. INVALID_ARGUMENT for anything else; SQLite's compiler
  /// decides.
  /// `secrets`: it may read columns that hold secrets (authorizer.h), which is refused otherwise.
  Result<Statement> PrepareReadOnly(std::string_view sql, bool secrets = false);
  /// One INSERT, UPDATE, DELETE or REPLACE (WITH, RETURNING allowed) of a caller's SQL.
  /// INVALID_ARGUMENT for anything else and for tables that belong to SQLite, a full-text index or
  /// the migrator.
  Result<Statement> PrepareWrite(std::string_view sql);
  /// One or more statements of the core's own SQL without parameters; rows are skipped. Stops at
  /// the first error; what ran before it stays unless a transaction is open.
  Status Execute(std::string_view sql);
  /// First column of the first row, or null: for PRAGMA and count(*).
  Result<Value> QueryValue(std::string_view sql);

  /// Rows changed by the latest INSERT, UPDATE or DELETE itself, without triggers and cascades.
  int64_t changes() const;
  /// Rows changed since opening, triggers and cascades included.
  int64_t total_changes() const;
  int64_t last_insert_rowid() const;
  bool in_transaction() const;
  bool read_only() const;
  const std::string& path() const;
  /// Not set when the database is plain.
  const CipherKey& key() const { return options_.key; }
  ChecksumState checksum_state() const;

  /// Makes the statements that run now end with CANCELLED; nothing when none runs.
  void Interrupt();
  /// Called about every 1000 steps of SQLite's machine; true ends the statement with CANCELLED. In
  /// a transaction an interrupted write rolls back all of it. An empty function removes the check.
  void SetInterruptCheck(std::function<bool()> check);
  /// Called after each commit that changed tables, sorted by name and without those that hold an
  /// index. May name what a savepoint undid. May use the database.
  void SetCommitListener(std::function<void(std::span<const TableChanges> tables)> listener);
  /// From now on the listener hears which rows of this table changed, by these columns. NOT_FOUND
  /// when the table lacks one.
  Status ReportKeys(const std::string& table, std::span<const std::string_view> key);

  /// From now on SQL on this connection may call the function; `owner` is handed to it and must
  /// outlive the database.
  Status CreateFunction(const ScalarFunction& function, void* owner);
  /// For functions that SQL calls: a number of its own for each statement that was started, and
  /// whether the one that runs is a caller's.
  uint64_t runs() const;
  bool runs_callers_sql() const;

  /// From now on nothing writes to one of these tables, in whatever way, before `make` was called
  /// for it. What it makes must be part of the connection (TEMP), and may be there already: it is
  /// called again after a rollback that may have undone it. No tables: it is called no more.
  void GuardTables(std::span<const std::string_view> tables,
                   std::function<Status(std::string_view table)> make);

  /// From now on the rowids of this table's changed rows are kept for TakeTouched. A table has one
  /// watcher.
  void WatchTable(std::string table);
  /// The rows of a watched table that were inserted, updated or deleted since the last call,
  /// cascades included; also by transactions that run still or were rolled back.
  TouchedRows TakeTouched(std::string_view table);

  /// How often the phrases of an FTS5 expression stand in which rows of the index `index`
  /// (full_text.h). An occurrence in column i counts weights[i], or 1 beyond them. The rows of a
  /// common phrase are read `with_common` only.
  /// INVALID_ARGUMENT: no such index, or not an expression. CANCELLED.
  Result<FullTextMatches> ReadPhrases(std::string_view index, std::string_view expression,
                                      std::span<const double> weights, bool with_common);

  /// Copies the WAL into the file and empties it. FAILED_PRECONDITION inside a transaction.
  Status Checkpoint();
  /// As Checkpoint, and nothing of what was written stays in the WAL's file.
  Status EmptyLog();
  /// Rewrites the file without free pages; needs as much free space again.
  Status Vacuum();
  /// Writes a compact copy to a new file. ALREADY_EXISTS: there is one. It has the same page
  /// checksums or the same key.
  Status VacuumInto(const std::string& path);
  /// Another file of the same storage with the same settings; it must exist. Errors as Open.
  Result<std::unique_ptr<Database>> OpenBeside(const std::string& path, bool read_only,
                                               const CipherKey& key) const;
  /// Writes every page anew under another key, or plain with checksums. Not safe from crashes: for
  /// a copy that is given up then. Of no use afterwards but to be closed or read from.
  Status ChangeKey(const CipherKey& next);
  /// Rewrites the file with the page size, the reserve for checksums and the kind of free pages
  /// that `other` has; does nothing where they are the same. Needs as much memory as the file is
  /// long.
  Status TakeLayoutOf(Database& other);
  /// Gives up to max_pages free pages back to storage; 0 = all.
  Status ReleaseFreePages(int max_pages);
  /// Ok or CORRUPTION with the first finding. quick leaves out the comparison of indexes with
  /// tables.
  Status CheckIntegrity(bool quick);

 private:
  friend class Transaction;
  friend class Replacement;
  Database(std::shared_ptr<Connection> connection, DatabaseOptions options);
  Status CheckOutsideTransaction() const;

  std::shared_ptr<Connection> connection_;
  DatabaseOptions options_;
};

}  // namespace archivolt
