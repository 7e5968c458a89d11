#include "privacy/erasure.h"

#include <utility>

#include "records/audit.h"
#include "records/full_text.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

/// Columns of text that name a user without a key. ?6 is the pseudonym, the others as in
/// PersonalRows::BindIdentity.
constexpr std::string_view kRenames[] = {
    "UPDATE agent_traces SET cancelled_by = ?6 WHERE cancelled_by IN (?1, ?2, ?3)",
    "UPDATE dynamic_config SET updated_by = ?6 WHERE updated_by IN (?1, ?2, ?3)",
    "UPDATE messages SET sender = ?6 WHERE sender IN (?1, ?2)",
};

/// After the entries about erased rows are emptied: who acted, from where, and ids and addresses
/// within the values of other entries.
constexpr std::string_view kTrail[] = {
    "UPDATE audit_log SET actor = iif(actor IS NULL, NULL, ?6), user_id = NULL, ip_address = NULL, "
    "user_agent = NULL WHERE user_id = ?1 OR actor IN (?1, ?2, ?3)",
    "UPDATE audit_log SET old_value = iif(old_value IN (?1, ?2), ?6, old_value), new_value = "
    "iif(new_value IN (?1, ?2), ?6, new_value) WHERE old_value IN (?1, ?2) OR new_value IN (?1, "
    "?2)",
    "UPDATE audit_log SET old_value = replace(old_value, json_quote(?1), json_quote(?6)), "
    "new_value "
    "= replace(new_value, json_quote(?1), json_quote(?6)), details = replace(details, "
    "json_quote(?1), json_quote(?6)), extra = replace(extra, json_quote(?1), json_quote(?6)) WHERE "
    "instr(coalesce(old_value, '') || coalesce(new_value, '') || coalesce(details, '') || "
    "coalesce(extra, ''), json_quote(?1))",
    "UPDATE audit_log SET old_value = replace(old_value, json_quote(?2), json_quote(?6)), "
    "new_value "
    "= replace(new_value, json_quote(?2), json_quote(?6)), details = replace(details, "
    "json_quote(?2), json_quote(?6)), extra = replace(extra, json_quote(?2), json_quote(?6)) WHERE "
    "?2 IS NOT NULL AND instr(coalesce(old_value, '') || coalesce(new_value, '') || "
    "coalesce(details, '') || coalesce(extra, ''), json_quote(?2))",
};

constexpr std::string_view kMark = "archivolt:purge";

}  // namespace

