// Reembedding: the vectors of all documents and rows anew, by another embedder.
//
// The new vectors gather in collections of their own ('archivolt:<kind>:new') while searches use
// the present ones. When every row has one, all collections change places in one transaction, and
// the old ones are deleted in slices. What is done is in the database alone: whoever calls after a
// kill goes on where it stopped; rows that came, changed or went meanwhile are met by the triggers
// and by a last look before the swap. Vectors that another embedder had begun to make are given
// up. Errors: FAILED_PRECONDITION (no embedder, open for reading only), INVALID_ARGUMENT
// {argument}, those of the database, after which what was committed is kept.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedders.h"
#include "knowledge/row_embeddings.h"
#include "knowledge/vector_registry.h"
#include "records/audit_context.h"
#include "storage/database.h"

namespace archivolt {

class Reembedding {
 public:
  /// All must outlive this.
  Reembedding(Database& database, Clock& clock, IdSource& ids, Embedders& embedders,
              VectorRegistry& vectors, RowEmbeddings& rows, AuditContext& audit)
      : database_(database),
        clock_(clock),
        ids_(ids),
        embedders_(embedders),
        vectors_(vectors),
        rows_(rows),
        audit_(audit) {}

  /// Some more of it, for about `budget_ms`: {embedder?: the identity of an external one (the
  /// present one), begin?: true for a caller's first step, vectors?: those of the latest texts,
  /// limit? 1..1000 texts} -> {phase: 'embed' | 'clean' | 'done', texts?, present?: true}. texts:
  /// to be embedded and brought by the next step. present: the embedder that was named is the
  /// present one from now on.
  Result<Value> Step(const Object& request, int64_t budget_ms);

  /// {model, dimensions} of who made the documents' vectors where it is not the present embedder,
  /// else null.
  Result<Value> OtherEmbedder();

  /// True while a step of this commits: its changes are no news for anyone.
  bool writing() const { return writing_; }

 private:
  /// A kind whose vectors are made anew, or whose chunks lack some (then nothing is swapped).
  struct Target {
    const EmbeddedKind* kind;
    size_t place;      // among all kinds
    std::string own;   // id of the kind's collection, empty: there is none
    std::string into;  // id of the one that takes the new vectors
    bool swaps() const { return own != into; }
  };
  struct Progress {
    std::array<int64_t, 6> next{};       // per kind: all rows before this pk were looked at
    std::vector<EmbeddedRow> given_out;  // whose texts the caller has
    bool cleaned = false;
  };

  Result<bool> Prepare(const EmbedderIdentity& identity, std::vector<Target>* targets);
  Result<bool> IsWanted(const EmbeddedKind& kind, const std::optional<StoredCollection>& own,
                        const EmbedderIdentity& identity);
  Result<std::vector<int64_t>> Lacking(const Target& target, size_t limit, bool* end);
  Status TakeVectors(const std::vector<Target>& targets, const Value& vectors,
                     const EmbedderIdentity& identity);
  Result<bool> GiveOut(const std::vector<Target>& targets, size_t limit, int64_t deadline,
                       Array* texts);
  Result<bool> IsComplete(const Target& target);
  Result<bool> Swap(const std::vector<Target>& targets);

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  Embedders& embedders_;
  VectorRegistry& vectors_;
  RowEmbeddings& rows_;
  AuditContext& audit_;
  Progress progress_;
  bool writing_ = false;
};

}  // namespace archivolt
