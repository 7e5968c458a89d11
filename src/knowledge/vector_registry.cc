#include "knowledge/vector_registry.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

namespace archivolt {
namespace {

constexpr int kLoadRows = 256;  // a slice of loading: about a millisecond
constexpr int kLinkVectors = 16;
constexpr std::string_view kPoints = "vector_points";
constexpr size_t kWorthCompacting = 250;  // removed vectors: fewer are not worth a new graph
// float32 vectors of documents or rows, in bytes, from which their index keeps codes: a sixteenth
// of what a module of 32 bits can address.
constexpr size_t kCodesFrom = size_t{256} << 20;

constexpr std::string_view kColumns =
    "SELECT id, name, dims, metric, quantization, model, fingerprint, hnsw_m, ef_construction, "
    "ef_search, origin "
    "FROM vector_collections ";

size_t Clamped(Statement& row, int column, int64_t fallback, int64_t low, int64_t high) {
  const int64_t value = row.IsNull(column) ? fallback : row.Int(column);
  return static_cast<size_t>(std::clamp(value, low, high));
}

bool WorthCompacting(const VectorIndex& index) {
  return index.deleted() >= kWorthCompacting &&
         5 * index.deleted() > index.count() + index.deleted();
}

/// "paraphrase-small, 384 dimensions"
std::string Named(const EmbedderIdentity& identity) {
  return (identity.model.empty() ? "a model without a name" : identity.model) + ", " +
         std::to_string(identity.dimensions) + " dimensions";
}

Status OtherEmbedder(const EmbedderIdentity& stored, const EmbedderIdentity& given) {
  return Status(ErrorCode::FAILED_PRECONDITION,
                "The stored vectors come from another embedder (" + Named(stored) +
                    ") than the present one (" + Named(given) +
                    "). Embed the documents again with documents.reembed.")
      .With("storedModel", stored.model)
      .With("model", given.model);
}

/// Whether nobody chose how the collection's vectors are kept: those of documents and rows.
bool ChoosesItself(const VectorCollection& collection) {
  return collection.name == kChunkCollection || collection.name.starts_with(kRowCollectionPrefix);
}

/// SELECT of (pk, point_uid, vector, pk of the row it stands for) from vector_points p.
std::string PointSql(const VectorCollection& collection) {
  std::string sql = "SELECT p.pk, p.point_uid, p.vector, ";
  const std::string_view name = collection.name;
  if (name == kChunkCollection) {
    return sql + "r.pk FROM vector_points p LEFT JOIN document_chunks r ON r.id = p.chunk_id ";
  }
  if (!name.starts_with(kRowCollectionPrefix)) return sql + "NULL FROM vector_points p ";
  return sql.append("r.pk FROM vector_points p LEFT JOIN \"")
      .append(name.substr(kRowCollectionPrefix.size()))
      .append("\" r ON r.id = p.point_uid ");
}

}  // namespace

bool SameEmbedder(const EmbedderIdentity& stored, const EmbedderIdentity& given) {
  if (stored.dimensions != given.dimensions || stored.metric != given.metric) return false;
  if (!stored.fingerprint.empty() && !given.fingerprint.empty())
    return stored.fingerprint == given.fingerprint;
  return stored.model.empty() || given.model.empty() || stored.model == given.model;
}

void VectorCollection::Bind(uint32_t label, int64_t row) {
  if (const auto known = row_of_label.find(label); known != row_of_label.end()) {
    const auto back = label_of_row.find(known->second);
    if (back != label_of_row.end() && back->second == label) label_of_row.erase(back);
    if (row == 0) row_of_label.erase(known);
  }
  if (row == 0) return;
  row_of_label[label] = row;
  label_of_row[row] = label;
}

VectorRegistry::VectorRegistry(Database& database, Clock& clock, IdSource& ids)
    : database_(database), clock_(clock), ids_(ids) {
  database_.WatchTable(std::string(kPoints));
}

void VectorRegistry::Reset() {
  collections_.clear();
  touched_.clear();
  open_.clear();
  static_cast<void>(database_.TakeTouched(kPoints));
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
  // Codes once chosen stay for as long as the index does.
  if (collection.quantization == "int8" ||
      (collection.index && collection.index->quantization() == Quantization::kInt8 &&
       ChoosesItself(collection))) {
    options.quantization = Quantization::kInt8;
  }
  bool changed = collection.index && (collection.options.dims != options.dims ||
                                      collection.options.metric != options.metric ||
                                      collection.options.quantization != options.quantization);
  const bool asks = ChoosesItself(collection) && options.quantization == Quantization::kNone;
  if (asks && collection.index) {
    const size_t bytes = collection.index->count() * options.dims * sizeof(float);
    changed = changed || bytes > kCodesFrom;
  }
  if (asks && (!collection.index || changed)) {
    AV_ASSIGN_OR_RETURN(
        Statement count,
        database_.Prepare("SELECT count(*) FROM vector_points WHERE collection_id = ?1"));
    AV_RETURN_IF_ERROR(count.Bind(1, id));
    AV_RETURN_IF_ERROR(count.Step().status());
    if (static_cast<size_t>(count.Int(0)) * options.dims * sizeof(float) > kCodesFrom)
      options.quantization = Quantization::kInt8;
  }
  if (!collection.index || changed || collection.stale) {
    AV_ASSIGN_OR_RETURN(collection.index, VectorIndex::Create(options));
    collection.id = id;
    collection.options = options;
    collection.row_of_label.clear();
    collection.label_of_row.clear();
    collection.loaded = false;
    collection.loaded_to.clear();
    collection.stale = false;
  }
  return &collection;
}

/// Takes note of the rows that were touched since the last call. What a transaction touched is read
/// now and once more after its end, since it may have been rolled back.
void VectorRegistry::CollectTouched() {
  const bool open = database_.in_transaction();
  TouchedRows fresh = database_.TakeTouched(kPoints);
  if (!fresh.complete || (open_unknown_ && !open)) {
    for (auto& [id, collection] : collections_) collection->stale = true;
  }
  open_unknown_ = open && (open_unknown_ || !fresh.complete);
  open_.insert(open_.end(), fresh.rowids.begin(), fresh.rowids.end());
  if (open_.empty()) return;
  touched_.insert(touched_.end(), open_.begin(), open_.end());
  if (!open) open_.clear();
  std::sort(touched_.begin(), touched_.end(), std::greater());  // taken from the end
  touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
}

Status VectorRegistry::Follow(int64_t deadline) {
  constexpr size_t kRowsALook = 64;
  for (size_t done = 1; !touched_.empty(); ++done) {
    AV_RETURN_IF_ERROR(FollowRow(touched_.back()));
    touched_.pop_back();
    if (done % kRowsALook == 0 && clock_.NowMicros() >= deadline) break;
  }
  return Status::Ok();
}

/// Makes the indexes agree with one row of vector_points, or with its absence.
Status VectorRegistry::FollowRow(int64_t pk) {
  AV_ASSIGN_OR_RETURN(
      Statement owner,
      database_.Prepare("SELECT collection_id, point_uid FROM vector_points WHERE pk = ?1"));
  AV_RETURN_IF_ERROR(owner.Bind(1, pk));
  AV_ASSIGN_OR_RETURN(const bool present, owner.Step());
  const std::string collection_id(present ? owner.Text(0) : std::string_view());
  const uint32_t label = static_cast<uint32_t>(pk);
  for (auto& [id, collection] : collections_) {
    if (collection->stale) continue;
    const bool here = id == collection_id;
    // What has not been loaded yet will be read from the rows.
    if (here && !collection->loaded && owner.Text(1) > collection->loaded_to) continue;
    if (here) {
      AV_ASSIGN_OR_RETURN(
          Statement row,
          database_.Prepare(PointSql(*collection) + "WHERE p.pk = ?1 AND p.collection_id = ?2"));
      AV_RETURN_IF_ERROR(row.BindAll(pk, id));
      AV_ASSIGN_OR_RETURN(const bool found, row.Step());
      if (found) {
        const Status added = AddRow(*collection, row);
        // Its index is filled again when there is room.
        if (added.code() == ErrorCode::OUT_OF_MEMORY) collection->stale = true;
        if (!added.ok() && !collection->stale) return added;
      }
    } else if (collection->index->Remove(label)) {
      collection->Bind(label, 0);
    }
  }
  return Status::Ok();
}

/// REQUIRES: `row` stands on a row of PointSql.
Status VectorRegistry::AddRow(VectorCollection& collection, Statement& row) {
  const uint32_t label = static_cast<uint32_t>(row.Int(0));
  const BytesView bytes = row.Blob(2);
  std::vector<float> vector(collection.options.dims);
  Status added = Status::InvalidArgument("a vector of another length");
  if (bytes.size() == vector.size() * sizeof(float)) {
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    added = collection.index->Add(label, vector);
  }
  if (added.ok()) {
    collection.Bind(label, std::max<int64_t>(row.Int(3), 0));
    return added;
  }
  if (added.code() != ErrorCode::INVALID_ARGUMENT) return added;
  // A vector without a direction, or of another length, cannot be near anything.
  collection.index->Remove(label);
  collection.Bind(label, 0);
  return Status::Ok();
}

Result<VectorCollection*> VectorRegistry::Find(std::string_view name) {
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
  CollectTouched();
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Existing(name));
  AV_RETURN_IF_ERROR(Follow(INT64_MAX));
  bool more = !collection->loaded;
  while (more) {
    AV_ASSIGN_OR_RETURN(more, LoadSlice(*collection));
  }
  return collection;
}

