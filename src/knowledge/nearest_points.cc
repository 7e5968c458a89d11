#include "knowledge/nearest_points.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "vector/nearest.h"
#include "vector/rerank.h"

namespace archivolt {
namespace {

/// Reads stored vectors one by one with one statement.
class StoredVectors {
 public:
  static Result<StoredVectors> Create(Database& database, const VectorCollection& collection,
                                      std::span<const float> query) {
    StoredVectors out(collection.options, query);
    AV_ASSIGN_OR_RETURN(
        out.row_,
        database.Prepare("SELECT vector FROM vector_points WHERE pk = ?1 AND collection_id = ?2"));
    AV_RETURN_IF_ERROR(out.row_.Bind(2, collection.id));
    return out;
  }

  Result<std::optional<float>> DistanceOf(uint32_t label) {
    row_.Reset();
    AV_RETURN_IF_ERROR(row_.Bind(1, label));
    AV_ASSIGN_OR_RETURN(const bool found, row_.Step());
    if (!found) return std::optional<float>();
    return Compare(row_.Blob(0));
  }

  /// Nothing for a vector of another length or without a direction.
  std::optional<float> Compare(BytesView bytes) {
    if (bytes.size() != vector_.size() * sizeof(float)) return {};
    std::memcpy(vector_.data(), bytes.data(), bytes.size());
    return TrueDistance(metric_, query_, vector_);
  }

 private:
  StoredVectors(const VectorIndexOptions& options, std::span<const float> query)
      : metric_(options.metric), query_(query), vector_(options.dims) {}

  Metric metric_;
  std::span<const float> query_;
  std::vector<float> vector_;
  Statement row_;
};

/// Every row that may be returned.
Result<std::vector<Neighbor>> ReadAll(Database& database, const VectorCollection& collection,
                                      std::span<const float> query, size_t k,
                                      const SearchParams& params) {
  AV_ASSIGN_OR_RETURN(StoredVectors stored, StoredVectors::Create(database, collection, query));
  const VectorIndex& index = *collection.index;
  Nearest nearest(std::min(k, index.count()), index.count());
  if (params.only) {
    for (const uint32_t label : *params.only) {
      if (params.filter && !params.filter(label)) continue;
      AV_ASSIGN_OR_RETURN(const std::optional<float> distance, stored.DistanceOf(label));
      if (distance) nearest.Offer(label, *distance);
    }
    return std::move(nearest).Take();
  }
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare("SELECT pk, vector FROM vector_points WHERE collection_id = ?1"));
  AV_RETURN_IF_ERROR(rows.Bind(1, collection.id));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return std::move(nearest).Take();
    const auto label = static_cast<uint32_t>(rows.Int(0));
    const std::optional<float> distance = stored.Compare(rows.Blob(1));
    if (!distance || !nearest.MayTake(*distance)) continue;
    if (!params.filter || params.filter(label)) nearest.Offer(label, *distance);
  }
}

}  // namespace

Result<std::vector<Neighbor>> NearestPoints(Database& database, const VectorCollection& collection,
                                            std::span<const float> query, size_t k,
                                            const SearchParams& params) {
  const VectorIndex& index = *collection.index;
  if (index.quantization() == Quantization::kNone || k == 0) return index.Search(query, k, params);
  if (params.exact) {
    SearchParams check = params;
    check.exact = false;
    AV_RETURN_IF_ERROR(index.Search(query, 1, check).status());  // of the query's values
    return ReadAll(database, collection, query, k, params);
  }
  AV_ASSIGN_OR_RETURN(StoredVectors stored, StoredVectors::Create(database, collection, query));
  return SearchAndRerank(index, query, k, params,
                         [&stored](uint32_t label) { return stored.DistanceOf(label); });
}

Result<std::optional<float>> DistanceOfPoint(Database& database, const VectorCollection& collection,
                                             uint32_t label, std::span<const float> query) {
  const VectorIndex& index = *collection.index;
  if (index.quantization() == Quantization::kNone) return index.Distance(label, query);
  if (!index.Contains(label)) return std::optional<float>();
  AV_ASSIGN_OR_RETURN(StoredVectors stored, StoredVectors::Create(database, collection, query));
  return stored.DistanceOf(label);
}

}  // namespace archivolt
