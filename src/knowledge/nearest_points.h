// The nearest points of a collection, by their stored vectors.
//
// An index of codes (quantization 'int8') only knows about how near a point is: what it finds is
// put in order by the float32 vectors of the rows, which are read for the few that may be among the
// nearest. An index of float32 answers by itself. Errors: those of the index and of the database.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/status.h"
#include "knowledge/vector_registry.h"
#include "storage/database.h"
#include "vector/vector_index.h"

namespace archivolt {

/// As VectorIndex::Search, with true distances. `params.exact` reads every row of a collection of
/// codes. REQUIRES: the collection is ready (VectorRegistry::Ready).
Result<std::vector<Neighbor>> NearestPoints(Database& database, const VectorCollection& collection,
                                            std::span<const float> query, size_t k,
                                            const SearchParams& params);

/// The distance of one point; nothing when it is not there or cannot be compared.
Result<std::optional<float>> DistanceOfPoint(Database& database, const VectorCollection& collection,
                                             uint32_t label, std::span<const float> query);

}  // namespace archivolt
