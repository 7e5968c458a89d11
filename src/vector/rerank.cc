#include "vector/rerank.h"

#include <algorithm>
#include <cmath>

#include "vector/nearest.h"

namespace archivolt {
namespace {

// Candidates that an index of codes is asked for: half as many again as are wanted, and some. By
// measurement (docs/vectors.md) the true nearest are among them as often as among those of an index
// of float32.
constexpr size_t kMoreCandidates = 6;

}  // namespace

Result<std::vector<Neighbor>> SearchAndRerank(const VectorIndex& index,
                                              std::span<const float> query, size_t k,
                                              const SearchParams& params,
                                              const TrueDistanceOf& distance_of) {
  AV_ASSIGN_OR_RETURN(const std::vector<Neighbor> found,
                      index.Search(query, k + k / 2 + kMoreCandidates, params));
  std::vector<Neighbor> nearest;
  nearest.reserve(std::min(k, found.size()) + 1);
  float error = 0;  // three times the largest so far of what codes are off by
  for (const Neighbor& candidate : found) {
    // The codes have them in about the right order: behind this one none is nearer.
    if (nearest.size() == k && candidate.distance - error > nearest.back().distance) break;
    AV_ASSIGN_OR_RETURN(const std::optional<float> distance, distance_of(candidate.label));
    if (!distance) continue;
    error = std::max(error, 3 * std::abs(candidate.distance - *distance));
    const Neighbor neighbor{candidate.label, *distance};
    nearest.insert(std::upper_bound(nearest.begin(), nearest.end(), neighbor, NearerFirst),
                   neighbor);
    if (nearest.size() > k) nearest.pop_back();
  }
  return nearest;
}

}  // namespace archivolt
