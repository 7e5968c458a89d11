// DocumentService: reads, removes and selects documents that are in.
//
// Owns removal with everything that hangs on a document (chunks, full text, vectors, index) and the
// three tiers of selection: everyone, one user, one conversation; the narrowest that says something
// wins. Durability: each writing call is one transaction. Errors: NOT_FOUND, INVALID_ARGUMENT
// {argument}.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "records/audit_context.h"
#include "records/records.h"
#include "storage/database.h"

namespace archivolt {

class DocumentService {
 public:
  /// All must outlive the service.
  DocumentService(Database& database, Clock& clock, RecordStore& records, AuditContext& audit)
      : database_(database), clock_(clock), records_(records), audit_(audit) {}

  /// The document's chunk rows in order. NOT_FOUND: no such document.
  Result<Array> Chunks(std::string_view id);
  /// False when there was none. The bytes are overwritten in the file.
  Result<bool> Remove(std::string_view id);
  /// {id, enabled: bool | null, user | conversation}; null lets the next tier decide again.
  Status Select(const Object& request);
  /// {name, limit? 1..1000 (10), threshold? 0..1 (0.3)} -> [{id, displayName, similarity}]:
  /// documents whose display name (or file name) is alike by trigrams, best first, equal ones by
  /// name and id. Without deleted ones.
  Result<Array> FindByName(const Object& request);
  /// {user?, conversation?} -> [{document_id, enabled, tier}], every document that is not deleted,
  /// nor of a deleted project.
  /// A conversation brings its user's tier with it unless `user` is given.
  Result<Array> Effective(const Object& scope);

 private:
  Database& database_;
  Clock& clock_;
  RecordStore& records_;
  AuditContext& audit_;
};

}  // namespace archivolt
