#include "workspace/workspace.h"

#include <algorithm>
#include <span>
#include <utility>

#include "base/utf.h"
#include "records/catalogue.h"
#include "schema/migrations.gen.h"
#include "text/identifiers.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

Status BringUpToDate(WorkspaceServices& services, const WorkspaceOptions& options) {
  AV_ASSIGN_OR_RETURN(const int current, services.migrator.Current());
  const int latest = services.migrator.latest();
  if (current > latest && !options.read_only) {
    return Status(ErrorCode::SCHEMA_TOO_NEW, "The workspace has schema version " +
                                                 std::to_string(current) + ", this release knows " +
                                                 std::to_string(latest) +
                                                 ". Update Archivolt, or open it read-only.")
        .With("version", static_cast<int64_t>(current))
        .With("known", static_cast<int64_t>(latest));
  }
  if (current >= latest || options.read_only) return Status::Ok();
  if (current > 0 && !options.upgrade) {
    services.outdated = true;
    return Status::Ok();
  }
  // A step may name an index that an import has set aside.
  AV_RETURN_IF_ERROR(services.indexes.RestoreAll());
  Result<std::vector<MigrationStep>> steps = services.migrator.Migrate(latest);
  return steps.status();
}

// Nobody watches these; what is kept how long, people set.
bool IsKeptByTheCore(const Table& table) {
  return table.access == Access::kReadOnly && table.name != "retention_policies";
}

// Commits of one call are told together.
void NoteChanges(std::span<const TableChanges> tables, WorkspaceServices& services) {
  for (const TableChanges& fresh : tables) {
    const Table* table = FindTable(fresh.table);
    if (table == nullptr || IsKeptByTheCore(*table)) continue;
    const auto [place, first] = services.changes.try_emplace(fresh.table, fresh);
    if (first) continue;
    TableChanges& known = place->second;
    known.complete = known.complete && fresh.complete;
    for (const std::string& key : fresh.keys) {
      if (std::ranges::find(known.keys, key) == known.keys.end()) known.keys.push_back(key);
    }
    if (!known.complete || known.keys.size() > kMaxReportedKeys) known = {fresh.table, {}, false};
  }
}

}  // namespace

// Which rows changed is told for every table of the catalogue that this database has; an older
// database that is open for reading only may lack some.
Status AttachToSchema(WorkspaceServices& services) {
  for (const Table& table : AllTables()) {
    if (IsKeptByTheCore(table)) continue;
    const Status known = services.database->ReportKeys(std::string(table.name), table.key);
    if (!known.ok() && known.code() != ErrorCode::NOT_FOUND) return known;
  }
  // The guards name columns that an older schema lacks; there no call may write.
  return services.outdated ? Status::Ok() : services.guards.Install();
}

struct Workspace::Services : WorkspaceServices {
  using WorkspaceServices::WorkspaceServices;
};

namespace {

Status Attach(WorkspaceServices& services) {
  services.guards.KeepIdentifiers(&IdentifierWords);
  AV_RETURN_IF_ERROR(AttachToSchema(services));
  WorkspaceServices* listener = &services;
  services.database->SetCommitListener([listener](std::span<const TableChanges> tables) {
    if (!listener->rows.writing() && !listener->reembedding.writing())
      NoteChanges(tables, *listener);
  });
  return Status::Ok();
}

}  // namespace

Result<std::unique_ptr<Workspace>> Workspace::Open(const WorkspaceOptions& options, Clock& clock,
                                                   RandomSource random) {
  DatabaseOptions database_options;
  database_options.path = options.path;
  database_options.vfs = options.vfs;
  database_options.read_only = options.read_only;
  database_options.create = !options.read_only;
  database_options.full_sync = options.full_sync;
  database_options.page_checksums = options.page_checksums;
  database_options.key = options.key;
  AV_ASSIGN_OR_RETURN(std::unique_ptr<Database> database, Database::Open(database_options));
  // Ids come from one source for as long as the workspace is open.
  RandomSource shared = [source = std::make_shared<RandomSource>(std::move(random))] {
    return (*source)();
  };
  auto services =
      std::make_unique<Services>(std::move(database), EmbeddedMigrations(), clock, shared);
  services->vfs = options.vfs;
  AV_RETURN_IF_ERROR(BringUpToDate(*services, options));
  AV_RETURN_IF_ERROR(Attach(*services));
  return std::unique_ptr<Workspace>(new Workspace(std::move(services), clock, std::move(shared)));
}

