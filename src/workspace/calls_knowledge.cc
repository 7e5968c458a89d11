// Calls to documents, search, collections, embedders and the workspace itself.
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

// One slice of work must leave room for the messages that wait.
constexpr int64_t kMaxBudgetMillis = 1000;
constexpr int64_t kDefaultBudgetMillis = 40;

Result<int64_t> Job(const Object& params) {
  return IntegerArgument(params, "job", 0, 0, INT64_MAX);
}

Result<int64_t> Budget(const Object& params) {
  return IntegerArgument(params, "budgetMs", kDefaultBudgetMillis, 0, kMaxBudgetMillis);
}

Result<Value> Nothing(Status status) {
  if (!status.ok()) return status;
  return Value();
}

Result<Value> Boxed(Result<Array> result) {
  if (!result.ok()) return result.status();
  return Value(std::move(result).value());
}

template <typename T>
Result<Value> Boxed(Result<T> result) {
  if (!result.ok()) return result.status();
  return Value(*result);
}

}  // namespace

Result<Value> CallIngestOpen(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const ChunkSettings chunks, services.settings.ForChunks());
  return services.ingest.Open(
      params, {static_cast<uint32_t>(chunks.size), static_cast<uint32_t>(chunks.overlap)});
}

Result<Value> CallIngestStep(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t job, Job(params));
  AV_ASSIGN_OR_RETURN(const int64_t budget, Budget(params));
  return services.ingest.Step(job, budget);
}

Result<Value> CallIngestTexts(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t job, Job(params));
  AV_ASSIGN_OR_RETURN(const int64_t from, IntegerArgument(params, "from", 0, 0, INT64_MAX));
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerArgument(params, "limit", 64, 1, 10'000));
  return services.ingest.Texts(job, from, limit);
}

Result<Value> CallIngestVectors(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t job, Job(params));
  AV_ASSIGN_OR_RETURN(const int64_t from, IntegerArgument(params, "from", 0, 0, INT64_MAX));
  AV_ASSIGN_OR_RETURN(const Array* vectors, ArrayArgument(params, "vectors"));
  return Nothing(services.ingest.Vectors(job, from, *vectors));
}

Result<Value> CallIngestCancel(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t job, Job(params));
  return Nothing(services.ingest.Cancel(job));
}

Result<Value> CallIngestFail(WorkspaceServices& services, const Object& params) {
  return services.ingest.Fail(params);
}

Result<Value> CallDocumentsChunks(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string id, TextArgument(params, "id"));
  return Boxed(services.documents.Chunks(id));
}

Result<Value> CallDocumentsRemove(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string id, TextArgument(params, "id"));
  return Boxed(services.documents.Remove(id));
}

Result<Value> CallDocumentsSelect(WorkspaceServices& services, const Object& params) {
  return Nothing(services.documents.Select(params));
}

Result<Value> CallDocumentsEffective(WorkspaceServices& services, const Object& params) {
  return Boxed(services.documents.Effective(params));
}

Result<Value> CallDocumentsFindByName(WorkspaceServices& services, const Object& params) {
  return Boxed(services.documents.FindByName(params));
}

Result<Value> CallSearch(WorkspaceServices& services, const Object& params) {
  const SlowQueries::Timing timing(&services.slow_queries, "search");
  return services.search.Search(params);
}

Result<Value> CallCollectionsCreate(WorkspaceServices& services, const Object& params) {
  return Nothing(services.collections.Create(params));
}

Result<Value> CallCollectionsList(WorkspaceServices& services, const Object&) {
  return Boxed(services.collections.List());
}

Result<Value> CallCollectionsDrop(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  return Boxed(services.collections.Drop(name));
}

Result<Value> CallCollectionsUpsert(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  AV_ASSIGN_OR_RETURN(const Array* points, ArrayArgument(params, "points"));
  AV_ASSIGN_OR_RETURN(const int64_t earlier,
                      IntegerArgument(params, "earlier", 0, 0, INT64_MAX / 2));
  AV_ASSIGN_OR_RETURN(const bool more, BooleanArgument(params, "more", false));
  return Boxed(services.collections.Upsert(name, *points, earlier, more));
}

