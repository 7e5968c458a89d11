// RowEmbeddings: the vectors of decisions, stories, code, messages and AI requests, and of chunks
// that came from another system without a vector of this workspace's embedder.
//
// Triggers note every row whose text is new in embedding_queue and delete the vectors of texts that
// are gone, whoever writes. This takes rows from the queue, has them embedded and stores the points
// under the row's id in the collection 'archivolt:<kind>'. Invariants: 1. a row is in the queue or
// has exactly one point, never both; 2. the points of a collection come from one embedder: when
// another is present, the old ones are discarded and every row is queued again; 3. each step is one
// transaction that leaves no audit entries, and writing() is true while it commits. A text of which
// the embedder knows nothing gets a zero vector, which nothing finds. Errors: INVALID_ARGUMENT
// {argument}, FAILED_PRECONDITION (no embedder), those of the database.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedded_rows.h"
#include "knowledge/embedders.h"
#include "knowledge/vector_registry.h"
#include "records/audit_context.h"
#include "storage/database.h"

namespace archivolt {

/// The vector of a row that is still queued.
struct PendingVector {
  int64_t pk;
  std::vector<float> vector;
};

class RowEmbeddings {
 public:
  /// All must outlive this.
  RowEmbeddings(Database& database, Clock& clock, IdSource& ids, Embedders& embedders,
                VectorRegistry& vectors, AuditContext& audit)
      : database_(database),
        clock_(clock),
        ids_(ids),
        embedders_(embedders),
        vectors_(vectors),
        audit_(audit) {}

  /// Embeds queued rows with the built-in embedder for about `budget_ms`; true = there is more to
  /// do. Does nothing while another embedder is named, none is loaded, or in a transaction.
  Result<bool> Drain(int64_t budget_ms);

  /// For the external embedder: {texts: up to `limit` passages, more}. The rows stay queued until
  /// their vectors come; a second call begins anew.
  Result<Value> Texts(int64_t limit);
  /// The vectors of the latest texts, in their order. A row that was changed meanwhile stays
  /// queued. Where no texts are known any more, as after a restore, nothing is taken: they are
  /// asked for again.
  Status Vectors(const Array& vectors);

  /// Rows that wait for their vectors; of chunks a hundred at most.
  Result<int64_t> CountPending();
  /// The newest `limit` queued rows of a kind, embedded here; nothing is stored. Empty unless the
  /// built-in embedder is present.
  Result<std::vector<PendingVector>> EmbedPending(std::string_view kind, size_t limit);

  /// Says that chunks may have come without vectors; once at opening nobody needs to. They wait in
  /// no queue: they are looked for until there are no more.
  void LookForChunks() { next_document_ = 0; }

  /// True while a step of this commits: its changes are no news for anyone.
  bool writing() const { return writing_; }

 private:
  static constexpr int64_t kNoDocument = INT64_MAX;

  Result<bool> AnyPending();
  Result<bool> Adopt(const EmbedderIdentity& identity);
  Result<bool> AdoptKind(const EmbeddedKind& kind, const EmbedderIdentity& identity);
  Result<std::vector<int64_t>> Queued(const EmbeddedKind& kind, size_t limit, bool newest);
  Status Dequeue(const EmbeddedKind& kind, int64_t pk);
  Status Store(const EmbeddedRow& row, const EmbedderIdentity& identity,
               std::span<const float> vector);

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  Embedders& embedders_;
  VectorRegistry& vectors_;
  AuditContext& audit_;
  std::vector<EmbeddedRow> given_out_;  // whose texts an external embedder has
  int64_t next_document_ = 0;           // pk of the first whose chunks may lack vectors
  bool writing_ = false;
};

}  // namespace archivolt