Status ErasureService::Change(const PersonalRows& rows, const std::string& sql,
                              std::string_view pseudonym) {
  AV_ASSIGN_OR_RETURN(Statement write, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(rows.BindIdentity(write));
  if (write.parameter_count() >= 6) AV_RETURN_IF_ERROR(write.Bind(6, pseudonym));
  return write.Run();
}

Result<Value> ErasureService::Erase(std::string_view user, bool dry_run) {
  const AuditContext::Silence silence(audit_);
  const std::string pseudonym = "erased-" + ids_.NewId();
  RowCounts counts;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  {
    AV_ASSIGN_OR_RETURN(const PersonalRows rows,
                        PersonalRows::Collect(database_, user, "erased_rows"));
    AV_ASSIGN_OR_RETURN(counts, rows.Counts());
    if (!dry_run) {
      AV_RETURN_IF_ERROR(Pseudonymise(rows, pseudonym));
      AV_RETURN_IF_ERROR(Delete(rows));
      // A deleted word stays in its segment, beside a note that it is deleted, until both meet.
      AV_RETURN_IF_ERROR(MergeFullText(database_));
      const AuditContext::ActAs as(audit_, audit_.actor() == user ? pseudonym : audit_.actor());
      AV_RETURN_IF_ERROR(WriteAuditEntry(database_, clock_, ids_, audit_,
                                         {.action = "erase",
                                          .resource_type = "users",
                                          .resource_id = pseudonym,
                                          .details = Object{{"erased", CountsOf(counts)}}}));
      AV_ASSIGN_OR_RETURN(
          Statement mark,
          database_.Prepare("INSERT OR REPLACE INTO migration_state(id, migration_name, "
                            "started_at, status) VALUES (?1, ?2, ?3, 'in_progress')"));
      AV_RETURN_IF_ERROR(mark.BindAll(ids_.NewId(), kMark, clock_.NowMicros()));
      AV_RETURN_IF_ERROR(mark.Run());
    }
  }
  if (dry_run) {
    AV_RETURN_IF_ERROR(transaction.Rollback());
  } else {
    AV_RETURN_IF_ERROR(transaction.Commit());
    // Indexes keep the bytes of removed vectors for a while; those filled anew do not.
    vectors_.Reset();
  }
  return Value(Object{{"erased", CountsOf(counts)}, {"pseudonym", pseudonym}});
}

Status ErasureService::Pseudonymise(const PersonalRows& rows, std::string_view pseudonym) {
  // Rows of the user that were deleted before are known from the trail alone: entries of whole rows
  // that name one of his rows, or one found so, as what they belong to.
  std::string edges;
  for (const Reference& reference : rows.owning()) {
    edges += (edges.empty() ? "VALUES ('" : ", ('") + std::string(reference.child->name) + "', '" +
             reference.column + "', '" + reference.parent + "')";
  }
  AV_ASSIGN_OR_RETURN(
      Statement find,
      database_.Prepare(
          "WITH edges(child, col, parent) AS (" + edges + ") INSERT OR IGNORE INTO " +
          rows.table() +
          " SELECT DISTINCT a.resource_type, NULL, a.resource_id, 2 FROM audit_log a, "
          "json_each(iif(a.value_format = 'json', coalesce(a.new_value, a.old_value), NULL)) j, "
          "edges e, " +
          rows.table() +
          " r WHERE a.action IN ('insert', 'delete') AND a.resource_id IS NOT NULL AND e.child = "
          "a.resource_type AND e.col = j.key AND r.tbl = e.parent AND r.id = j.atom AND r.own"));
  do {
    AV_RETURN_IF_ERROR(find.Run());
  } while (database_.changes() > 0);
  AV_RETURN_IF_ERROR(
      Change(rows,
             "UPDATE audit_log SET resource_id = ?6, old_value = NULL, new_value = NULL, details = "
             "NULL, extra = NULL, ip_address = NULL, user_agent = NULL WHERE (resource_type, "
             "resource_id) IN (SELECT tbl, replace(id, char(31), '/') FROM " +
                 rows.table() +
                 " WHERE own) OR instr('/' || resource_id || '/', '/' || ?1 || '/') OR "
                 "resource_id IN (?2, ?3, ?4 || ?5)",
             pseudonym));
  for (const std::string_view sql : kTrail) {
    AV_RETURN_IF_ERROR(Change(rows, std::string(sql), pseudonym));
  }
  for (const std::string_view sql : kRenames) {
    AV_RETURN_IF_ERROR(Change(rows, std::string(sql), pseudonym));
  }
  return Status::Ok();
}

Status ErasureService::Delete(const PersonalRows& rows) {
  for (const Table& table : AllTables()) {
    AV_RETURN_IF_ERROR(database_.Execute("DELETE FROM " + Quoted(table.name) + " WHERE " +
                                         AmongRows(table, rows.table(), "own = 1")));
  }
  return Status::Ok();
}

Result<bool> ErasureService::PurgePending() {
  AV_ASSIGN_OR_RETURN(Statement mark,
                      database_.Prepare("SELECT 1 FROM migration_state WHERE migration_name = ?1"));
  AV_RETURN_IF_ERROR(mark.Bind(1, kMark));
  return mark.Step();
}

Status ErasureService::Purge() {
  AV_RETURN_IF_ERROR(database_.Vacuum());
  AV_RETURN_IF_ERROR(database_.EmptyLog());
  AV_ASSIGN_OR_RETURN(Statement mark,
                      database_.Prepare("DELETE FROM migration_state WHERE migration_name = ?1"));
  AV_RETURN_IF_ERROR(mark.Bind(1, kMark));
  return mark.Run();
}

}  // namespace archivolt
