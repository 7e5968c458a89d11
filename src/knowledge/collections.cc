#include "knowledge/collections.h"

#include <string>
#include <utility>

#include "codec/json.h"
#include "knowledge/payload_schema.h"
#include "knowledge/request.h"
#include "records/audit.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

bool FollowsRows(std::string_view name) {
  return name == kChunkCollection || name.starts_with(kRowCollectionPrefix);
}

Status NotForWriting(std::string_view name) {
  return Status(ErrorCode::FAILED_PRECONDITION,
                "This collection follows the documents or rows that it stands for; it is not "
                "changed by itself. Give your own collection another name.")
      .With("collection", std::string(name));
}

/// A collection that the systems whose data come in here have in common, with the payload that
/// they document.
struct StandardCollection {
  const char* name;
  const char* payload_schema;
};
constexpr StandardCollection kStandard[] = {
    {"code_embeddings",
     R"({"file_path":"text","function_name":"text","language":"keyword","project_id":"keyword",)"
     R"("code_snippet":"text","imports":"text[]","complexity":"float","last_modified":"datetime"})"},
    {"knowledge_base",
     R"({"document_id":"keyword","title":"text","content":"text","category":"keyword",)"
     R"("tags":"text[]","source":"text","created_at":"datetime","relevance_score":"float"})"},
};
constexpr int kStandardDimensions = 768;

}  // namespace

Status CollectionService::Record(std::string_view action, std::string_view name, size_t points) {
  if (!audit_.records()) return Status::Ok();
  return WriteAuditEntry(database_, clock_, ids_, audit_,
                         {.action = action,
                          .resource_type = "vector_collections",
                          .resource_id = name,
                          .details = Object{{"count", static_cast<int64_t>(points)}}});
}

Status CollectionService::Create(const Object& spec) {
  AV_ASSIGN_OR_RETURN(const std::string name, RequiredText(spec, "name", kMaxNameBytes));
  if (name.starts_with(kRowCollectionPrefix)) {
    return BadArgument("name",
                       "names that begin with 'archivolt:' are kept for the vectors of rows; "
                       "choose another name");
  }
  if (FollowsRows(name)) return NotForWriting(name);
  AV_ASSIGN_OR_RETURN(const int64_t dimensions, IntegerOr(spec, "dimensions", 0, 1, 16384));
  if (dimensions == 0) return BadArgument("dimensions", "dimensions must be given");
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> metric_name,
                      OptionalText(spec, "metric", 16));
  AV_ASSIGN_OR_RETURN(const Metric metric, ParseMetric(metric_name.value_or("cosine")));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> quantization,
                      OptionalText(spec, "quantization", 16));
  const bool by_size = quantization.value_or("auto") == "auto";
  if (!by_size && *quantization != "none" && *quantization != "int8") {
    return BadArgument("quantization", "quantization must be 'auto', 'none' or 'int8'");
  }
  AV_ASSIGN_OR_RETURN(const int64_t m, IntegerOr(spec, "m", 16, 2, 128));
  AV_ASSIGN_OR_RETURN(const int64_t ef_construction,
                      IntegerOr(spec, "efConstruction", 200, 4, 4096));
  const Value& schema = Member(spec, "payloadSchema");
  Value schema_json;
  if (!schema.is_null()) {
    if (!schema.is_object())
      return BadArgument("payloadSchema", "payloadSchema must be an object of fields and types");
    AV_RETURN_IF_ERROR(CheckPayloadSchema(schema.AsObject()));
    AV_ASSIGN_OR_RETURN(std::string json, WriteJson(schema));
    schema_json = Value(std::move(json));
  }
  AV_ASSIGN_OR_RETURN(const VectorCollection* existing, vectors_.Find(name));
  if (existing != nullptr) {
    return Status(ErrorCode::ALREADY_EXISTS, "A collection of this name exists already.")
        .With("collection", name);
  }
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(
          "INSERT INTO vector_collections(id, name, dims, metric, hnsw_m, ef_construction, "
          "created_at, payload_schema, quantization, quantization_auto) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"));
  AV_RETURN_IF_ERROR(write.BindAll(ids_.NewId(), name, dimensions, MetricName(metric), m,
                                   ef_construction, clock_.NowMicros(), schema_json,
                                   by_size ? "none" : *quantization, by_size));
  AV_RETURN_IF_ERROR(write.Run());
  AV_RETURN_IF_ERROR(Record("create", name, 0));
  return transaction.Commit();
}

Result<Array> CollectionService::EnsureStandard() {
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  Array made;
  for (const StandardCollection& standard : kStandard) {
    AV_ASSIGN_OR_RETURN(const VectorCollection* existing, vectors_.Find(standard.name));
    if (existing != nullptr) continue;
    AV_ASSIGN_OR_RETURN(Value schema, ParseJson(standard.payload_schema));
    AV_RETURN_IF_ERROR(Create(Object{{"name", standard.name},
                                     {"dimensions", kStandardDimensions},
                                     {"payloadSchema", std::move(schema)}}));
    made.emplace_back(standard.name);
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return made;
}

Result<Array> CollectionService::List() {
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database_.Prepare("SELECT c.name, c.dims, c.metric, iif(" ARCHIVOLT_QUANTIZATION_AUTO
                        ", 'auto', c.quantization), (SELECT count(*) FROM "
                        "vector_points p WHERE p.collection_id = c.id), c.payload_schema FROM "
                        "vector_collections c, " ARCHIVOLT_NO_QUANTIZATION_AUTO
                        " WHERE c.name NOT GLOB 'archivolt:*' ORDER BY c.name, c.origin"));
  Array out;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return out;
    Object entry{{"name", rows.Text(0)},
                 {"dimensions", rows.Int(1)},
                 {"metric", rows.Text(2)},
                 {"quantization", rows.Text(3)},
                 {"count", rows.Int(4)}};
    if (!rows.IsNull(5)) {
      AV_ASSIGN_OR_RETURN(Value schema, ParseJson(rows.Text(5)));
      entry.Append("payloadSchema", std::move(schema));
    }
    out.emplace_back(std::move(entry));
  }
}

Result<VectorCollection*> CollectionService::Writable(std::string_view name) {
  if (FollowsRows(name)) return NotForWriting(name);
  return vectors_.Existing(name);
}

Result<bool> CollectionService::Drop(std::string_view name) {
  if (FollowsRows(name)) return NotForWriting(name);
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors_.Find(name));
  if (collection == nullptr) return false;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      Statement count,
      database_.Prepare("SELECT count(*) FROM vector_points WHERE collection_id = ?1"));
  AV_RETURN_IF_ERROR(count.Bind(1, collection->id));
  AV_RETURN_IF_ERROR(count.Step().status());
  AV_RETURN_IF_ERROR(Record("drop", name, static_cast<size_t>(count.Int(0))));
  AV_ASSIGN_OR_RETURN(Statement write,
                      database_.Prepare("DELETE FROM vector_collections WHERE id = ?1"));
  AV_RETURN_IF_ERROR(write.Bind(1, collection->id));
  AV_RETURN_IF_ERROR(write.Run());
  AV_RETURN_IF_ERROR(transaction.Commit());
  return true;
}

Status CollectionService::Compact(std::string_view name) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, vectors_.Ready(name));
  return collection->index->Compact();
}

}  // namespace archivolt
