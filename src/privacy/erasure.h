// ErasureService: removes a user with everything that belongs to him, and leaves an audit trail
// that no longer tells who he was.
//
// Owns what is deleted, what is only unlinked and what is rewritten (schema/README.md has the
// table). Two parts: Erase is one transaction, after which no row, full-text entry or vector is
// left; Purge then takes the remains out of the file itself: free pages, unused room within pages,
// the write-ahead log. A mark in migration_state, set by the first and taken back by the second,
// has a Purge that was cut short done again at the next open.
// Errors: NOT_FOUND (no such user), those of the database.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/vector_registry.h"
#include "privacy/personal_rows.h"
#include "records/audit_context.h"
#include "storage/database.h"

namespace archivolt {

class ErasureService {
 public:
  /// All must outlive the service.
  ErasureService(Database& database, Clock& clock, IdSource& ids, AuditContext& audit,
                 VectorRegistry& vectors)
      : database_(database), clock_(clock), ids_(ids), audit_(audit), vectors_(vectors) {}

  /// {erased: {table: rows}, pseudonym}. With `dry_run` the same counts, and nothing changes.
  Result<Value> Erase(std::string_view user, bool dry_run);
  /// Whether an erasure still waits for its Purge.
  Result<bool> PurgePending();
  /// Rewrites the file without anything that was deleted. Needs as much storage and memory again as
  /// the file is long; QUOTA_EXCEEDED or OUT_OF_MEMORY leave the mark.
  Status Purge();

 private:
  Status Pseudonymise(const PersonalRows& rows, std::string_view pseudonym);
  Status Change(const PersonalRows& rows, const std::string& sql, std::string_view pseudonym);
  Status Delete(const PersonalRows& rows);

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  AuditContext& audit_;
  VectorRegistry& vectors_;
};

}  // namespace archivolt
