#include "knowledge/vector_registry.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int kLoadRows = 256;  // a slice of loading: about a millisecond
constexpr int kLinkVectors = 16;

constexpr std::string_view kColumns =
    "SELECT id, name, dims, metric, quantization, model, fingerprint, hnsw_m, ef_construction, "
    "ef_search, origin "
    "FROM vector_collections ";

size_t Clamped(Statement& row, int column, int64_t fallback, int64_t low, int64_t high) {
  const int64_t value = row.IsNull(column) ? fallback : row.Int(column);
  return static_cast<size_t>(std::clamp(value, low, high));
}

bool Agree(const EmbedderIdentity& stored, const EmbedderIdentity& given) {
  if (stored.dimensions != given.dimensions || stored.metric != given.metric) return false;
  if (!stored.fingerprint.empty() && !given.fingerprint.empty())
    return stored.fingerprint == given.fingerprint;
  return stored.model.empty() || given.model.empty() || stored.model == given.model;
}

Status OtherEmbedder(const EmbedderIdentity& stored, const EmbedderIdentity& given) {
  return Status(ErrorCode::FAILED_PRECONDITION,
                "The stored vectors come from another embedder (" + stored.model + ", " +
                    std::to_string(stored.dimensions) + " dimensions) than the present one (" +
                    given.model + ", " + std::to_string(given.dimensions) +
                    " dimensions). Embed the documents again with documents.reembed.")
      .With("storedModel", stored.model)
      .With("model", given.model);
}

}  // namespace

void VectorCollection::Bind(uint32_t label, int64_t chunk) {
  if (const auto known = chunk_of_label.find(label); known != chunk_of_label.end()) {
    const auto back = label_of_chunk.find(known->second);
    if (back != label_of_chunk.end() && back->second == label) label_of_chunk.erase(back);
    if (chunk == 0) chunk_of_label.erase(known);
  }
  if (chunk == 0) return;
  chunk_of_label[label] = chunk;
  label_of_chunk[chunk] = label;
}

VectorRegistry::VectorRegistry(Database& database, Clock& clock, IdSource& ids)
    : database_(database), clock_(clock), ids_(ids) {
  database_.WatchTable("vector_points");
  accounted_ = database_.row_changes();
}

Result<VectorCollection*> VectorRegistry::Take(Statement& row) {
  const std::string id(row.Text(0));
  std::unique_ptr<VectorCollection>& slot = collections_[id];
  if (!slot) slot = std::make_unique<VectorCollection>();
  VectorCollection& collection = *slot;
  VectorIndexOptions options;
  options.dims = static_cast<size_t>(row.Int(2));
  AV_ASSIGN_OR_RETURN(options.metric, ParseMetric(row.Text(3)));
  options.m = Clamped(row, 7, 16, 2, 128);
  options.ef_construction = Clamped(row, 8, 200, 4, 4096);
  options.ef_search = Clamped(row, 9, 64, 1, 65536);
  collection.name = std::string(row.Text(1));
  collection.quantization = std::string(row.Text(4));
  collection.identity = {std::string(row.Text(5)), options.dims, options.metric,
                         std::string(row.Text(6))};
  const bool changed = collection.index && (collection.options.dims != options.dims ||
                                            collection.options.metric != options.metric);
  if (!collection.index || changed || collection.stale) {
    AV_ASSIGN_OR_RETURN(collection.index, VectorIndex::Create(options));
    collection.id = id;
    collection.options = options;
    collection.chunk_of_label.clear();
    collection.label_of_chunk.clear();
    collection.may_hold_deleted = false;
    collection.loaded = false;
    collection.loaded_to = 0;
    // Within a caller's transaction the next change may be rolled back unseen, so it stays suspect.
    collection.stale = collection.stale && database_.in_transaction();
  }
  return &collection;
}

/// SQL of callers, cascades and imports write points too; what they did is known by its number of
/// rows alone.
void VectorRegistry::NoticeOtherWriters() {
  if (database_.in_transaction()) return;  // nothing of it is committed
  const RowChanges changes = database_.row_changes();
  if (changes == accounted_) return;
  for (auto& [id, collection] : collections_) {
    // A graph survives the removal of points; replaced ones cannot be told without reading all.
    (changes.written == accounted_.written ? collection->may_hold_deleted : collection->stale) =
        true;
  }
  accounted_ = changes;
}

Result<VectorCollection*> VectorRegistry::Find(std::string_view name) {
  NoticeOtherWriters();
  AV_ASSIGN_OR_RETURN(
      Statement row,
      database_.Prepare(std::string(kColumns) +
                        "WHERE name = ?1 ORDER BY origin <> 'local', origin LIMIT 1"));
  AV_RETURN_IF_ERROR(row.Bind(1, name));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return static_cast<VectorCollection*>(nullptr);
  return Take(row);
}

