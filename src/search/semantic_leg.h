// The semantic leg: which chunks lie nearest to the query's vector.
//
// Owns the query's vector and how sure it is, and the similarity of single rows. Similarities are
// higher for nearer: the cosine, the inner product, or 1 / (1 + squared distance). Errors:
// FAILED_PRECONDITION (vectors of another embedder), INVALID_ARGUMENT (no vector where one is
// needed, or of the wrong length).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/status.h"
#include "knowledge/embedders.h"
#include "knowledge/vector_registry.h"
#include "search/keyword_leg.h"
#include "search/search_request.h"
#include "storage/database.h"

namespace archivolt {

struct QueryVector {
  std::vector<float> vector;  ///< empty: there is no semantic leg
  bool builtin = false;
  double coverage = 1;  ///< share of the query's words that the built-in table knows
};

/// The vector that the request brings or that the built-in embedder makes of its query.
Result<QueryVector> MakeQueryVector(const SearchRequest& request, Embedders& embedders,
                                    VectorRegistry& vectors);

struct SemanticMatches {
  std::vector<ScoredRow> ranked;  ///< chunks, best first
  std::vector<uint32_t> labels;   ///< of the same, in the same order
};

Result<SemanticMatches> RunSemanticLeg(const VectorCollection& collection, const QueryVector& query,
                                       const RowFilter& filter, size_t candidates);

/// The similarity of one chunk, or nothing when it has no vector. Asks the index, no row.
std::optional<double> SimilarityOfChunk(const VectorCollection& collection,
                                        const std::vector<float>& query, int64_t chunk_pk);

double Similarity(Metric metric, const std::vector<float>& a, const std::vector<float>& b);

/// Whether the label still stands for this chunk.
Result<bool> LabelHoldsChunk(Database& database, const VectorCollection& collection, uint32_t label,
                             int64_t chunk_pk);

}  // namespace archivolt
