#include "search/fusion.h"

#include <algorithm>

namespace archivolt {

double CoverageFactor(double coverage) {
  return coverage < 1.0 / 3.0 ? 0.0 : std::min(coverage, 1.0);
}

double FusedScore(SearchMode mode, const FusionOptions& options,
                  const std::optional<LegResult>& bm25, const std::optional<LegResult>& semantic,
                  double top_bm25, double coverage_factor) {
  const double keyword_part = bm25 && top_bm25 > 0 ? bm25->score / top_bm25 : 0.0;
  switch (mode) {
    case SearchMode::kKeyword:
      return keyword_part;
    case SearchMode::kSemantic:
      return semantic ? semantic->score : 0.0;
    case SearchMode::kHybrid:
      break;
  }
  if (options.method == FusionOptions::Method::kReciprocalRank) {
    const auto share = [&](const std::optional<LegResult>& leg, double weight) {
      return leg ? weight / (options.k + static_cast<double>(leg->rank)) : 0.0;
    };
    return share(bm25, options.bm25) + share(semantic, options.semantic * coverage_factor);
  }
  return options.bm25 * keyword_part +
         options.semantic * coverage_factor * (semantic ? semantic->score : 0.0);
}

}  // namespace archivolt