Result<bool> VectorRegistry::HasPoints(const VectorCollection& collection) {
  AV_ASSIGN_OR_RETURN(
      Statement any,
      database_.Prepare("SELECT 1 FROM vector_points WHERE collection_id = ?1 LIMIT 1"));
  AV_RETURN_IF_ERROR(any.Bind(1, collection.id));
  return any.Step();
}

Status VectorRegistry::CheckIdentity(const EmbedderIdentity& identity) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Find(kChunkCollection));
  if (collection == nullptr || SameEmbedder(collection->identity, identity)) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const bool occupied, HasPoints(*collection));
  return occupied ? OtherEmbedder(collection->identity, identity) : Status::Ok();
}

Result<VectorCollection*> VectorRegistry::ForChunks(const EmbedderIdentity& identity) {
  AV_RETURN_IF_ERROR(CheckIdentity(identity));
  return WithIdentity(kChunkCollection, identity);
}

Result<VectorCollection*> VectorRegistry::WithIdentity(std::string_view name,
                                                       const EmbedderIdentity& identity) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, Find(name));
  const bool same = collection != nullptr && SameEmbedder(collection->identity, identity) &&
                    (!collection->identity.fingerprint.empty() || identity.fingerprint.empty());
  if (same) return collection;
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(collection == nullptr
                            ? "INSERT INTO vector_collections(dims, metric, model, fingerprint, "
                              "id, name, created_at) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                            : "UPDATE vector_collections SET dims = ?1, metric = ?2, model = ?3, "
                              "fingerprint = ?4 WHERE id = ?5"));
  AV_RETURN_IF_ERROR(
      write.BindAll(static_cast<int64_t>(identity.dimensions), MetricName(identity.metric),
                    identity.model.empty() ? Value() : Value(identity.model),
                    identity.fingerprint.empty() ? Value() : Value(identity.fingerprint),
                    collection == nullptr ? ids_.NewId() : collection->id));
  if (collection == nullptr) {
    AV_RETURN_IF_ERROR(write.Bind(6, name));
    AV_RETURN_IF_ERROR(write.Bind(7, clock_.NowMicros()));
  }
  AV_RETURN_IF_ERROR(write.Run());
  return Find(name);
}

