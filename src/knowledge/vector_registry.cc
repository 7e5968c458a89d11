#include "knowledge/vector_registry.h"

#include <algorithm>
#include <utility>

namespace archivolt {
namespace {

constexpr int kLinkVectors = 16;
constexpr size_t kWorthCompacting = 250;  // removed vectors: fewer are not worth a new graph
// float32 vectors of documents or rows, in bytes, from which their index keeps codes: a sixteenth
// of what a module of 32 bits can address.
constexpr size_t kCodesFrom = size_t{256} << 20;

constexpr std::string_view kColumns =
    "SELECT id, name, dims, metric, quantization, model, fingerprint, hnsw_m, ef_construction, "
    "ef_search, origin, " ARCHIVOLT_QUANTIZATION_AUTO
    " FROM vector_collections c, " ARCHIVOLT_NO_QUANTIZATION_AUTO " ";

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
  database_.WatchTable(std::string(kPointsTable));
}

void VectorRegistry::Reset() {
  collections_.clear();
  touched_.clear();
  open_.clear();
  static_cast<void>(database_.TakeTouched(kPointsTable));
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
  // Of documents and rows nobody can say how their vectors are kept.
  const bool chooses = row.Int(11) != 0 || collection.name == kChunkCollection ||
                       collection.name.starts_with(kRowCollectionPrefix);
  // Codes once chosen stay for as long as the index does.
  if (collection.quantization == "int8" ||
      (collection.index && collection.index->quantization() == Quantization::kInt8 && chooses)) {
    options.quantization = Quantization::kInt8;
  }
  bool changed = collection.index && (collection.options.dims != options.dims ||
                                      collection.options.metric != options.metric ||
                                      collection.options.quantization != options.quantization);
  const bool asks = chooses && options.quantization == Quantization::kNone;
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
    collection.to_load.reset();
    collection.stale = false;
  }
  return &collection;
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

Result<std::optional<StoredCollection>> VectorRegistry::Stored(std::string_view name) {
  AV_ASSIGN_OR_RETURN(Statement row, database_.Prepare(std::string(kColumns) +
                                                       "WHERE origin = 'local' AND name = ?1"));
  AV_RETURN_IF_ERROR(row.Bind(1, name));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return std::optional<StoredCollection>();
  StoredCollection out{std::string(row.Text(0)), {}};
  AV_ASSIGN_OR_RETURN(out.identity.metric, ParseMetric(row.Text(3)));
  out.identity.dimensions = static_cast<size_t>(row.Int(2));
  out.identity.model = row.Text(5);
  out.identity.fingerprint = row.Text(6);
  return std::optional(std::move(out));
}

Status VectorRegistry::Rename(std::string_view id, std::string_view name) {
  AV_ASSIGN_OR_RETURN(Statement rename,
                      database_.Prepare("UPDATE vector_collections SET name = ?1 WHERE id = ?2"));
  AV_RETURN_IF_ERROR(rename.BindAll(name, id));
  return rename.Run();
}

Result<bool> VectorRegistry::IsReembedding(const EmbedderIdentity& identity) {
  AV_ASSIGN_OR_RETURN(const std::optional<StoredCollection> staged,
                      Stored(EmbeddedKindsAndChunks().back().with(kStagedSuffix)));
  return staged && SameEmbedder(staged->identity, identity);
}

Status VectorRegistry::AcceptsChunks(const EmbedderIdentity& identity) {
  const Status fits = CheckIdentity(identity);
  if (fits.ok()) return fits;
  AV_ASSIGN_OR_RETURN(const bool staged, IsReembedding(identity));
  return staged ? Status::Ok() : fits;
}

Result<std::string> VectorRegistry::ForChunks(const EmbedderIdentity& identity) {
  AV_RETURN_IF_ERROR(AcceptsChunks(identity));
  const EmbeddedKind& chunks = EmbeddedKindsAndChunks().back();
  if (CheckIdentity(identity).ok()) {
    AV_ASSIGN_OR_RETURN(const VectorCollection* own, WithIdentity(chunks.collection(), identity));
    return own->id;
  }
  AV_ASSIGN_OR_RETURN(std::optional<StoredCollection> staged, Stored(chunks.with(kStagedSuffix)));
  return std::move(staged->id);
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

Status VectorRegistry::Refresh() {
  CollectTouched();
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(std::string(kColumns) +
                                                        "WHERE name NOT GLOB 'archivolt:*:*'"));
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
      } else if (index.compacting() || WorthCompacting(index)) {
        index.CompactSlice(4 * kLinkVectors);
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
