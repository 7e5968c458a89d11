#include "search/semantic_leg.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "knowledge/nearest_points.h"
#include "knowledge/request.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

std::string CollectionOf(const SearchKind& kind) {
  return kind.is_documents ? std::string(kChunkCollection) : RowCollection(kind.name);
}

double CosineOf(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return 0;
  const double lengths = std::sqrt(SquaredNorm(a) * SquaredNorm(b));
  return lengths > 0 ? static_cast<double>(InnerProduct(a.data(), b.data(), a.size())) / lengths
                     : 0.0;
}

std::vector<uint32_t> AllowedLabels(const VectorCollection& collection, const RowFilter& filter) {
  std::vector<uint32_t> labels;
  labels.reserve(filter.allowed.size());
  for (const int64_t pk : filter.allowed) {
    const std::optional<uint32_t> label = collection.LabelOf(pk);
    if (label && filter.Allows(pk)) labels.push_back(*label);
  }
  return labels;
}

bool Nearer(const ScoredRow& a, const ScoredRow& b) {
  return a.score != b.score ? a.score > b.score : a.pk < b.pk;
}

/// Errors when the vector that the request brings cannot be compared with what it asks for.
Status CheckGivenVector(const SearchRequest& request, VectorRegistry& vectors) {
  for (const SearchKind* kind : request.kinds) {
    AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors.Find(CollectionOf(*kind)));
    // Among several kinds those that fit are searched; documents say it when they do not.
    if (collection == nullptr || collection->options.dims == request.vector.size() ||
        (request.kinds.size() > 1 && !kind->is_documents)) {
      continue;
    }
    return BadArgument("vector", "the vector has " + std::to_string(request.vector.size()) +
                                     " values, those of the " + std::string(kind->name) + " have " +
                                     std::to_string(collection->options.dims));
  }
  return Status::Ok();
}

bool AsksForDocuments(const SearchRequest& request) {
  return std::any_of(request.kinds.begin(), request.kinds.end(),
                     [](const SearchKind* kind) { return kind->is_documents; });
}

/// FAILED_PRECONDITION when the documents' vectors cannot be compared with those of the query's
/// embedder; hybrid searches do without while they are made anew.
Status CheckDocuments(const SearchRequest& request, VectorRegistry& vectors, QueryVector* query) {
  if (!AsksForDocuments(request)) return Status::Ok();
  const Status fits = vectors.CheckIdentity(*query->identity);
  if (fits.ok() || request.mode != SearchMode::kHybrid) return fits;
  AV_ASSIGN_OR_RETURN(query->reembedding, vectors.IsReembedding(*query->identity));
  return query->reembedding ? Status::Ok() : fits;
}

}  // namespace

Result<QueryVector> MakeQueryVector(const SearchRequest& request, Embedders& embedders,
                                    VectorRegistry& vectors) {
  QueryVector out;
  if (request.mode == SearchMode::kKeyword) return out;
  const EmbedMode embed = request.embed.value_or(
      embedders.builtin() != nullptr ? EmbedMode::kBuiltin : EmbedMode::kNone);
  if (!request.vector.empty()) {
    if (embed == EmbedMode::kExternal && embedders.has_external()) {
      AV_ASSIGN_OR_RETURN(out.identity, embedders.Identity(embed));
      AV_RETURN_IF_ERROR(CheckDocuments(request, vectors, &out));
    }
    if (!out.reembedding) AV_RETURN_IF_ERROR(CheckGivenVector(request, vectors));
    out.vector = request.vector;
    return out;
  }
  if (embed == EmbedMode::kExternal) {
    return BadArgument("vector", "with an external embedder the query's vector must be given");
  }
  if (embed == EmbedMode::kNone) {
    if (request.mode == SearchMode::kHybrid) return out;
    return BadArgument("mode", "semantic search needs an embedder or a vector");
  }
  AV_ASSIGN_OR_RETURN(out.identity, embedders.Identity(embed));
  AV_RETURN_IF_ERROR(CheckDocuments(request, vectors, &out));
  out.builtin = true;
  out.vector.resize(out.identity->dimensions);
  out.coverage = static_cast<double>(embedders.builtin()->Embed(request.meaning, out.vector));
  // No word is known: there is no direction to look in.
  if (SquaredNorm(out.vector) == 0) out.vector.clear();
  return out;
}

Result<KindVectors> ReadKindVectors(const SearchKind& kind, const QueryVector& query,
                                    VectorRegistry& vectors, RowEmbeddings& rows, size_t embedded) {
  KindVectors out;
  const std::string name = CollectionOf(kind);
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors.Find(name));
  const bool comparable = collection != nullptr &&
                          collection->options.dims == query.vector.size() &&
                          (!query.identity || SameEmbedder(collection->identity, *query.identity));
  if (comparable) {
    AV_ASSIGN_OR_RETURN(out.stored, vectors.Ready(name));
  }
  if (query.builtin && !kind.is_documents) {
    AV_ASSIGN_OR_RETURN(out.pending, rows.EmbedPending(kind.name, embedded));
  }
  return out;
}

Result<std::vector<ScoredRow>> RunSemanticLeg(Database& database, const KindVectors& vectors,
                                              const QueryVector& query, const RowFilter& filter,
                                              size_t candidates) {
  std::vector<ScoredRow> out;
  for (const PendingVector& row : vectors.pending) {
    if (!filter.Allows(row.pk) || SquaredNorm(row.vector) == 0) continue;
    out.push_back({row.pk, CosineOf(query.vector, row.vector)});
  }
  if (vectors.stored != nullptr) {
    const VectorCollection& collection = *vectors.stored;
    SearchParams params;
    // Wide enough for the candidates: what is not looked at cannot be ranked.
    params.ef = std::clamp<size_t>(candidates, collection.options.ef_search, 65536);
    if (!filter.AllowsAll()) {
      params.filter = [&](uint32_t label) {
        const int64_t pk = collection.RowOf(label);
        return pk != 0 && filter.Allows(pk);
      };
      if (filter.has_allowed) params.allowed_count = filter.allowed.size();
    }
    std::vector<uint32_t> labels;
    if (filter.has_allowed && collection.index->WouldScan(candidates, params)) {
      labels = AllowedLabels(collection, filter);
      params.only = labels;
      params.filter = nullptr;
    }
    AV_ASSIGN_OR_RETURN(const std::vector<Neighbor> found,
                        NearestPoints(database, collection, query.vector, candidates, params));
    for (const Neighbor& neighbor : found) {
      const int64_t pk = collection.RowOf(neighbor.label);
      if (pk == 0) continue;
      out.push_back({pk, Similarity(collection.options.metric, neighbor.distance)});
    }
  }
  std::sort(out.begin(), out.end(), Nearer);
  if (out.size() > candidates) out.resize(candidates);
  return out;
}

Result<std::optional<double>> SimilarityOf(Database& database, const KindVectors& vectors,
                                           const std::vector<float>& query, int64_t pk) {
  if (vectors.stored != nullptr) {
    const VectorCollection& collection = *vectors.stored;
    if (const std::optional<uint32_t> label = collection.LabelOf(pk)) {
      AV_ASSIGN_OR_RETURN(const std::optional<float> distance,
                          DistanceOfPoint(database, collection, *label, query));
      if (!distance) return std::optional<double>();
      return std::optional(Similarity(collection.options.metric, *distance));
    }
  }
  for (const PendingVector& row : vectors.pending) {
    if (row.pk == pk) return std::optional(CosineOf(query, row.vector));
  }
  return std::optional<double>();
}

}  // namespace archivolt