Result<Value> CallCollectionsGet(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  AV_ASSIGN_OR_RETURN(const std::string id, TextArgument(params, "id"));
  return services.collections.Get(name, id);
}

Result<Value> CallCollectionsDelete(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  AV_ASSIGN_OR_RETURN(const Array* ids, ArrayArgument(params, "ids"));
  return Boxed(services.collections.Delete(name, *ids));
}

Result<Value> CallCollectionsCount(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  return Boxed(services.collections.Count(name, Argument(params, "filter")));
}

Result<Value> CallCollectionsPoints(WorkspaceServices& services, const Object& params) {
  return Boxed(services.collections.Points(params));
}

Result<Value> CallCollectionsEnsureStandard(WorkspaceServices& services, const Object&) {
  return Boxed(services.collections.EnsureStandard());
}

Result<Value> CallCollectionsQuery(WorkspaceServices& services, const Object& params) {
  return Boxed(services.collections.Query(params));
}

Result<Value> CallCollectionsCompact(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  return Nothing(services.collections.Compact(name));
}

Result<Value> CallEmbedderLoad(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const BytesView table, BytesArgument(params, "table"));
  return services.embedders.Load(table);
}

Result<Value> CallEmbedderUse(WorkspaceServices& services, const Object& params) {
  return Nothing(services.embedders.Use(params));
}

Result<Value> CallEmbedderEmbed(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const Array* texts, ArrayArgument(params, "texts"));
  return services.embedders.Embed(*texts);
}

Result<Value> CallEmbeddingReembed(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t budget, Budget(params));
  return services.reembedding.Step(params, budget);
}

Result<Value> CallEmbeddingTexts(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerArgument(params, "limit", 64, 1, 1000));
  return services.rows.Texts(limit);
}

Result<Value> CallEmbeddingVectors(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const Array* vectors, ArrayArgument(params, "vectors"));
  return Nothing(services.rows.Vectors(*vectors));
}

Result<Value> CallMaintenanceStep(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t budget, Budget(params));
  // Those of an import that was killed or cancelled: one at a time, however long it takes.
  AV_ASSIGN_OR_RETURN(const bool restored, services.row_import.RestoreIndex());
  if (restored) return Value(Object{{"more", true}, {"pending", 0}});
  AV_ASSIGN_OR_RETURN(const bool queued, services.rows.Drain(budget / 2));
  AV_ASSIGN_OR_RETURN(const bool unlinked, services.vectors.Maintain(budget - budget / 2));
  AV_ASSIGN_OR_RETURN(const int64_t pending, services.rows.CountPending());
  return Value(Object{{"more", queued || unlinked}, {"pending", pending}});
}

Result<Value> CallWorkspaceStatus(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(const int version, services.migrator.Current());
  AV_ASSIGN_OR_RETURN(const Value pages, services.database->QueryValue("PRAGMA page_count"));
  AV_ASSIGN_OR_RETURN(const Value page_size, services.database->QueryValue("PRAGMA page_size"));
  AV_ASSIGN_OR_RETURN(Value last_backup, services.backup.LastBackupAt());
  Array vectors;
  int64_t pending = 0;
  Value other;
  // An older schema may not have the tables yet.
  if (!services.outdated) {
    AV_ASSIGN_OR_RETURN(vectors, services.vectors.Describe());
    AV_ASSIGN_OR_RETURN(pending, services.rows.CountPending());
    AV_ASSIGN_OR_RETURN(other, services.reembedding.OtherEmbedder());
  }
  return Value(Object{{"schemaVersion", version},
                      {"encrypted", services.database->key().is_set()},
                      {"readOnly", services.database->read_only()},
                      {"usage", pages.AsInt() * page_size.AsInt()},
                      {"lastBackupAt", std::move(last_backup)},
                      {"vectors", std::move(vectors)},
                      {"embedding", Object{{"pending", pending}, {"other", std::move(other)}}}});
}

}  // namespace archivolt
