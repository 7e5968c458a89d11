// Points of vector collections: written, read, counted and asked for.
#include <string>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "knowledge/collections.h"
#include "knowledge/nearest_points.h"
#include "knowledge/payload_filter.h"
#include "knowledge/payload_schema.h"
#include "knowledge/request.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr size_t kMaxIdBytes = 800;
constexpr size_t kMaxPointsACall = 100'000;
constexpr int64_t kMaxLabel = 4294967295;

Result<Value> PayloadOf(const Statement& row, int column) {
  if (row.IsNull(column)) return Value(Object{});
  return ParseJson(row.Text(column), 200);
}

/// The collection's payload schema; without one an empty object, which every payload fits.
Result<Object> SchemaOf(Database& database, std::string_view collection_id) {
  AV_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("SELECT payload_schema FROM vector_collections WHERE id = ?1"));
  AV_RETURN_IF_ERROR(row.Bind(1, collection_id));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found || row.IsNull(0)) return Object();
  AV_ASSIGN_OR_RETURN(Value schema, ParseJson(row.Text(0)));
  // An imported schema may have another form.
  return schema.is_object() ? std::move(schema.AsObject()) : Object();
}

}  // namespace

Result<int64_t> CollectionService::Upsert(std::string_view name, const Array& points,
                                          int64_t earlier, bool more) {
  if (points.size() > kMaxPointsACall)
    return BadArgument("points", "at most 100,000 points can be written in one call");
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, Writable(name));
  AV_ASSIGN_OR_RETURN(const Object schema, SchemaOf(database_, collection->id));
  const size_t dimensions = collection->options.dims;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(
          "INSERT INTO vector_points(id, collection_id, point_uid, vector, payload, created_at, "
          "chunk_id) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT(collection_id, point_uid) DO "
          "UPDATE SET vector = excluded.vector, payload = excluded.payload WHERE vector IS NOT "
          "excluded.vector OR payload IS NOT excluded.payload RETURNING pk"));
  int64_t changed = 0;
  for (const Value& value : points) {
    if (!value.is_object())
      return BadArgument("points", "each point must be an object with id and vector");
    const Object& point = value.AsObject();
    AV_ASSIGN_OR_RETURN(const std::string id, RequiredText(point, "id", kMaxIdBytes));
    AV_ASSIGN_OR_RETURN(const std::vector<float> vector, VectorOf(Member(point, "vector")));
    if (vector.size() != dimensions) {
      return BadArgument("points", "a vector has " + std::to_string(vector.size()) +
                                       " values, the collection takes " +
                                       std::to_string(dimensions));
    }
    if (collection->options.metric == Metric::kCosine) {
      AV_RETURN_IF_ERROR(CheckDirection(vector, "points"));
    }
    Value payload;
    if (const Value& given = Member(point, "payload"); !given.is_null()) {
      if (!given.is_object()) return BadArgument("points", "a payload must be an object");
      AV_RETURN_IF_ERROR(CheckPayload(schema, given.AsObject()));
      AV_ASSIGN_OR_RETURN(std::string json, WriteJson(given));
      payload = Value(std::move(json));
    }
    write.Reset();
    AV_RETURN_IF_ERROR(write.BindAll(ids_.NewId(), collection->id, id, ToBytes(vector), payload,
                                     clock_.NowMicros(), Member(point, "chunk")));
    AV_ASSIGN_OR_RETURN(const bool row, write.Step());
    if (!row) continue;  // It is there as it came.
    ++changed;
    if (write.Int(0) < 1 || write.Int(0) > kMaxLabel)
      return Status::Internal("a point got no number");
    AV_ASSIGN_OR_RETURN(const bool twice, write.Step());
    if (twice) return Status::Internal("a point was written twice");
  }
  write.Reset();
  if (!more && earlier + changed > 0) {
    AV_RETURN_IF_ERROR(Record("upsert", name, static_cast<size_t>(earlier + changed)));
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return changed;
}

Result<Value> CollectionService::Get(std::string_view name, std::string_view id) {
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors_.Find(name));
  if (collection == nullptr) return Status::NotFound("There is no vector collection of this name.");
  AV_ASSIGN_OR_RETURN(Statement row,
                      database_.Prepare("SELECT point_uid, vector, payload FROM vector_points "
                                        "WHERE collection_id = ?1 AND point_uid = ?2"));
  AV_RETURN_IF_ERROR(row.BindAll(collection->id, id));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return Value();
  AV_ASSIGN_OR_RETURN(Value payload, PayloadOf(row, 2));
  return Value(
      Object{{"id", row.Text(0)}, {"vector", row.Column(1)}, {"payload", std::move(payload)}});
}

Result<int64_t> CollectionService::Delete(std::string_view name, const Array& ids) {
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, Writable(name));
  int64_t deleted = 0;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(Statement write,
                      database_.Prepare("DELETE FROM vector_points WHERE collection_id = ?1 "
                                        "AND point_uid = ?2"));
  for (const Value& id : ids) {
    if (!id.is_string()) return BadArgument("ids", "ids must be texts");
    write.Reset();
    AV_RETURN_IF_ERROR(write.BindAll(collection->id, id.AsString()));
    AV_RETURN_IF_ERROR(write.Run());
    deleted += database_.changes();
  }
  write.Reset();
  if (deleted > 0) AV_RETURN_IF_ERROR(Record("delete", name, static_cast<size_t>(deleted)));
  AV_RETURN_IF_ERROR(transaction.Commit());
  return deleted;
}