Result<VectorCollection*> VectorRegistry::Existing(std::string_view name) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Find(name));
  if (collection != nullptr) return collection;
  return Status::NotFound("There is no vector collection of this name.")
      .With("collection", std::string(name));
}

Result<VectorCollection*> VectorRegistry::Ready(std::string_view name) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Existing(name));
  AV_RETURN_IF_ERROR(DropDeleted(*collection));
  bool more = !collection->loaded;
  while (more) {
    AV_ASSIGN_OR_RETURN(more, LoadSlice(*collection));
  }
  return collection;
}

Status VectorRegistry::CheckIdentity(const EmbedderIdentity& identity) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Find(kChunkCollection));
  if (collection == nullptr || Agree(collection->identity, identity)) return Status::Ok();
  AV_ASSIGN_OR_RETURN(
      Statement any,
      database_.Prepare("SELECT 1 FROM vector_points WHERE collection_id = ?1 LIMIT 1"));
  AV_RETURN_IF_ERROR(any.Bind(1, collection->id));
  AV_ASSIGN_OR_RETURN(const bool occupied, any.Step());
  return occupied ? OtherEmbedder(collection->identity, identity) : Status::Ok();
}

Result<VectorCollection*> VectorRegistry::ForChunks(const EmbedderIdentity& identity) {
  AV_RETURN_IF_ERROR(CheckIdentity(identity));
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Find(kChunkCollection));
  const bool same = collection != nullptr && Agree(collection->identity, identity) &&
                    (!collection->identity.fingerprint.empty() || identity.fingerprint.empty());
  if (!same) {
    AV_ASSIGN_OR_RETURN(
        Statement write,
        database_.Prepare(collection == nullptr ? "INSERT INTO vector_collections(dims, metric, "
                                                  "model, fingerprint, id, name, created_at) "
                                                  "VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                                                : "UPDATE vector_collections SET dims = ?1, metric "
                                                  "= ?2, model = ?3, fingerprint = ?4 "
                                                  "WHERE id = ?5"));
    AV_RETURN_IF_ERROR(write.Bind(1, static_cast<int64_t>(identity.dimensions)));
    AV_RETURN_IF_ERROR(write.Bind(2, MetricName(identity.metric)));
    AV_RETURN_IF_ERROR(write.Bind(3, identity.model.empty() ? Value() : Value(identity.model)));
    AV_RETURN_IF_ERROR(
        write.Bind(4, identity.fingerprint.empty() ? Value() : Value(identity.fingerprint)));
    AV_RETURN_IF_ERROR(write.Bind(5, collection == nullptr ? ids_.NewId() : collection->id));
    if (collection == nullptr) {
      AV_RETURN_IF_ERROR(write.Bind(6, kChunkCollection));
      AV_RETURN_IF_ERROR(write.Bind(7, clock_.NowMicros()));
    }
    AV_RETURN_IF_ERROR(write.Run());
    AV_ASSIGN_OR_RETURN(collection, Find(kChunkCollection));
  }
  return collection;
}

/// Takes out the labels whose rows are gone.
Status VectorRegistry::DropDeleted(VectorCollection& collection) {
  if (!collection.may_hold_deleted || database_.in_transaction()) return Status::Ok();
  AV_ASSIGN_OR_RETURN(Statement rows,
                      database_.Prepare("SELECT pk FROM vector_points WHERE collection_id = ?1"));
  AV_RETURN_IF_ERROR(rows.Bind(1, collection.id));
  std::vector<uint32_t> held = collection.index->Labels();
  std::vector<uint32_t> present;
  present.reserve(held.size());
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    present.push_back(static_cast<uint32_t>(rows.Int(0)));
  }
  std::sort(held.begin(), held.end());
  std::sort(present.begin(), present.end());
  auto at = present.begin();
  for (const uint32_t label : held) {
    at = std::lower_bound(at, present.end(), label);
    if (at == present.end() || *at != label) Forget(collection, label);
  }
  collection.may_hold_deleted = false;
  return Status::Ok();
}

