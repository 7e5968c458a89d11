#include "workspace/calls.h"

#include <algorithm>
#include <array>

#include "workspace/services.h"

namespace archivolt {
namespace {

template <AccountOperation operation>
Result<Value> Accounts(WorkspaceServices& services, const Object& params) {
  return services.accounts.Run(operation, params);
}

template <Result<Value> (AccountService::*method)(const Object&)>
Result<Value> Accounts(WorkspaceServices& services, const Object& params) {
  return (services.accounts.*method)(params);
}

constexpr auto kMethods = std::to_array<WorkspaceMethod>({
    {"accounts.achievements", Accounts<&AccountService::Achievements>},
    {"accounts.award", Accounts<&AccountService::Award>},
    {"accounts.createSession", CallAccountsCreateSession},
    {"accounts.endSession", Accounts<AccountOperation::kEndSession>},
    {"accounts.endSessions", Accounts<AccountOperation::kEndSessions>},
    {"accounts.issueKey", Accounts<&AccountService::IssueKey>},
    {"accounts.keys", Accounts<&AccountService::Keys>},
    {"accounts.password", Accounts<AccountOperation::kPassword>},
    {"accounts.providerKey", Accounts<AccountOperation::kProviderKey>},
    {"accounts.removeProviderKey", Accounts<AccountOperation::kRemoveProviderKey>},
    {"accounts.revokeKey", Accounts<AccountOperation::kRevokeKey>},
    {"accounts.session", Accounts<&AccountService::Session>},
    {"accounts.sessions", Accounts<&AccountService::Sessions>},
    {"accounts.setPassword", Accounts<AccountOperation::kSetPassword>},
    {"accounts.storeProviderKey", Accounts<&AccountService::StoreProviderKey>},
    {"accounts.sweepSessions", Accounts<AccountOperation::kSweepSessions>},
    {"accounts.verifyKey", Accounts<&AccountService::VerifyKey>},
    {"backup.begin", CallBackupBegin},
    {"backup.changeKey", CallBackupChangeKey},
    {"backup.check", CallBackupCheck},
    {"backup.copy", CallBackupCopy},
    {"backup.end", CallBackupEnd},
    {"backup.note", CallBackupNote},
    {"backup.step", CallBackupStep},
    {"cache.clear", CallCacheClear},
    {"cache.delete", CallCacheDelete},
    {"cache.get", CallCacheGet},
    {"cache.hit", CallCacheHit},
    {"cache.increment", CallCacheIncrement},
    {"cache.set", CallCacheSet},
    {"cache.stats", CallCacheStats},
    {"cache.sweep", CallCacheSweep},
    {"collections.compact", CallCollectionsCompact},
    {"collections.count", CallCollectionsCount},
    {"collections.create", CallCollectionsCreate},
    {"collections.delete", CallCollectionsDelete},
    {"collections.drop", CallCollectionsDrop},
    {"collections.ensureStandard", CallCollectionsEnsureStandard},
    {"collections.get", CallCollectionsGet},
    {"collections.list", CallCollectionsList},
    {"collections.points", CallCollectionsPoints},
    {"collections.query", CallCollectionsQuery},
    {"collections.upsert", CallCollectionsUpsert},
    {"documents.chunks", CallDocumentsChunks},
    {"documents.effective", CallDocumentsEffective},
    {"documents.findByName", CallDocumentsFindByName},
    {"documents.remove", CallDocumentsRemove},
    {"documents.select", CallDocumentsSelect},
    {"embedder.embed", CallEmbedderEmbed},
    {"embedder.load", CallEmbedderLoad},
    {"embedder.use", CallEmbedderUse},
    {"embedding.reembed", CallEmbeddingReembed},
    {"embedding.texts", CallEmbeddingTexts},
    {"embedding.vectors", CallEmbeddingVectors},
    {"ingest.cancel", CallIngestCancel},
    {"ingest.fail", CallIngestFail},
    {"ingest.open", CallIngestOpen},
    {"ingest.step", CallIngestStep},
    {"ingest.texts", CallIngestTexts},
    {"ingest.vectors", CallIngestVectors},
    {"interchange.bulk", CallInterchangeBulk},
    {"interchange.finish", CallInterchangeFinish},
    {"interchange.points", CallInterchangePoints},
    {"interchange.restoreIndex", CallInterchangeRestoreIndex},
    {"interchange.write", CallInterchangeWrite},
    {"maintenance.check", CallMaintenanceCheck},
    {"maintenance.compact", CallMaintenanceCompact},
    {"maintenance.health", CallMaintenanceHealth},
    {"maintenance.optimize", CallMaintenanceOptimize},
    {"maintenance.slowQueries", CallMaintenanceSlowQueries},
    {"maintenance.step", CallMaintenanceStep},
    {"migrations.backup", CallMigrationsBackup},
    {"migrations.current", CallMigrationsCurrent},
    {"migrations.list", CallMigrationsList},
    {"migrations.migrate", CallMigrationsMigrate},
    {"otherFile.close", CallOtherFileClose},
    {"otherFile.open", CallOtherFileOpen},
    {"otherFile.query", CallOtherFileQuery},
    {"otherFile.write", CallOtherFileWrite},
    {"privacy.applyRetention", CallPrivacyApplyRetention},
    {"privacy.eraseUser", CallPrivacyEraseUser},
    {"privacy.export", CallPrivacyExport},
    {"privacy.purge", CallPrivacyPurge},
    {"privacy.retention", CallPrivacyRetention},
    {"privacy.setRetention", CallPrivacySetRetention},
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
    {"sql.next", CallSqlNext},
    {"sql.query", CallSqlQuery},
    {"tx.begin", CallTxBegin},
    {"tx.commit", CallTxCommit},
    {"tx.rollback", CallTxRollback},
    {"workspace.status", CallWorkspaceStatus},
});
static_assert(std::ranges::is_sorted(kMethods, {}, &WorkspaceMethod::name));

}  // namespace

bool IsAllowedWhenOutdated(std::string_view method) {
  return method.starts_with("migrations.") || method.starts_with("backup.") ||
         method == "workspace.status" || method == "maintenance.slowQueries" ||
         method.starts_with("embedder.");
}

const WorkspaceMethod* FindMethod(std::string_view name) {
  const auto found = std::ranges::lower_bound(kMethods, name, {}, &WorkspaceMethod::name);
  return found != kMethods.end() && found->name == name ? &*found : nullptr;
}

}  // namespace archivolt