Workspace::Workspace(std::unique_ptr<Services> services, Clock& clock, RandomSource random)
    : clock_(clock), random_(std::move(random)), services_(std::move(services)) {}

Status Workspace::Renew() {
  services_->backup.End();
  // The listener belongs to the services that end here; Attach commits before it sets its own.
  services_->database->SetCommitListener({});
  const Status removed = services_->guards.Remove();
  auto fresh = std::make_unique<Services>(std::move(services_->database), EmbeddedMigrations(),
                                          clock_, random_);
  fresh->embedders = std::move(services_->embedders);
  fresh->vfs = services_->vfs;
  services_ = std::move(fresh);
  for (const Table& table : AllTables()) {
    if (!IsKeptByTheCore(table)) {
      const std::string name(table.name);
      services_->changes.emplace(name, TableChanges{name, {}, false});
    }
  }
  const Status attached = removed.ok() ? Attach(*services_) : removed;
  // Without its guards nobody may write.
  services_->outdated = !attached.ok();
  return attached;
}

Workspace::~Workspace() {
  services_->database->SetCommitListener({});
  services_->transaction.reset();
  // A database that closes well is worth more than fresh statistics.
  (void)services_->health.OptimizeBriefly().ok();
  services_->database->SetInterruptCheck({});
}

Result<Value> Workspace::Call(std::string_view method, const Value& params,
                              std::string_view actor) {
  const WorkspaceMethod* found = FindMethod(method);
  if (found == nullptr) {
    return Status::NotFound("There is no method " + std::string(method) + ".")
        .With("method", std::string(method));
  }
  if (services_->outdated && !IsAllowedWhenOutdated(method)) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The workspace was migrated down to an older schema. Call migrations.migrate to "
                  "go up again, or close it and open it with the release of that schema.")
        .With("method", std::string(method));
  }
  if (actor.find('\0') != std::string_view::npos || !IsValidUtf8(actor)) {
    return Status::InvalidArgument("The actor is not a text without NUL characters.")
        .With("argument", "actor");
  }
  Result<Value> result = Run(*found, params, actor);
  if (services_->backup.replaced()) AV_RETURN_IF_ERROR(Renew());
  // The log begins anew in the space that it has, so that rows can be deleted where none is left.
  if (!result.ok() && result.status().code() == ErrorCode::QUOTA_EXCEEDED) {
    (void)services_->database->Checkpoint().ok();
  }
  return result;
}

Result<Value> Workspace::Run(const WorkspaceMethod& method, const Value& params,
                             std::string_view actor) {
  const AuditContext::ActAs acting(services_->audit, std::string(actor));
  if (params.is_null()) return method.run(*services_, Object());
  if (!params.is_object()) {
    return Status::InvalidArgument("The parameters of a call are an object.")
        .With("method", std::string(method.name));
  }
  return method.run(*services_, params.AsObject());
}

Object Workspace::TakeChanges() {
  Object changed;
  for (auto& [table, changes] : std::exchange(services_->changes, {})) {
    Value keys;
    if (changes.complete) {
      keys = Value(Array(changes.keys.begin(), changes.keys.end()));
    }
    changed.Set(table, std::move(keys));
  }
  return changed;
}

void Workspace::SetInterruptCheck(std::function<bool()> check) {
  services_->database->SetInterruptCheck(std::move(check));
}

}  // namespace archivolt
