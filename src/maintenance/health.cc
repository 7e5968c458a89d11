#include "maintenance/health.h"

#include <string>
#include <string_view>
#include <utility>

#include "knowledge/row_embeddings.h"
#include "knowledge/vector_registry.h"
#include "records/catalogue.h"
#include "records/full_text.h"
#include "records/row_sql.h"

namespace archivolt {
namespace {

Status FullTextCommand(Database& database, std::string_view index, std::string_view columns,
                       std::string_view values) {
  return database.Execute("INSERT INTO " + Quoted(index) + "(" + Quoted(index) +
                          std::string(columns) + ") VALUES (" + std::string(values) + ")");
}

bool IsDamage(const Status& status) { return status.code() == ErrorCode::CORRUPTION; }

}  // namespace

Result<int64_t> HealthService::Number(std::string_view sql) {
  AV_ASSIGN_OR_RETURN(const Value value, database_.QueryValue(sql));
  return value.is_int() ? value.AsInt() : 0;
}

Result<Value> HealthService::Report(bool full) {
  Object report;
  AV_ASSIGN_OR_RETURN(Array integrity, Integrity(full));
  bool ok = true;
  // What cannot be read any more is one more finding; the rest of the report still stands.
  const auto finding = [&integrity](std::string_view part, const Status& status) {
    if (!IsDamage(status)) return false;
    integrity.emplace_back(std::string(part) + ": " + status.message());
    return true;
  };

  const Result<int64_t> foreign_keys = Number("SELECT count(*) FROM pragma_foreign_key_check");
  if (!foreign_keys.ok() && !finding("foreign keys", foreign_keys.status())) {
    return foreign_keys.status();
  }
  Object full_text;
  for (const Table& table : AllTables()) {
    for (const std::string_view index : {table.fts, table.trigram}) {
      if (index.empty()) continue;
      AV_ASSIGN_OR_RETURN(const bool sound, IsSound(index));
      ok = ok && sound;
      full_text.Append(std::string(index), sound);
    }
  }
  Result<Object> vectors = Vectors(ok);
  if (!vectors.ok() && !finding("vectors", vectors.status())) return vectors.status();
  Result<Array> tables = Tables();
  if (!tables.ok() && !finding("tables", tables.status())) return tables.status();
  AV_ASSIGN_OR_RETURN(const int64_t pages, Number("PRAGMA page_count"));
  AV_ASSIGN_OR_RETURN(const int64_t free_pages, Number("PRAGMA freelist_count"));

  const int64_t violations = foreign_keys.ok() ? *foreign_keys : 0;
  report.Append("ok", ok && integrity.empty() && violations == 0);
  report.Append("integrity", std::move(integrity));
  report.Append("foreignKeys", violations);
  report.Append("fullText", std::move(full_text));
  report.Append("vectors", vectors.ok() ? std::move(vectors).value() : Object());
  report.Append("tables", tables.ok() ? std::move(tables).value() : Array());
  report.Append("pageCount", pages);
  report.Append("freePages", free_pages);
  return Value(std::move(report));
}

Result<Array> HealthService::Integrity(bool full) {
  Array findings;
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(full ? "PRAGMA integrity_check(100)"
                                                             : "PRAGMA quick_check(100)"));
  while (true) {
    const Result<bool> row = rows.Step();
    if (!row.ok()) {
      if (!IsDamage(row.status())) return row.status();
      findings.emplace_back(row.status().message());
      return findings;
    }
    if (!*row) return findings;
    if (rows.Text(0) != "ok") findings.emplace_back(rows.Text(0));
  }
}

Result<bool> HealthService::IsSound(std::string_view index) {
  Status status;
  if (database_.read_only()) {
    // The command is an INSERT; the pragma compares the index with itself alone.
    AV_ASSIGN_OR_RETURN(Statement check,
                        database_.Prepare("PRAGMA integrity_check(" + Quoted(index) + ")"));
    const Result<bool> row = check.Step();
    if (row.ok()) return !*row || check.Text(0) == "ok";
    status = row.status();
  } else {
    status = FullTextCommand(database_, index, ", rank", "'integrity-check', 1");
  }
  if (status.ok() || IsDamage(status)) return status.ok();
  return status;
}

