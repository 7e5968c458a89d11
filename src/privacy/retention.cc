#include "privacy/retention.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "records/audit.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int64_t kMaxDays = 36'500;
/// Rows of one statement: a chunk takes its full-text entries and its vector along.
constexpr int kBatchRows = 50;

/// ?1 is the time before which a row must have ended.
struct Rule {
  std::string_view cls;
  std::string_view table;
  std::string_view expired;
};
constexpr Rule kRules[] = {
    {"cache", "cache_entries", "expires_at <= ?1"},
    {"cache", "rate_limits", "expires_at <= ?1"},
    {"documents", "documents", "is_deleted = 1 AND coalesce(deleted_at, updated_at) <= ?1"},
    // The last report of a run stays a day, so that deleting logs at once comes to an end.
    {"logs", "audit_log",
     "origin = 'local' AND created_at <= ?1 - (action IS 'retention') * 86400000000"},
    {"projects", "projects", "deleted_at <= ?1"},
    {"sessions", "auth_sessions", "origin = 'local' AND expires_at <= ?1"},
};

/// What belongs to a project although a plain DELETE of it only unlinks them. Without it, all that
/// a deleted project hid would come back to light when its row goes.
constexpr std::string_view kProjectContent[] = {"ai_requests", "conversations", "decisions",
                                                "documents"};

struct Step {
  const Table* table;
  std::string rows;  // an SQL condition
};

/// Everything that goes with the rows of `table` that meet `rows`, children first.
void Plan(const std::vector<Reference>& references, const Table* table, const std::string& rows,
          std::vector<Step>& steps) {
  for (const Reference& reference : references) {
    const bool goes =
        reference.cascades ||
        (reference.parent == "projects" &&
         std::ranges::find(kProjectContent, reference.child->name) != std::end(kProjectContent));
    if (reference.parent != table->name || !goes) continue;
    Plan(references, reference.child,
         Quoted(reference.column) + " IN (SELECT id FROM " + Quoted(table->name) + " WHERE " +
             rows + ")",
         steps);
  }
  steps.push_back({table, rows});
}

}  // namespace

Result<Array> RetentionService::List() {
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database_.Prepare("SELECT class, keep_days FROM retention_policies ORDER BY class"));
  Array out;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return out;
    out.emplace_back(Object{{"class", rows.Text(0)}, {"keepDays", rows.Column(1)}});
  }
}

Status RetentionService::Set(std::string_view cls, const Value& keep_days) {
  const bool known = std::ranges::any_of(kRules, [&](const Rule& rule) { return rule.cls == cls; });
  if (!known) {
    return Status::InvalidArgument(
               "class must be one of cache, documents, logs, projects, sessions.")
        .With("argument", "class");
  }
  if (!keep_days.is_null() &&
      !(keep_days.is_int() && keep_days.AsInt() >= 0 && keep_days.AsInt() <= kMaxDays)) {
    return Status::InvalidArgument(
               "keepDays must be null (for ever) or a whole number of days from 0 to 36500.")
        .With("argument", "keepDays");
  }
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(
          "INSERT INTO retention_policies(class, keep_days, updated_at) VALUES (?1, ?2, ?3) ON "
          "CONFLICT DO UPDATE SET keep_days = excluded.keep_days, updated_at = "
          "excluded.updated_at"));
  AV_RETURN_IF_ERROR(write.BindAll(cls, keep_days, clock_.NowMicros()));
  return write.Run();
}

Result<Value> RetentionService::Apply(int64_t budget_ms, bool dry_run) {
  const int64_t deadline = budget_ms == 0 || dry_run ? std::numeric_limits<int64_t>::max()
                                                     : clock_.NowMicros() + budget_ms * 1000;
  RowCounts counts;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(const bool done, DeleteExpired(deadline, counts));
  if (dry_run || counts.empty()) {
    AV_RETURN_IF_ERROR(transaction.Rollback());
  } else {
    const std::string entry = entry_;
    Status status = Record(counts);
    if (status.ok()) status = transaction.Commit();
    if (!status.ok()) {
      entry_ = entry;
      return status;
    }
    for (const auto& [table, rows] : counts) run_[table] += rows;
  }
  if (done && !dry_run) {
    entry_.clear();
    run_.clear();
  }
  return Value(Object{{"deleted", CountsOf(counts)}, {"more", !done}});
}

Result<bool> RetentionService::DeleteExpired(int64_t deadline, RowCounts& counts) {
  const AuditContext::Silence silence(audit_);
  AV_ASSIGN_OR_RETURN(const std::vector<Reference> references, ReadReferences(database_));
  AV_ASSIGN_OR_RETURN(Statement policy,
                      database_.Prepare("SELECT ?2 - keep_days * 86400000000 FROM "
                                        "retention_policies WHERE class = ?1"));
  const int64_t now = clock_.NowMicros();
  for (const Rule& rule : kRules) {
    policy.Reset();
    AV_RETURN_IF_ERROR(policy.BindAll(rule.cls, now));
    AV_ASSIGN_OR_RETURN(const bool found, policy.Step());
    if (!found || policy.IsNull(0)) continue;
    const int64_t ended_before = policy.Int(0);
    const Table* table = FindTable(rule.table);
    AV_ASSIGN_OR_RETURN(Statement any,
                        database_.Prepare("SELECT 1 FROM " + Quoted(rule.table) + " WHERE " +
                                          std::string(rule.expired) + " LIMIT 1"));
    AV_RETURN_IF_ERROR(any.Bind(1, ended_before));
    AV_ASSIGN_OR_RETURN(const bool some, any.Step());
    any.Reset();
    if (!some || table == nullptr) continue;
    std::vector<Step> steps;
    Plan(references, table, std::string(rule.expired), steps);
    for (const Step& step : steps) {
      const std::string names = RowNames(*step.table);
      const std::string columns = names.front() == '(' ? names.substr(1, names.size() - 2) : names;
      AV_ASSIGN_OR_RETURN(
          Statement remove,
          database_.Prepare("DELETE FROM " + Quoted(step.table->name) + " WHERE " + names +
                            " IN (SELECT " + columns + " FROM " + Quoted(step.table->name) +
                            " WHERE " + step.rows + " LIMIT ?2)"));
      AV_RETURN_IF_ERROR(remove.BindAll(ended_before, kBatchRows));
      while (true) {
        AV_RETURN_IF_ERROR(remove.Run());
        const int64_t removed = database_.changes();
        if (removed == 0) break;
        counts[std::string(step.table->name)] += removed;
        // Only after progress: a slice that only looked would be repeated for ever.
        if (clock_.NowMicros() >= deadline) return false;
      }
    }
  }
  return true;
}

/// The entry of a run is written with its first rows and grows with it, so that a run that was cut
/// short is on record too.
Status RetentionService::Record(const RowCounts& counts) {
  RowCounts total = run_;
  for (const auto& [table, rows] : counts) total[table] += rows;
  if (entry_.empty()) {
    entry_ = ids_.NewId();
    return WriteAuditEntry(database_, clock_, ids_, audit_,
                           {.action = "retention",
                            .resource_type = "retention_policies",
                            .details = CountsOf(total),
                            .id = entry_});
  }
  AV_ASSIGN_OR_RETURN(const std::string details, WriteJson(Value(CountsOf(total))));
  AV_ASSIGN_OR_RETURN(Statement write,
                      database_.Prepare("UPDATE audit_log SET details = ?2 WHERE id = ?1"));
  AV_RETURN_IF_ERROR(write.BindAll(entry_, details));
  return write.Run();
}

}  // namespace archivolt
