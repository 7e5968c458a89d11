// The nearest vectors of an index of codes, put in their true order.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "vector/vector_index.h"

namespace archivolt {

/// The distance of a label's stored vector from the query; nothing when it is gone or cannot be
/// compared.
using TrueDistanceOf = std::function<Result<std::optional<float>>(uint32_t label)>;

/// As VectorIndex::Search without `exact`, for an index of codes: more candidates than are asked
/// for are found by their codes, and `distance_of` is asked about them, nearest first, until none
/// that is left can be among the k nearest. Distances are those that it gives. Errors: those of the
/// search and of `distance_of`.
Result<std::vector<Neighbor>> SearchAndRerank(const VectorIndex& index,
                                              std::span<const float> query, size_t k,
                                              const SearchParams& params,
                                              const TrueDistanceOf& distance_of);

}  // namespace archivolt