Result<bool> VectorRegistry::LoadSlice(VectorCollection& collection) {
  if (collection.loaded_to.empty()) {
    collection.graph.Load(database_, collection.id, *collection.index);
  }
  // In the order of their ids, which new ones follow in time: no scan over other collections.
  AV_ASSIGN_OR_RETURN(Statement rows,
                      database_.Prepare(PointSql(collection) +
                                        (collection.loaded_to.empty()
                                             ? "WHERE p.collection_id = ?1 AND p.point_uid >= ?2"
                                             : "WHERE p.collection_id = ?1 AND p.point_uid > ?2") +
                                        " ORDER BY p.point_uid LIMIT ?3"));
  AV_RETURN_IF_ERROR(rows.BindAll(collection.id, collection.loaded_to, kLoadRows));
  int count = 0;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    ++count;
    AV_RETURN_IF_ERROR(AddRow(collection, rows));
    collection.loaded_to = rows.Text(1);
  }
  collection.loaded = count < kLoadRows;
  if (collection.loaded) collection.graph.Loaded(*collection.index);
  return !collection.loaded;
}

Status VectorRegistry::Refresh() {
  CollectTouched();
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(std::string(kColumns) +
                                                        "WHERE name NOT GLOB 'archivolt:*:old'"));
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
  AV_RETURN_IF_ERROR(Follow(deadline));
  for (auto& [id, collection] : collections_) {
    VectorIndex& index = *collection->index;
    bool unfinished = collection->Waits() || WorthCompacting(index) || MayStore(*collection);
    // One step at least, however small the budget: calls that repeat come to an end.
    while (unfinished) {
      if (!collection->loaded) {
        AV_RETURN_IF_ERROR(LoadSlice(*collection).status());
      } else if (WorthCompacting(index)) {
        AV_RETURN_IF_ERROR(index.Compact());
      } else if (index.pending() > 0) {
        const Status linked = index.BuildSlice(kLinkVectors).status();
        // Without room for links its vectors are searched one by one until they change.
        if (linked.code() == ErrorCode::OUT_OF_MEMORY) collection->unlinkable = index.count();
        if (!linked.ok() && collection->Waits()) return linked;
      } else {
        collection->graph.SaveSlice(database_, id, index);
      }
      unfinished = collection->Waits() || MayStore(*collection);
      if (clock_.NowMicros() >= deadline) return Unfinished();
    }
  }
  return Unfinished();
}

