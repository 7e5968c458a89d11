// The services over one open database, in the order in which they depend on one another.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "accounts/accounts.h"
#include "base/clock.h"
#include "base/ids.h"
#include "cache/cache.h"
#include "interchange/other_file.h"
#include "interchange/row_import.h"
#include "knowledge/collections.h"
#include "knowledge/documents.h"
#include "knowledge/embedders.h"
#include "knowledge/ingest.h"
#include "knowledge/reembedding.h"
#include "knowledge/row_embeddings.h"
#include "knowledge/vector_registry.h"
#include "maintenance/backup.h"
#include "maintenance/health.h"
#include "privacy/erasure.h"
#include "privacy/retention.h"
#include "privacy/user_export.h"
#include "records/audit_context.h"
#include "records/records.h"
#include "records/row_guards.h"
#include "records/slow_queries.h"
#include "records/sql.h"
#include "reports/reports.h"
#include "search/search.h"
#include "settings/settings.h"
#include "storage/bulk_commits.h"
#include "storage/database.h"
#include "storage/migrator.h"
#include "storage/schema_indexes.h"
#include "storage/transaction.h"

namespace archivolt {

struct WorkspaceServices {
  WorkspaceServices(std::unique_ptr<Database> opened, std::span<const Migration> migrations,
                    Clock& given_clock, RandomSource random)
      : database(std::move(opened)),
        clock(given_clock),
        ids(clock, std::move(random)),
        migrator(*database, migrations, clock),
        indexes(*database, migrations),
        bulk_commits(*database),
        guards(*database, clock, ids, audit),
        records(*database, clock, ids),
        slow_queries(clock),
        sql(*database, &slow_queries),
        settings(*database, clock, records, audit),
        accounts(*database, clock, records, audit),
        cache(*database, clock),
        vectors(*database, clock, ids),
        documents(*database, clock, records, audit),
        ingest(*database, clock, ids, embedders, vectors, audit),
        collections(*database, clock, ids, vectors, audit),
        rows(*database, clock, ids, embedders, vectors, audit),
        reembedding(*database, clock, ids, embedders, vectors, rows, audit),
        search(*database, clock, embedders, vectors, rows, settings),
        reports(*database, clock),
        health(*database),
        backup(*database, migrations, clock, audit),
        retention(*database, clock, ids, audit),
        erasure(*database, clock, ids, audit, vectors),
        user_export(*database, clock),
        row_import(*database, audit, guards, indexes) {}

  std::unique_ptr<Database> database;
  Clock& clock;
  IdSource ids;
  AuditContext audit;
  Migrator migrator;
  SchemaIndexes indexes;
  BulkCommits bulk_commits;
  /// Installed after the schema is up to date; removed and installed again around a migration.
  RowGuards guards;
  RecordStore records;
  SlowQueries slow_queries;
  SqlService sql;
  SettingsService settings;
  AccountService accounts;
  CacheService cache;
  Embedders embedders;
  VectorRegistry vectors;
  DocumentService documents;
  IngestService ingest;
  CollectionService collections;
  RowEmbeddings rows;
  Reembedding reembedding;
  SearchService search;
  ReportService reports;
  HealthService health;
  BackupService backup;
  RetentionService retention;
  ErasureService erasure;
  UserExport user_export;
  RowImport row_import;
  OtherFile other_file;
  /// The VFS of the database's file, for files beside it.
  std::string vfs;
  /// The schema is older than this release: only what `IsAllowedWhenOutdated` names may run.
  bool outdated = false;
  /// The transaction that a caller has open across calls. Declared last: it ends before the
  /// database closes.
  std::optional<Transaction> transaction;
  /// What commits changed since the last TakeChanges, by table.
  std::map<std::string, TableChanges> changes;
};

/// Makes anew what hangs on the tables of this very schema: to be called when it is open, and after
/// each migration.
Status AttachToSchema(WorkspaceServices& services);

}  // namespace archivolt
