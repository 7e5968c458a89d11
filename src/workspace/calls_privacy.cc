// Calls to privacy and maintenance.
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {

Result<Value> CallPrivacyRetention(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(Array classes, services.retention.List());
  return Value(std::move(classes));
}

Result<Value> CallPrivacySetRetention(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string cls, TextArgument(params, "class"));
  AV_RETURN_IF_ERROR(services.retention.Set(cls, Argument(params, "keepDays")));
  return Value();
}

Result<Value> CallPrivacyApplyRetention(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t budget, IntegerArgument(params, "budgetMs", 0, 0, 1000));
  AV_ASSIGN_OR_RETURN(const bool dry_run, BooleanArgument(params, "dryRun", false));
  return services.retention.Apply(budget, dry_run);
}

Result<Value> CallPrivacyEraseUser(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, TextArgument(params, "user"));
  AV_ASSIGN_OR_RETURN(const bool dry_run, BooleanArgument(params, "dryRun", false));
  return services.erasure.Erase(user, dry_run);
}

/// With a user: begins an export. Then, and without: its next piece. `end`: forgets it.
Result<Value> CallPrivacyExport(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const bool end, BooleanArgument(params, "end", false));
  if (end) {
    services.user_export.End();
    return Value(Object{{"text", ""}, {"more", false}});
  }
  if (!Argument(params, "user").is_null()) {
    AV_ASSIGN_OR_RETURN(const std::string user, TextArgument(params, "user"));
    AV_RETURN_IF_ERROR(services.user_export.Begin(user));
  }
  return services.user_export.Next();
}

/// With `ask`: only whether an erasure waits for it.
Result<Value> CallPrivacyPurge(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const bool ask, BooleanArgument(params, "ask", false));
  AV_ASSIGN_OR_RETURN(const bool pending, services.erasure.PurgePending());
  if (pending && !ask) AV_RETURN_IF_ERROR(services.erasure.Purge());
  return Value(pending);
}

Result<Value> CallMaintenanceHealth(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const bool full, BooleanArgument(params, "full", false));
  AV_ASSIGN_OR_RETURN(Value report, services.health.Report(full));
  report.AsObject().Append("slowQueries", services.slow_queries.List());
  return report;
}

/// Whether the structure was looked at as a whole: false when the time was too short.
Result<Value> CallMaintenanceCheck(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t budget, IntegerArgument(params, "budgetMs", 200, 1, 60'000));
  const int64_t end = services.clock.NowMicros() + budget * 1000;
  services.database->SetInterruptCheck([&] { return services.clock.NowMicros() > end; });
  const Status status = services.database->CheckIntegrity(true);
  services.database->SetInterruptCheck({});
  if (status.code() == ErrorCode::CANCELLED) return Value(false);
  AV_RETURN_IF_ERROR(status);
  return Value(true);
}

Result<Value> CallMaintenanceOptimize(WorkspaceServices& services, const Object&) {
  AV_RETURN_IF_ERROR(services.health.Optimize());
  return Value();
}

Result<Value> CallMaintenanceCompact(WorkspaceServices& services, const Object&) {
  return services.health.Compact();
}

Result<Value> CallMaintenanceSlowQueries(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t threshold,
                      IntegerArgument(params, "thresholdMs", -1, 0, INT64_MAX / 1000));
  if (threshold >= 0) services.slow_queries.SetThreshold(threshold);
  return Value(services.slow_queries.TakeNew());
}

}  // namespace archivolt