/// Whether the collection's graph is due to be stored, and may be now.
bool VectorRegistry::MayStore(const VectorCollection& collection) const {
  return collection.loaded && touched_.empty() && !database_.read_only() &&
         !database_.in_transaction() && collection.index->pending() == 0 &&
         collection.graph.IsDue(*collection.index);
}

bool VectorRegistry::Unfinished() const {
  return !touched_.empty() ||
         std::any_of(collections_.begin(), collections_.end(), [this](const auto& entry) {
           return entry.second->Waits() || MayStore(*entry.second);
         });
}

Result<Array> VectorRegistry::Describe() {
  AV_RETURN_IF_ERROR(Refresh());
  AV_RETURN_IF_ERROR(Follow(INT64_MAX));
  Array out;
  for (const auto& [id, collection] : collections_) {
    const VectorIndex& index = *collection->index;
    const IndexBytes memory = index.memory();
    const char* state = !collection->loaded                           ? "loading"
                        : index.state() == VectorIndex::State::kReady ? "ready"
                                                                      : "rebuilding";
    out.emplace_back(
        Object{{"collection", collection->name},
               {"count", static_cast<int64_t>(index.count())},
               {"deleted", static_cast<int64_t>(index.deleted())},
               {"quantization", index.quantization() == Quantization::kInt8 ? "int8" : "none"},
               {"bytes", static_cast<int64_t>(memory.total())},
               {"vectorBytes", static_cast<int64_t>(memory.vectors)},
               {"codeBytes", static_cast<int64_t>(memory.codes)},
               {"linkBytes", static_cast<int64_t>(memory.links)},
               {"restored", static_cast<int64_t>(index.restored())},
               {"state", state}});
  }
  return out;
}

}  // namespace archivolt
