#include "search/semantic_leg.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "knowledge/request.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

double SimilarityOfDistance(Metric metric, double distance) {
  switch (metric) {
    case Metric::kInnerProduct:
      return -distance;
    case Metric::kL2:
      return 1.0 / (1.0 + distance);
    case Metric::kCosine:
      break;
  }
  return 1.0 - distance;
}

}  // namespace

double Similarity(Metric metric, const std::vector<float>& a, const std::vector<float>& b) {
  if (metric == Metric::kInnerProduct)
    return static_cast<double>(InnerProduct(a.data(), b.data(), a.size()));
  if (metric == Metric::kL2) {
    return SimilarityOfDistance(metric,
                                static_cast<double>(SquaredL2(a.data(), b.data(), a.size())));
  }
  const double lengths = std::sqrt(SquaredNorm(a) * SquaredNorm(b));
  return lengths > 0 ? static_cast<double>(InnerProduct(a.data(), b.data(), a.size())) / lengths
                     : 0.0;
}

Result<QueryVector> MakeQueryVector(const SearchRequest& request, Embedders& embedders,
                                    VectorRegistry& vectors) {
  QueryVector out;
  if (request.mode == SearchMode::kKeyword) return out;
  const EmbedMode embed = request.embed.value_or(
      embedders.builtin() != nullptr ? EmbedMode::kBuiltin : EmbedMode::kNone);
  if (!request.vector.empty()) {
    AV_ASSIGN_OR_RETURN(const VectorCollection* collection, vectors.Find(kChunkCollection));
    if (collection != nullptr && collection->options.dims != request.vector.size()) {
      return BadArgument("vector", "the vector has " + std::to_string(request.vector.size()) +
                                       " values, those of the documents have " +
                                       std::to_string(collection->options.dims));
    }
    if (embed == EmbedMode::kExternal && embedders.has_external()) {
      AV_ASSIGN_OR_RETURN(const EmbedderIdentity identity, embedders.Identity(embed));
      AV_RETURN_IF_ERROR(vectors.CheckIdentity(identity));
    }
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
  AV_ASSIGN_OR_RETURN(const EmbedderIdentity identity, embedders.Identity(embed));
  AV_RETURN_IF_ERROR(vectors.CheckIdentity(identity));
  out.builtin = true;
  out.vector.resize(identity.dimensions);
  out.coverage = static_cast<double>(embedders.builtin()->Embed(request.query, out.vector));
  // No word is known: there is no direction to look in.
  if (SquaredNorm(out.vector) == 0) out.vector.clear();
  return out;
}

Result<SemanticMatches> RunSemanticLeg(const VectorCollection& collection, const QueryVector& query,
                                       const RowFilter& filter, size_t candidates) {
  SearchParams params;
  // Wide enough for the candidates: what is not looked at cannot be ranked.
  params.ef = std::clamp<size_t>(candidates, collection.options.ef_search, 65536);
  if (!filter.AllowsAll()) {
    params.filter = [&](uint32_t label) {
      const int64_t chunk = collection.ChunkOf(label);
      return chunk != 0 && filter.Allows(chunk);
    };
    if (filter.has_allowed) params.allowed_count = filter.allowed.size();
  }
  AV_ASSIGN_OR_RETURN(const std::vector<Neighbor> found,
                      collection.index->Search(query.vector, candidates, params));
  SemanticMatches out;
  for (const Neighbor& neighbor : found) {
    const int64_t chunk = collection.ChunkOf(neighbor.label);
    if (chunk == 0) continue;
    out.ranked.push_back({chunk, SimilarityOfDistance(collection.options.metric,
                                                      static_cast<double>(neighbor.distance))});
    out.labels.push_back(neighbor.label);
  }
  return out;
}

std::optional<double> SimilarityOfChunk(const VectorCollection& collection,
                                        const std::vector<float>& query, int64_t chunk_pk) {
  const std::optional<uint32_t> label = collection.LabelOf(chunk_pk);
  if (!label) return {};
  const std::optional<float> distance = collection.index->Distance(*label, query);
  if (!distance) return {};
  return SimilarityOfDistance(collection.options.metric, static_cast<double>(*distance));
}

Result<bool> LabelHoldsChunk(Database& database, const VectorCollection& collection, uint32_t label,
                             int64_t chunk_pk) {
  AV_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("SELECT 1 FROM vector_points p JOIN document_chunks c "
                       "ON c.id = p.chunk_id WHERE p.pk = ?1 AND p.collection_id = ?2 "
                       "AND c.pk = ?3"));
  AV_RETURN_IF_ERROR(row.BindAll(label, collection.id, chunk_pk));
  return row.Step();
}

}  // namespace archivolt