Result<int64_t> CollectionService::Count(std::string_view name, const Value& filter) {
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors_.Existing(name));
  std::string sql = "SELECT count(*) FROM vector_points WHERE collection_id = ?";
  SqlFragment where;
  if (!filter.is_null()) {
    AV_ASSIGN_OR_RETURN(where, PayloadCondition(filter));
    sql += " AND " + where.sql;
  }
  AV_ASSIGN_OR_RETURN(Statement row, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(row.Bind(1, collection->id));
  AV_RETURN_IF_ERROR(BindCondition(row, where, 2));
  AV_RETURN_IF_ERROR(row.Step().status());
  return row.Int(0);
}

Result<Array> CollectionService::Points(const Object& request) {
  AV_ASSIGN_OR_RETURN(const std::string name, RequiredText(request, "name", kMaxNameBytes));
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerOr(request, "limit", 100, 1, 10'000));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> after,
                      OptionalText(request, "after", kMaxIdBytes));
  AV_ASSIGN_OR_RETURN(const bool vectors, BooleanOr(request, "vectors", false));
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors_.Existing(name));
  std::string sql =
      "SELECT point_uid, payload, vector FROM vector_points WHERE collection_id = ? AND point_uid "
      "> ?";
  SqlFragment where;
  if (const Value& filter = Member(request, "filter"); !filter.is_null()) {
    AV_ASSIGN_OR_RETURN(where, PayloadCondition(filter));
    sql += " AND " + where.sql;
  }
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(sql + " ORDER BY point_uid LIMIT ?"));
  AV_RETURN_IF_ERROR(rows.BindAll(collection->id, after.value_or("")));
  AV_RETURN_IF_ERROR(BindCondition(rows, where, 3));
  AV_RETURN_IF_ERROR(rows.Bind(3 + static_cast<int>(where.bindings.size()), limit));
  Array out;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return out;
    AV_ASSIGN_OR_RETURN(Value payload, PayloadOf(rows, 1));
    Object point{{"id", rows.Text(0)}, {"payload", std::move(payload)}};
    if (vectors) point.Append("vector", rows.Column(2));
    out.emplace_back(std::move(point));
  }
}

Result<Array> CollectionService::Query(const Object& request) {
  AV_ASSIGN_OR_RETURN(const std::string name, RequiredText(request, "name", kMaxNameBytes));
  AV_ASSIGN_OR_RETURN(const std::vector<float> query, VectorOf(Member(request, "vector")));
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerOr(request, "limit", 10, 1, 10'000));
  AV_ASSIGN_OR_RETURN(const int64_t ef, IntegerOr(request, "ef", 0, 1, 65536));
  AV_ASSIGN_OR_RETURN(const bool exact, BooleanOr(request, "exact", false));
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, vectors_.Ready(name));
  SearchParams params;
  params.ef = static_cast<size_t>(ef);
  params.exact = exact;
  const Value& filter = Member(request, "filter");
  std::optional<PayloadCheck> check;
  if (!filter.is_null()) {
    AV_ASSIGN_OR_RETURN(check, PayloadCheck::Create(database_, collection->id, filter));
    params.filter = [&check](uint32_t label) { return check->Allows(label); };
  }
  std::vector<uint32_t> allowed;
  if (check && collection->index->WouldScan(static_cast<size_t>(limit), params)) {
    // Few may be returned: one statement finds them sooner than a question for each.
    AV_ASSIGN_OR_RETURN(allowed, LabelsThatMeet(database_, collection->id, filter));
    params.only = allowed;
    params.filter = nullptr;
  }
  AV_ASSIGN_OR_RETURN(Statement row,
                      database_.Prepare("SELECT point_uid, payload FROM vector_points "
                                        "WHERE pk = ?1 AND collection_id = ?2"));
  AV_ASSIGN_OR_RETURN(
      const std::vector<Neighbor> found,
      NearestPoints(database_, *collection, query, static_cast<size_t>(limit), params));
  if (check) AV_RETURN_IF_ERROR(check->status());
  Array out;
  for (const Neighbor& neighbor : found) {
    row.Reset();
    AV_RETURN_IF_ERROR(row.BindAll(neighbor.label, collection->id));
    AV_ASSIGN_OR_RETURN(const bool present, row.Step());
    if (!present) return Status::Internal("an index holds a point that has no row");
    AV_ASSIGN_OR_RETURN(Value payload, PayloadOf(row, 1));
    out.emplace_back(Object{{"id", row.Text(0)},
                            {"score", Similarity(collection->options.metric, neighbor.distance)},
                            {"distance", static_cast<double>(neighbor.distance)},
                            {"payload", std::move(payload)}});
  }
  return out;
}

}  // namespace archivolt
