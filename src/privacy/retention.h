// RetentionService: how long each class of rows is kept after its end, and the deletion of what is
// older.
//
// Owns retention_policies and which rows belong to a class (schema/README.md has the decisions).
// Deletes children before their parents in small batches, so that no statement takes long however
// much hangs on one row. Rows of other systems' logs and logins are history that was imported at an
// old age: they are left alone. Durability: each call is one transaction. Errors:
// INVALID_ARGUMENT, those of the database.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "privacy/references.h"
#include "records/audit_context.h"
#include "storage/database.h"

namespace archivolt {

class RetentionService {
 public:
  /// All must outlive the service.
  RetentionService(Database& database, Clock& clock, IdSource& ids, AuditContext& audit)
      : database_(database), clock_(clock), ids_(ids), audit_(audit) {}

  /// [{class, keepDays: 0..36500 | null}], by class; null = for ever.
  Result<Array> List();
  /// INVALID_ARGUMENT: no such class, or neither null nor a whole number of days from 0 to 36500.
  Status Set(std::string_view cls, const Value& keep_days);

  /// Deletes what is older than its class allows for about `budget_ms` (0: until all is gone) and
  /// answers {deleted: {table: rows}, more}. With `dry_run` everything is counted and nothing
  /// changed. The calls of one run, up to `more` = false, share one audit entry with the counts.
  Result<Value> Apply(int64_t budget_ms, bool dry_run);

 private:
  /// False: the time was over before all was deleted.
  Result<bool> DeleteExpired(int64_t deadline, RowCounts& counts);
  Status Record(const RowCounts& counts);

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  AuditContext& audit_;
  std::string entry_;  ///< id of the audit entry of the run that goes on, empty for none
  RowCounts run_;      ///< what that run has deleted
};

}  // namespace archivolt
