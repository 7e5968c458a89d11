// How the indexes of a registry are filled from rows, and follow the rows that were touched.
#include <algorithm>
#include <cstring>
#include <functional>
#include <utility>

#include "knowledge/vector_registry.h"

namespace archivolt {
namespace {

constexpr int kLoadRows = 256;  // a slice of loading: about a millisecond

/// SELECT of (pk, vector, pk of the row it stands for) from vector_points p.
std::string PointSql(const VectorCollection& collection) {
  std::string sql = "SELECT p.pk, p.vector, ";
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

bool VectorCollection::WillLoad(int64_t pk) const {
  return !to_load || std::binary_search(to_load->begin(), to_load->end(), pk, std::greater());
}

/// Takes note of the rows that were touched since the last call. What a transaction touched is read
/// now and once more after its end, since it may have been rolled back.
void VectorRegistry::CollectTouched() {
  const bool open = database_.in_transaction();
  TouchedRows fresh = database_.TakeTouched(kPointsTable);
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
  AV_ASSIGN_OR_RETURN(Statement owner,
                      database_.Prepare("SELECT collection_id FROM vector_points WHERE pk = ?1"));
  AV_RETURN_IF_ERROR(owner.Bind(1, pk));
  AV_ASSIGN_OR_RETURN(const bool present, owner.Step());
  const std::string collection_id(present ? owner.Text(0) : std::string_view());
  const uint32_t label = static_cast<uint32_t>(pk);
  for (auto& [id, collection] : collections_) {
    if (collection->stale) continue;
    const bool here = id == collection_id;
    // What has not been loaded yet will be read from the rows.
    if (here && !collection->loaded && collection->WillLoad(pk)) continue;
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
  const BytesView bytes = row.Blob(1);
  std::vector<float> vector(collection.options.dims);
  Status added = Status::InvalidArgument("a vector of another length");
  if (bytes.size() == vector.size() * sizeof(float)) {
    std::memcpy(vector.data(), bytes.data(), bytes.size());
    added = collection.index->Add(label, vector);
  }
  if (added.ok()) {
    collection.Bind(label, std::max<int64_t>(row.Int(2), 0));
    return added;
  }
  if (added.code() != ErrorCode::INVALID_ARGUMENT) return added;
  // A vector without a direction, or of another length, cannot be near anything.
  collection.index->Remove(label);
  collection.Bind(label, 0);
  return Status::Ok();
}

/// Notes which points have to be read, from the collection's index of ids alone.
Status VectorRegistry::ListPoints(VectorCollection& collection) {
  AV_ASSIGN_OR_RETURN(Statement rows,
                      database_.Prepare("SELECT pk FROM vector_points WHERE collection_id = ?1"));
  AV_RETURN_IF_ERROR(rows.Bind(1, collection.id));
  std::vector<int64_t> keys;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    keys.push_back(rows.Int(0));
  }
  std::sort(keys.begin(), keys.end(), std::greater());  // taken from the end
  collection.to_load = std::move(keys);
  return Status::Ok();
}

/// Takes in some points in the order in which the table has them: that of ids jumps from page to
/// page.
Result<bool> VectorRegistry::LoadSlice(VectorCollection& collection) {
  if (!collection.to_load) {
    AV_RETURN_IF_ERROR(ListPoints(collection));
    collection.graph.Load(database_, collection.id, *collection.index);
  }
  std::vector<int64_t>& keys = *collection.to_load;
  // "+": by the table's own key, whatever else the planner may think of.
  AV_ASSIGN_OR_RETURN(Statement rows,
                      database_.Prepare(PointSql(collection) +
                                        "WHERE p.pk BETWEEN ?1 AND ?2 AND +p.collection_id = ?3"));
  for (int count = 0; count < kLoadRows && !keys.empty();) {
    // Keys without a gap are one walk through the table.
    const int64_t first = keys.back();
    int64_t last = first;
    auto next = keys.rbegin() + 1;
    for (++count; count < kLoadRows && next != keys.rend() && *next == last + 1; ++next, ++count) {
      ++last;
    }
    rows.Reset();
    AV_RETURN_IF_ERROR(rows.BindAll(first, last, collection.id));
    while (true) {
      AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) break;
      AV_RETURN_IF_ERROR(AddRow(collection, rows));
    }
    keys.erase(next.base(), keys.end());
  }
  collection.loaded = keys.empty();
  if (collection.loaded) {
    collection.to_load.emplace();
    collection.graph.Loaded(*collection.index);
  }
  return !collection.loaded;
}

}  // namespace archivolt
