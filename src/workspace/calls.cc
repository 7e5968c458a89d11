#include "workspace/calls.h"

#include <algorithm>
#include <array>

namespace archivolt {
namespace {

constexpr auto kMethods = std::to_array<WorkspaceMethod>({
    {"accounts.achievements", CallAccountsAchievements},
    {"accounts.award", CallAccountsAward},
    {"accounts.createSession", CallAccountsCreateSession},
    {"accounts.endSession", CallAccountsEndSession},
    {"accounts.endSessions", CallAccountsEndSessions},
    {"accounts.issueKey", CallAccountsIssueKey},
    {"accounts.keys", CallAccountsKeys},
    {"accounts.password", CallAccountsPassword},
    {"accounts.providerKey", CallAccountsProviderKey},
    {"accounts.removeProviderKey", CallAccountsRemoveProviderKey},
    {"accounts.revokeKey", CallAccountsRevokeKey},
    {"accounts.session", CallAccountsSession},
    {"accounts.sessions", CallAccountsSessions},
    {"accounts.setPassword", CallAccountsSetPassword},
    {"accounts.storeProviderKey", CallAccountsStoreProviderKey},
    {"accounts.sweepSessions", CallAccountsSweepSessions},
    {"accounts.verifyKey", CallAccountsVerifyKey},
    {"cache.clear", CallCacheClear},
    {"cache.delete", CallCacheDelete},
    {"cache.get", CallCacheGet},
    {"cache.hit", CallCacheHit},
    {"cache.increment", CallCacheIncrement},
    {"cache.set", CallCacheSet},
    {"cache.stats", CallCacheStats},
    {"cache.sweep", CallCacheSweep},
    {"collections.compact", CallCollectionsCompact},
    {"collections.create", CallCollectionsCreate},
    {"collections.delete", CallCollectionsDelete},
    {"collections.drop", CallCollectionsDrop},
    {"collections.get", CallCollectionsGet},
    {"collections.list", CallCollectionsList},
    {"collections.query", CallCollectionsQuery},
    {"collections.upsert", CallCollectionsUpsert},
    {"documents.chunks", CallDocumentsChunks},
    {"documents.effective", CallDocumentsEffective},
    {"documents.remove", CallDocumentsRemove},
    {"documents.select", CallDocumentsSelect},
    {"embedder.embed", CallEmbedderEmbed},
    {"embedder.load", CallEmbedderLoad},
    {"embedder.use", CallEmbedderUse},
    {"ingest.cancel", CallIngestCancel},
    {"ingest.fail", CallIngestFail},
    {"ingest.open", CallIngestOpen},
    {"ingest.step", CallIngestStep},
    {"ingest.texts", CallIngestTexts},
    {"ingest.vectors", CallIngestVectors},
    {"maintenance.step", CallMaintenanceStep},
    {"migrations.current", CallMigrationsCurrent},
    {"migrations.list", CallMigrationsList},
    {"records.count", CallRecordsCount},
    {"records.delete", CallRecordsDelete},
    {"records.find", CallRecordsFind},
    {"records.get", CallRecordsGet},
    {"records.insert", CallRecordsInsert},
    {"records.insertMany", CallRecordsInsertMany},
    {"records.update", CallRecordsUpdate},
    {"reports.run", CallReportsRun},
    {"search", CallSearch},
    {"settings.history", CallSettingsHistory},
    {"settings.resolve", CallSettingsResolve},
    {"settings.set", CallSettingsSet},
    {"sql.batch", CallSqlBatch},
    {"sql.execute", CallSqlExecute},
    {"sql.query", CallSqlQuery},
    {"tx.begin", CallTxBegin},
    {"tx.commit", CallTxCommit},
    {"tx.rollback", CallTxRollback},
    {"workspace.status", CallWorkspaceStatus},
});
static_assert(std::ranges::is_sorted(kMethods, {}, &WorkspaceMethod::name));

}  // namespace

const WorkspaceMethod* FindMethod(std::string_view name) {
  const auto found = std::ranges::lower_bound(kMethods, name, {}, &WorkspaceMethod::name);
  return found != kMethods.end() && found->name == name ? &*found : nullptr;
}

}  // namespace archivolt