Result<bool> VectorRegistry::LoadSlice(VectorCollection& collection) {
  // What is read now may be rolled back.
  if (database_.in_transaction()) collection.stale = true;
  // "+" keeps SQLite from the index on the collection, which would sort all points for every slice.
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database_.Prepare("SELECT p.pk, p.vector, c.pk FROM vector_points p "
                        "LEFT JOIN document_chunks c ON c.id = p.chunk_id "
                        "WHERE +p.collection_id = ?1 AND p.pk > ?2 ORDER BY p.pk LIMIT ?3"));
  AV_RETURN_IF_ERROR(rows.BindAll(collection.id, collection.loaded_to, kLoadRows));
  std::vector<float> vector(collection.options.dims);
  std::vector<AddedPoint> points;
  int count = 0;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    ++count;
    collection.loaded_to = rows.Int(0);
    const BytesView bytes = rows.Blob(1);
    if (bytes.size() != vector.size() * sizeof(float)) continue;
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    const uint32_t label = static_cast<uint32_t>(collection.loaded_to);
    // Imported rows may hold vectors without a direction; they cannot be near anything.
    if (const Status added = collection.index->Add(label, vector); !added.ok()) {
      if (added.code() == ErrorCode::INVALID_ARGUMENT) continue;
      return added;
    }
    collection.Bind(label, std::max<int64_t>(rows.Int(2), 0));
  }
  collection.loaded = count < kLoadRows;
  return !collection.loaded;
}

void VectorRegistry::PointsAdded(VectorCollection& collection, std::span<const AddedPoint> points) {
  accounted_.written += static_cast<int64_t>(points.size());
  if (database_.in_transaction()) collection.stale = true;
  if (collection.stale) return;
  for (const AddedPoint& point : points) {
    // Will be read from the rows.
    if (!collection.loaded && point.label > collection.loaded_to) continue;
    const Status added = collection.index->Add(point.label, point.vector);
    if (added.code() == ErrorCode::OUT_OF_MEMORY) {
      collection.stale = true;
      return;
    }
    if (!added.ok()) continue;
    try {
      collection.Bind(point.label, point.chunk_pk);
    } catch (const std::bad_alloc&) {
      // The points are committed; their index is filled again when there is room.
      collection.stale = true;
      return;
    }
  }
}

void VectorRegistry::PointsRemoved(VectorCollection& collection, std::span<const uint32_t> labels) {
  accounted_.deleted += static_cast<int64_t>(labels.size());
  if (database_.in_transaction()) collection.stale = true;
  if (collection.stale) return;
  for (const uint32_t label : labels) Forget(collection, label);
}

void VectorRegistry::Forget(VectorCollection& collection, uint32_t label) {
  if (database_.in_transaction()) collection.stale = true;
  collection.index->Remove(label);
  collection.Bind(label, 0);
}

Status VectorRegistry::Refresh() {
  NoticeOtherWriters();
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(kColumns));
  std::vector<std::string> present;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    const std::string id(rows.Text(0));
    const Result<VectorCollection*> collection = Take(rows);
    // One imported collection that no index can hold must not stop the others.
    if (collection.ok()) {
      present.push_back(id);
    } else if (collection.status().code() == ErrorCode::OUT_OF_MEMORY) {
      return collection.status();
    }
  }
  std::erase_if(collections_, [&](const auto& entry) {
    return std::find(present.begin(), present.end(), entry.first) == present.end();
  });
  return Status::Ok();
}

Result<bool> VectorRegistry::Maintain(int64_t budget_ms) {
  AV_RETURN_IF_ERROR(Refresh());
  const int64_t deadline = clock_.NowMicros() + budget_ms * 1000;
  bool more = false;
  for (auto& [id, collection] : collections_) {
    AV_RETURN_IF_ERROR(DropDeleted(*collection));
    bool unfinished = true;
    while (unfinished) {
      if (!collection->loaded) {
        AV_ASSIGN_OR_RETURN(unfinished, LoadSlice(*collection));
        unfinished = unfinished || collection->index->pending() > 0;
      } else {
        AV_ASSIGN_OR_RETURN(unfinished, collection->index->BuildSlice(kLinkVectors));
      }
      if (clock_.NowMicros() >= deadline) break;
    }
    more = more || unfinished;
    if (clock_.NowMicros() >= deadline) {
      // The collections after this one have not been looked at.
      more = more || std::any_of(collections_.begin(), collections_.end(), [](const auto& entry) {
               return !entry.second->loaded || entry.second->index->pending() > 0;
             });
      break;
    }
  }
  return more;
}

Result<Array> VectorRegistry::Describe() {
  AV_RETURN_IF_ERROR(Refresh());
  Array out;
  for (const auto& [id, collection] : collections_) {
    AV_RETURN_IF_ERROR(DropDeleted(*collection));
    const VectorIndex& index = *collection->index;
    const char* state = !collection->loaded                           ? "loading"
                        : index.state() == VectorIndex::State::kReady ? "ready"
                                                                      : "rebuilding";
    out.emplace_back(Object{{"collection", collection->name},
                            {"count", static_cast<int64_t>(index.count())},
                            {"deleted", static_cast<int64_t>(index.deleted())},
                            {"bytes", static_cast<int64_t>(index.bytes())},
                            {"state", state}});
  }
  return out;
}

}  // namespace archivolt
