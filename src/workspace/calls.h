// The method table: what the façade answers to, and which service function stands behind each name.
#pragma once

#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

struct WorkspaceServices;

/// Runs one operation over the services; `params` has the members that the method needs.
using WorkspaceCall = Result<Value>(WorkspaceServices& services, const Object& params);

struct WorkspaceMethod {
  std::string_view name;
  WorkspaceCall* run;
};

/// Whether the method may run while the schema is older than this release knows.
bool IsAllowedWhenOutdated(std::string_view method);

/// The method of that name, or nullptr.
const WorkspaceMethod* FindMethod(std::string_view name);

WorkspaceCall CallRecordsInsert;
WorkspaceCall CallRecordsInsertMany;
WorkspaceCall CallRecordsGet;
WorkspaceCall CallRecordsFind;
WorkspaceCall CallRecordsCount;
WorkspaceCall CallRecordsUpdate;
WorkspaceCall CallRecordsDelete;
WorkspaceCall CallReportsRun;
WorkspaceCall CallSqlQuery;
WorkspaceCall CallSqlNext;
WorkspaceCall CallSqlExecute;
WorkspaceCall CallSqlBatch;
WorkspaceCall CallTxBegin;
WorkspaceCall CallTxCommit;
WorkspaceCall CallTxRollback;
WorkspaceCall CallIngestOpen;
WorkspaceCall CallIngestStep;
WorkspaceCall CallIngestTexts;
WorkspaceCall CallIngestVectors;
WorkspaceCall CallIngestCancel;
WorkspaceCall CallIngestFail;
WorkspaceCall CallDocumentsChunks;
WorkspaceCall CallDocumentsRemove;
WorkspaceCall CallDocumentsSelect;
WorkspaceCall CallDocumentsEffective;
WorkspaceCall CallDocumentsFindByName;
WorkspaceCall CallSearch;
WorkspaceCall CallCollectionsCreate;
WorkspaceCall CallCollectionsList;
WorkspaceCall CallCollectionsDrop;
WorkspaceCall CallCollectionsUpsert;
WorkspaceCall CallCollectionsGet;
WorkspaceCall CallCollectionsDelete;
WorkspaceCall CallCollectionsQuery;
WorkspaceCall CallCollectionsCompact;
WorkspaceCall CallCollectionsCount;
WorkspaceCall CallCollectionsPoints;
WorkspaceCall CallCollectionsEnsureStandard;
WorkspaceCall CallEmbedderLoad;
WorkspaceCall CallEmbedderUse;
WorkspaceCall CallEmbedderEmbed;
WorkspaceCall CallEmbeddingReembed;
WorkspaceCall CallEmbeddingTexts;
WorkspaceCall CallEmbeddingVectors;
WorkspaceCall CallMaintenanceStep;
WorkspaceCall CallMaintenanceCheck;
WorkspaceCall CallMaintenanceCompact;
WorkspaceCall CallMaintenanceHealth;
WorkspaceCall CallMaintenanceOptimize;
WorkspaceCall CallMaintenanceSlowQueries;
WorkspaceCall CallPrivacyApplyRetention;
WorkspaceCall CallPrivacyEraseUser;
WorkspaceCall CallPrivacyExport;
WorkspaceCall CallPrivacyPurge;
WorkspaceCall CallPrivacyRetention;
WorkspaceCall CallPrivacySetRetention;
WorkspaceCall CallWorkspaceStatus;
WorkspaceCall CallSettingsResolve;
WorkspaceCall CallSettingsSet;
WorkspaceCall CallSettingsHistory;
WorkspaceCall CallAccountsCreateSession;
WorkspaceCall CallBackupBegin;
WorkspaceCall CallBackupChangeKey;
WorkspaceCall CallBackupCheck;
WorkspaceCall CallBackupCopy;
WorkspaceCall CallBackupEnd;
WorkspaceCall CallBackupNote;
WorkspaceCall CallBackupStep;
WorkspaceCall CallCacheSet;
WorkspaceCall CallCacheGet;
WorkspaceCall CallCacheDelete;
WorkspaceCall CallCacheIncrement;
WorkspaceCall CallCacheHit;
WorkspaceCall CallCacheClear;
WorkspaceCall CallCacheSweep;
WorkspaceCall CallCacheStats;
WorkspaceCall CallMigrationsCurrent;
WorkspaceCall CallMigrationsList;
WorkspaceCall CallMigrationsBackup;
WorkspaceCall CallMigrationsMigrate;
WorkspaceCall CallInterchangeFinish;
WorkspaceCall CallInterchangeBulk;
WorkspaceCall CallInterchangePoints;
WorkspaceCall CallInterchangeRestoreIndex;
WorkspaceCall CallInterchangeWrite;
WorkspaceCall CallOtherFileClose;
WorkspaceCall CallOtherFileOpen;
WorkspaceCall CallOtherFileQuery;
WorkspaceCall CallOtherFileWrite;

}  // namespace archivolt
