// The semantic leg: which chunks or rows lie nearest to the query's vector.
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
#include "knowledge/row_embeddings.h"
#include "knowledge/vector_registry.h"
#include "search/keyword_leg.h"
#include "search/search_request.h"
#include "storage/database.h"

namespace archivolt {

struct QueryVector {
  std::vector<float> vector;  ///< empty: there is no semantic leg
  /// Whose vector it is; nothing for one that the request brings from elsewhere.
  std::optional<EmbedderIdentity> identity;
  bool builtin = false;
  /// The documents' vectors are another embedder's and on their way to this one's: they are found
  /// by their words.
  bool reembedding = false;
  double coverage = 1;  ///< share of the query's words that the built-in table knows
};

/// The vector that the request brings or that the built-in embedder makes of its query.
Result<QueryVector> MakeQueryVector(const SearchRequest& request, Embedders& embedders,
                                    VectorRegistry& vectors);

/// What one kind's rows are compared by.
struct KindVectors {
  /// Null: none that the query's vector can be compared with.
  const VectorCollection* stored = nullptr;
  std::vector<PendingVector> pending;  ///< of rows whose vectors are not stored yet
};

/// The vectors of a kind, all stored ones in their index, and of the newest `embedded` queued rows.
Result<KindVectors> ReadKindVectors(const SearchKind& kind, const QueryVector& query,
                                    VectorRegistry& vectors, RowEmbeddings& rows, size_t embedded);

/// Chunks or rows with their similarities, best first, equal ones by pk.
Result<std::vector<ScoredRow>> RunSemanticLeg(Database& database, const KindVectors& vectors,
                                              const QueryVector& query, const RowFilter& filter,
                                              size_t candidates);

/// The similarity of one chunk or row, or nothing when it has no vector.
Result<std::optional<double>> SimilarityOf(Database& database, const KindVectors& vectors,
                                           const std::vector<float>& query, int64_t pk);

}  // namespace archivolt
