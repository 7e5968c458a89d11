// BackupService: a copy of the whole database as one file, the check of such a file, and putting
// its content in the place of what is there.
//
// Owns the order of a restore in the core: check (reading only), begin (the file is brought to the
// present schema), steps (pages go over in one transaction), end. A failure at any point leaves the
// database as it was. The files are the host's, beside the database. Errors: those of the database
// and CORRUPTION, INVALID_ARGUMENT, SCHEMA_TOO_NEW about the file.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "records/audit_context.h"
#include "storage/database.h"
#include "storage/migrator.h"
#include "storage/replacement.h"

namespace archivolt {

class BackupService {
 public:
  /// All must outlive the service.
  BackupService(Database& database, std::span<const Migration> migrations, Clock& clock,
                AuditContext& audit)
      : database_(database), migrations_(migrations), clock_(clock), audit_(audit) {}

  /// Writes a compact copy that says when it was made -> that time. Encrypted as the database is.
  Result<Value> Copy(const std::string& path);
  /// Brings a copy under another key, or makes it plain. Not safe from crashes.
  Status ChangeKey(const std::string& path, const CipherKey& next);

  /// Opens the file for reading and looks at everything: whose it is, its version, its schema word
  /// by word, all pages and indexes, foreign keys. -> {schemaVersion, rows: {table: count}}.
  /// `bytes`: length of the file, which a last page that was cut would not show. `own`: it is a
  /// copy of this very database, and must have as many rows. `key`: what it is encrypted with.
  /// SCHEMA_TOO_NEW; INVALID_ARGUMENT: not of Archivolt, or its schema is not ours; CORRUPTION.
  Result<Value> Check(const std::string& path, int64_t bytes, bool own,
                      const CipherKey& key = CipherKey());

  /// Remembers that a copy was made at that time (ISO 8601).
  Status Note(const std::string& at);
  /// When the last copy was made, as far as these data know; null = never.
  Result<Value> LastBackupAt();

  /// Opens a plain file that Check found sound, for writing: migrates it up, makes damaged
  /// full-text indexes anew, and gives it the layout and the key of this database.
  Status Begin(const std::string& path);
  /// Copies for about budget_ms -> {done, total, more}, in pages. Without more it is committed, and
  /// whatever was derived from the rows before is wrong. FAILED_PRECONDITION before Begin.
  Result<Value> Step(int64_t budget_ms);
  /// Closes the file; undoes what is not committed.
  void End();
  /// True after the last step.
  bool replaced() const { return replaced_; }

 private:
  Status BringUpToDate(Database& file);

  Database& database_;
  std::span<const Migration> migrations_;
  Clock& clock_;
  AuditContext& audit_;
  std::unique_ptr<Database> file_;
  std::unique_ptr<Replacement> replacement_;  // ends before the file closes
  bool replaced_ = false;
};

}  // namespace archivolt