Result<Object> HealthService::Vectors(bool& ok) {
  Object out;
  AV_ASSIGN_OR_RETURN(Statement collections,
                      database_.Prepare("SELECT id, name, dims, origin FROM vector_collections "
                                        "ORDER BY name, origin <> 'local', origin"));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, collections.Step());
    if (!row) return out;
    const std::string name(collections.Text(1));
    const bool local = collections.Text(3) == "local";
    // Points of no use: of another length, or of a row that is gone.
    std::string orphaned = "length(p.vector) <> 4 * ?2";
    std::string missing;
    if (local && name == kChunkCollection) {
      orphaned += " OR NOT EXISTS (SELECT 1 FROM document_chunks c WHERE c.id = p.chunk_id)";
      missing =
          "SELECT count(*) FROM document_chunks c WHERE extra ->> '$.vector' IS NOT 'none' AND NOT "
          "EXISTS (SELECT 1 FROM vector_points p "
          "WHERE p.collection_id = ?1 AND p.chunk_id = c.id)";
    }
    for (const EmbeddedKind& kind : EmbeddedKinds()) {
      const std::string table(kind.name);
      if (!local || name != RowCollection(kind.name)) continue;
      orphaned += " OR NOT EXISTS (SELECT 1 FROM " + table + " t WHERE t.id = p.point_uid)";
      missing = "SELECT count(*) FROM " + table +
                " t WHERE NOT EXISTS (SELECT 1 FROM vector_points p WHERE p.collection_id = ?1 AND "
                "p.point_uid = t.id) AND NOT EXISTS (SELECT 1 FROM embedding_queue q WHERE q.kind "
                "= '" +
                table + "' AND q.row_pk = t.pk)";
    }
    AV_ASSIGN_OR_RETURN(
        Statement count,
        database_.Prepare("SELECT count(*) FROM vector_points p WHERE p.collection_id = ?1 AND (" +
                          orphaned + ")"));
    AV_RETURN_IF_ERROR(count.BindAll(collections.Text(0), collections.Int(2)));
    AV_ASSIGN_OR_RETURN(const bool counted, count.Step());
    const int64_t orphans = counted ? count.Int(0) : 0;
    int64_t lacking = 0;
    if (!missing.empty()) {
      AV_ASSIGN_OR_RETURN(Statement lack, database_.Prepare(missing));
      AV_RETURN_IF_ERROR(lack.Bind(1, collections.Text(0)));
      AV_ASSIGN_OR_RETURN(const bool found, lack.Step());
      if (found) lacking = lack.Int(0);
    }
    const bool sound = orphans == 0 && lacking == 0;
    ok = ok && sound;
    out.Set(local ? name : std::string(collections.Text(3)) + ":" + name,
            Object{{"ok", sound}, {"missing", lacking}, {"orphaned", orphans}});
  }
}

Result<Array> HealthService::Tables() {
  AV_ASSIGN_OR_RETURN(
      Statement names,
      database_.Prepare("SELECT name, (SELECT count(*) FROM pragma_index_list(t.name)) FROM "
                        "pragma_table_list t WHERE schema = 'main' AND type = 'table' AND name NOT "
                        "LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"));
  Array out;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, names.Step());
    if (!row) return out;
    AV_ASSIGN_OR_RETURN(const int64_t rows,
                        Number("SELECT count(*) FROM " + Quoted(names.Text(0))));
    out.emplace_back(Object{{"name", names.Text(0)}, {"rows", rows}, {"indexes", names.Int(1)}});
  }
}

Status HealthService::Optimize() {
  AV_RETURN_IF_ERROR(database_.Execute("PRAGMA analysis_limit=1000; ANALYZE"));
  return MergeFullText(database_);
}

Status HealthService::OptimizeBriefly() {
  if (database_.read_only() || database_.in_transaction()) return Status::Ok();
  return database_.Execute("PRAGMA analysis_limit=200; PRAGMA optimize");
}

Result<Value> HealthService::Compact() {
  AV_ASSIGN_OR_RETURN(const int64_t free_pages, Number("PRAGMA freelist_count"));
  if (free_pages == 0) return Value(Object{{"freedBytes", 0}});
  AV_ASSIGN_OR_RETURN(const int64_t before, Number("PRAGMA page_count"));
  AV_RETURN_IF_ERROR(database_.Vacuum());
  AV_RETURN_IF_ERROR(database_.Checkpoint());
  AV_ASSIGN_OR_RETURN(const int64_t after, Number("PRAGMA page_count"));
  AV_ASSIGN_OR_RETURN(const int64_t page_size, Number("PRAGMA page_size"));
  return Value(Object{{"freedBytes", (before - after) * page_size}});
}

}  // namespace archivolt
