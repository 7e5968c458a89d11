// CollectionService: named vector collections, their points and nearest-neighbour queries.
//
// Owns the rules for names and points. Rows are written first; the index follows after the commit.
// Payload filters have the Where form of records/where_compiler.h. The collection 'document_chunks'
// belongs to documents: it can be read and queried, not changed, from here. Durability: each
// writing call is one transaction, all points or none. Errors: NOT_FOUND, ALREADY_EXISTS,
// INVALID_ARGUMENT {argument}, FAILED_PRECONDITION, UNSUPPORTED.
#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/vector_registry.h"
#include "storage/database.h"

namespace archivolt {

class CollectionService {
 public:
  /// All must outlive the service.
  CollectionService(Database& database, Clock& clock, IdSource& ids, VectorRegistry& vectors)
      : database_(database), clock_(clock), ids_(ids), vectors_(vectors) {}

  /// {name 1..128 characters, dimensions 1..16384, metric?, quantization? 'none', m? 2..128,
  /// efConstruction? 4..4096}
  Status Create(const Object& spec);
  /// [{name, dimensions, metric, quantization, count}], by name.
  Result<Array> List();
  /// False when there was none.
  Result<bool> Drop(std::string_view name);
  /// points: [{id, vector, payload?}]; a point of a known id is replaced.
  Status Upsert(std::string_view name, const Array& points);
  /// {id, vector, payload} or null.
  Result<Value> Get(std::string_view name, std::string_view id);
  /// How many were there.
  Result<int64_t> Delete(std::string_view name, const Array& ids);
  /// {name, vector, limit? 1..10000 (10), filter?, ef?, exact?} -> [{id, score, distance,
  /// payload}], nearest first. score grows with nearness: cosine, the product, or 1 / (1 + squared
  /// distance).
  Result<Array> Query(const Object& request);
  /// Frees the memory of deleted points.
  Status Compact(std::string_view name);

 private:
  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  VectorRegistry& vectors_;
};

}  // namespace archivolt
