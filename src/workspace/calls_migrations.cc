// Calls to the versions of the schema.
#include <cstdint>
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {

Result<Value> CallMigrationsCurrent(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(const int version, services.migrator.Current());
  return Value(version);
}

Result<Value> CallMigrationsList(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(const std::vector<MigrationState> states, services.migrator.List());
  Array result;
  for (const MigrationState& state : states) {
    result.emplace_back(
        Object{{"version", state.version},
               {"name", state.name},
               {"appliedAt", state.applied_at ? Value(FormatMicros(*state.applied_at)) : Value()},
               {"reversible", state.reversible}});
  }
  return Value(std::move(result));
}

Result<Value> CallMigrationsBackup(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string path, TextArgument(params, "path"));
  AV_RETURN_IF_ERROR(services.database->VacuumInto(path));
  return Value();
}

Result<Value> CallMigrationsMigrate(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t to, IntegerArgument(params, "to", -1, 0, INT32_MAX));
  AV_ASSIGN_OR_RETURN(const bool dry_run, BooleanArgument(params, "dryRun", false));
  // A step may name an index that an import has set aside.
  if (!dry_run) AV_RETURN_IF_ERROR(services.indexes.RestoreAll());
  // A step may change what the guards' triggers name, also one that is only tried.
  AV_RETURN_IF_ERROR(services.guards.Remove());
  const Result<std::vector<MigrationStep>> steps =
      services.migrator.Migrate(static_cast<int>(to), dry_run);
  if (!steps.ok()) {
    AV_RETURN_IF_ERROR(AttachToSchema(services));
    return steps.status();
  }
  if (!dry_run) {
    services.outdated = to < services.migrator.latest();
    services.vectors.Reset();
  }
  AV_RETURN_IF_ERROR(AttachToSchema(services));
  Array applied;
  for (const MigrationStep& step : *steps) applied.emplace_back(step.version);
  return Value(Object{{"applied", std::move(applied)}});
}

}  // namespace archivolt
