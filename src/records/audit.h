// The audit trail: who changed which row, from what to what.
//
// Owns the form of its entries. Rows' changes are recorded by triggers (row_guards.h) in the very
// transaction of the change: action insert, update or delete, the row's id (key columns joined by
// "/"), and JSON objects of the columns that changed. Rows of settings leave one entry a field,
// action config_change. Values over 4 KiB are cut, with their length beside them; blobs are told by
// their length; secrets never appear. Nothing here updates or deletes an entry.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "records/audit_context.h"
#include "records/catalogue.h"
#include "records/kept_columns.h"
#include "storage/database.h"

namespace archivolt {

/// What happened, for entries that are no change of a row: a login, a search job, an export.
struct AuditEntry {
  std::string_view action;              // "login", "upsert", "erase"...
  std::string_view resource_type = {};  // a table, a service; "" = none
  std::string_view resource_id = {};    // "" = none
  Value details = {};                   // null or an object; never a secret, never content
  bool success = true;
  std::string_view id = {};  // "" = a new one
};

/// Writes the entry, by whoever acts in `context`, in the open transaction if there is one.
Status WriteAuditEntry(Database& database, Clock& clock, IdSource& ids, const AuditContext& context,
                       const AuditEntry& entry);

/// The statement of a trigger that records a change of one row, ended by ';'; "" for a table whose
/// rows are not recorded one by one. `kept`: columns whose values the core has just corrected.
std::string AuditStatement(const Table& table, RowEvent event, std::span<const KeptColumn> kept);

/// Answers archivolt_change(event, table, values...): whether there is a change to record, whose
/// sides are put into `before` and `after` as JSON, "" for none. Of an update each column comes
/// twice, old and new.
bool DescribeChange(const FunctionCall& call, std::string& before, std::string& after);

/// Answers archivolt_fields(event, table, values...): JSON {field: [old text, new text]} of the
/// changed ones.
std::string DescribeFields(const FunctionCall& call);

}  // namespace archivolt
