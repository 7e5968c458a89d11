// RowGuards: triggers that hold the rules, keep derived columns true and write the audit trail.
//
// Owns the TEMP triggers of one connection, made of the catalogue, the rules (rules.h), the kept
// columns (kept_columns.h) and the audit trail (audit.h); so every path obeys: records, services,
// callers' SQL, cascades. Nothing of it stays in the file. What a trigger does belongs to the
// statement that fired it: it fails and is rolled back with it.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "records/audit_context.h"
#include "records/catalogue.h"
#include "storage/database.h"

namespace archivolt {

class RowGuards {
 public:
  /// All must outlive the guards, and these every write to the database.
  RowGuards(Database& database, Clock& clock, IdSource& ids, const AuditContext& context)
      : database_(database), clock_(clock), ids_(ids), context_(context) {}
  RowGuards(const RowGuards&) = delete;
  RowGuards& operator=(const RowGuards&) = delete;

  /// The words inside identifiers of title and code, for code_examples.identifiers. Before Install;
  /// without it the column is left alone.
  void KeepIdentifiers(std::string (*words)(std::string_view)) { words_ = words; }

  /// From now on nothing writes to a table before its triggers are made, if it has the columns of
  /// the catalogue: most workspaces write to few of them. Makes identifiers for rows that another
  /// program wrote. Does nothing in a read-only database or when it was called already.
  Status Install();

  /// The words inside identifiers, for rows of code that came without them.
  Status FillIdentifiers();

  /// In this block the guards let every row pass, if `all`: for whoever knows that there is no rule
  /// for the rows, and keeps, derives and records nothing.
  class Pass {
   public:
    Pass(RowGuards& guards, bool all) : guards_(guards) { guards.passing_ = all; }
    ~Pass() { guards_.passing_ = false; }
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;

   private:
    RowGuards& guards_;
  };

  /// Drops them: before the schema changes, after which Install is called again. Until then writes
  /// are neither checked nor recorded.
  Status Remove();

 private:
  /// Makes the triggers of a table.
  Status Guard(std::string_view name);
  Status Make(std::string_view trigger);
  /// Whether the table has the columns of the catalogue.
  Result<bool> Fits(const Table& table);
  bool keeping() const { return keeping_run_ == database_.runs(); }

  static const ScalarFunction kFunctions[];

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  const AuditContext& context_;
  std::string (*words_)(std::string_view) = nullptr;
  bool registered_ = false;
  bool passing_ = false;
  bool installed_ = false;
  std::set<std::string> names_;  // of the triggers that were made

  // Of the row whose trigger runs.
  int64_t now_ = 0;
  std::string before_;
  std::string after_;
  // The statement in which the core itself updates rows; its changes fire no guard. By number, so
  // that a statement that fails inside leaves nothing behind.
  uint64_t keeping_run_ = 0;
};

}  // namespace archivolt
