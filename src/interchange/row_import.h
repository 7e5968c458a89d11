// RowImport: rows of other systems, written as they are.
//
// A row is found again by its key: one that is there is changed where it differs and left alone
// where it does not. The rules that its own system promised hold (rules.h); nothing is corrected,
// derived or recorded row by row, so that what came in can go out again: whoever imports leaves one
// entry in the audit trail. New rows go in together, by one statement in the transaction that the
// caller has open; where it fails, fewer together, so that each row is judged by itself. A table
// that grows by much goes without its secondary indexes until its last row is in
// (schema_indexes.h). Owns no transaction and no order of tables.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "records/audit_context.h"
#include "records/row_guards.h"
#include "storage/database.h"
#include "storage/scalar_function.h"
#include "storage/schema_indexes.h"

namespace archivolt {

class RowImport {
 public:
  /// All must outlive the import.
  RowImport(Database& database, AuditContext& audit, RowGuards& guards, SchemaIndexes& indexes)
      : database_(database), audit_(audit), guards_(guards), indexes_(indexes) {}

  struct Batch {
    std::string_view table;
    const Array& columns;       // names; the key's among them
    const Array& more_columns;  // that only a new row gets
    std::string_view rows;      // packed (import_rows.h), of `columns`
    std::string_view defaults;  // packed, one row of `more_columns`
  };
  /// {added, updated, unchanged, rejects: [[index, reason]]}. Rows of a table that is only appended
  /// to are never changed. Errors: INVALID_ARGUMENT for a table, column or row of the wrong form,
  /// and what ends the whole import: no space, no memory, a file that cannot be read or written.
  Result<Value> Write(const Batch& batch);

  /// Makes one of the indexes that imports set aside; false when there is none. To be called when
  /// the rows of a table are in, outside of a transaction, until it answers so.
  Result<bool> RestoreIndex();

  /// What rows of `origin` say of one another and their system did not write down: counts, times
  /// and references by a name.
  Status Finish(std::string_view origin);

 private:
  class Writing;
  /// Sets the indexes of a table aside of whose rows an import has brought half or more.
  Status NoteAdded(const Table& table, int64_t added);
  static const ScalarFunction kCell;

  Database& database_;
  AuditContext& audit_;
  RowGuards& guards_;
  SchemaIndexes& indexes_;
  std::vector<int64_t> added_;        // by place of the table in AllTables, since RestoreIndex
  const Writing* writing_ = nullptr;  // what archivolt_cell reads
  bool registered_ = false;
};

}  // namespace archivolt
