// Fusion: how the ranks of the two legs become one score.
//
// Pure arithmetic. Weighted: bm25 divided by the query's best, plus the similarity as it is, never
// stretched: a cosine spans a narrow range, and stretching it would drown the words. RRF: for
// similarities of unknown scale.
#pragma once

#include <cstdint>
#include <optional>

namespace archivolt {

struct FusionOptions {
  enum class Method { kWeighted, kReciprocalRank };
  Method method = Method::kWeighted;
  double bm25 = 0.3;      ///< weight of the keyword leg
  double semantic = 0.7;  ///< weight of the semantic leg
  double k = 60;          ///< of reciprocal ranks
};

enum class SearchMode { kHybrid, kSemantic, kKeyword };

/// What one leg says about one hit.
struct LegResult {
  int64_t rank = 0;  ///< from 1
  double score = 0;  ///< bm25 with its sign turned, or the similarity
};

/// Share of the semantic weight for a query of which the table knows this share of the words: below
/// a third the vector says too little to be trusted.
double CoverageFactor(double coverage);

/// `top_bm25`: the best keyword score of this kind, 0 without any. `coverage_factor`: 1 for
/// external vectors.
double FusedScore(SearchMode mode, const FusionOptions& options,
                  const std::optional<LegResult>& bm25, const std::optional<LegResult>& semantic,
                  double top_bm25, double coverage_factor);

}  // namespace archivolt
