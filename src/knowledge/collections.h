// CollectionService: named vector collections, their points and nearest-neighbour queries.
//
// Owns the rules for names, payloads and points. Rows alone are written; the index follows them.
// Payload filters have the Where form of records/where_compiler.h and mean the same in graph and
// exact search. The collection 'document_chunks' and those of the prefix 'archivolt:' follow the
// documents and rows whose text they stand for: they can be read and queried, not changed, from
// here. Durability: each writing call is one transaction, all points or none, and leaves one entry
// in the audit trail (create, drop, upsert or delete, with the number of points). Errors:
// NOT_FOUND, ALREADY_EXISTS, INVALID_ARGUMENT {argument}, FAILED_PRECONDITION, UNSUPPORTED.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/vector_registry.h"
#include "records/audit_context.h"
#include "storage/database.h"

namespace archivolt {

class CollectionService {
 public:
  /// All must outlive the service.
  CollectionService(Database& database, Clock& clock, IdSource& ids, VectorRegistry& vectors,
                    const AuditContext& audit)
      : database_(database), clock_(clock), ids_(ids), vectors_(vectors), audit_(audit) {}

  /// {name 1..128 characters, dimensions 1..16384, metric?, quantization? 'none' | 'int8',
  /// m? 2..128, efConstruction? 4..4096, payloadSchema? (see payload_schema.h)}
  Status Create(const Object& spec);
  /// Makes 'code_embeddings' and 'knowledge_base' (768, cosine, with their payload schemas) where
  /// they are missing; the names of those it made.
  Result<Array> EnsureStandard();
  /// [{name, dimensions, metric, quantization, count, payloadSchema?}], by name, without those of
  /// rows.
  Result<Array> List();
  /// False when there was none.
  Result<bool> Drop(std::string_view name);
  /// points: [{id, vector, payload?, chunk?}]; a point of a known id is replaced, one that is there
  /// as it came is left alone. `chunk`: the document_chunks.id with which the point goes. Returns
  /// how many were changed. Of calls that belong together, in one transaction, the last one records
  /// those that were changed `earlier`; the others say that there is `more`.
  Result<int64_t> Upsert(std::string_view name, const Array& points, int64_t earlier = 0,
                         bool more = false);
  /// {id, vector, payload} or null.
  Result<Value> Get(std::string_view name, std::string_view id);
  /// How many were there.
  Result<int64_t> Delete(std::string_view name, const Array& ids);
  /// How many points have a payload that meets the filter; null: all of them.
  Result<int64_t> Count(std::string_view name, const Value& filter);
  /// {name, limit? 1..10000 (100), after?, filter?, vectors? (false)} -> [{id, payload, vector?}]
  /// in order of their ids, from behind the id `after`.
  Result<Array> Points(const Object& request);
  /// {name, vector, limit? 1..10000 (10), filter?, ef?, exact?} -> [{id, score, distance,
  /// payload}], nearest first. score grows with nearness: cosine, the product, or 1 / (1 + squared
  /// distance).
  Result<Array> Query(const Object& request);
  /// Frees the memory of deleted points.
  Status Compact(std::string_view name);

 private:
  static constexpr size_t kMaxNameBytes = 128;

  /// The collection, when points of callers may be written to it.
  Result<VectorCollection*> Writable(std::string_view name);
  /// The audit trail's entry for one call on a collection.
  Status Record(std::string_view action, std::string_view name, size_t points);

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  VectorRegistry& vectors_;
  const AuditContext& audit_;
};

}  // namespace archivolt
