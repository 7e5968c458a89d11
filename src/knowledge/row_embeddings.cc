#include "knowledge/row_embeddings.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "knowledge/background_write.h"
#include "knowledge/request.h"

namespace archivolt {
namespace {

constexpr size_t kRowsALook = 16;
constexpr int64_t kMaxTexts = 1000;

/// Chunks of other systems' documents without a vector in the chunks' collection, and the pk of
/// their documents, from the one with pk ?1 on. Documents made here bring their vectors, or are to
/// have none.
#define CHUNKS_WITHOUT_VECTORS                                                                     \
  "SELECT c.pk, d.pk FROM documents d JOIN document_chunks c ON c.document_id = d.id WHERE d.pk "  \
  ">= ?1 AND d.origin <> 'local' AND NOT EXISTS (SELECT 1 FROM vector_points p WHERE p.point_uid " \
  "= c.id AND p.collection_id = (SELECT id FROM vector_collections WHERE origin = 'local' AND "    \
  "name = 'document_chunks')) "

/// Nothing where the schema has no queue yet: an older one, migrated down to or open for reading.
Result<std::optional<Statement>> OverQueue(Database& database, std::string_view sql) {
  Result<Statement> statement = database.Prepare(sql);
  if (statement.ok()) return std::optional(std::move(statement).value());
  AV_ASSIGN_OR_RETURN(
      const Value queue,
      database.QueryValue("SELECT 1 FROM sqlite_schema WHERE name = 'embedding_queue'"));
  if (queue.is_null()) return std::optional<Statement>();
  return statement.status();
}

}  // namespace

Result<bool> RowEmbeddings::AnyPending() {
  AV_ASSIGN_OR_RETURN(std::optional<Statement> row,
                      OverQueue(database_, "SELECT 1 FROM embedding_queue LIMIT 1"));
  if (!row) return false;
  AV_ASSIGN_OR_RETURN(const bool queued, row->Step());
  if (queued) return true;
  AV_ASSIGN_OR_RETURN(const std::vector<int64_t> chunks,
                      Queued(EmbeddedKindsAndChunks().back(), 1, false));
  return !chunks.empty();
}

Result<bool> RowEmbeddings::Drain(int64_t budget_ms) {
  StaticEmbedder* embedder = embedders_.builtin();
  if (embedder == nullptr || embedders_.has_external() || database_.read_only() ||
      database_.in_transaction()) {
    return false;
  }
  const int64_t deadline = clock_.NowMicros() + budget_ms * 1000;
  AV_ASSIGN_OR_RETURN(const EmbedderIdentity identity, embedders_.Identity(EmbedMode::kBuiltin));
  AV_ASSIGN_OR_RETURN(const bool more, Adopt(identity));
  AV_ASSIGN_OR_RETURN(const bool pending, AnyPending());
  if (!pending) return more;
  BackgroundWrite step(database_, audit_, writing_);
  AV_RETURN_IF_ERROR(step.Begin());
  std::vector<float> vector(identity.dimensions);
  for (const EmbeddedKind& kind : EmbeddedKindsAndChunks()) {
    while (true) {
      AV_ASSIGN_OR_RETURN(const std::vector<int64_t> queued, Queued(kind, kRowsALook, false));
      if (queued.empty()) break;
      for (const int64_t pk : queued) {
        EmbeddedRow row;
        AV_ASSIGN_OR_RETURN(const bool present, ReadEmbeddedRow(database_, kind, pk, &row));
        if (present) {
          embedder->Embed(row.passage, vector);
          AV_RETURN_IF_ERROR(Store(row, identity, vector));
        }
        AV_RETURN_IF_ERROR(Dequeue(kind, pk));
      }
      if (clock_.NowMicros() >= deadline) {
        AV_RETURN_IF_ERROR(step.Commit());
        AV_ASSIGN_OR_RETURN(const bool left, AnyPending());
        return more || left;
      }
    }
  }
  AV_RETURN_IF_ERROR(step.Commit());
  return more;
}

/// Sees to it that the collections take this embedder's vectors; true = discarded ones are left.
Result<bool> RowEmbeddings::Adopt(const EmbedderIdentity& identity) {
  bool more = false;
  for (const EmbeddedKind& kind : EmbeddedKindsAndChunks()) {
    AV_ASSIGN_OR_RETURN(const bool left, AdoptKind(kind, identity));
    more = more || left;
  }
  // Vectors of another embedder stand among the chunks': none is added before all are made anew.
  if (!vectors_.CheckIdentity(identity).ok()) next_document_ = kNoDocument;
  return more;
}

Result<bool> RowEmbeddings::AdoptKind(const EmbeddedKind& kind, const EmbedderIdentity& identity) {
  const std::string name = kind.collection();
  const std::string discarded = kind.with(kDiscardedSuffix);
  AV_ASSIGN_OR_RETURN(const std::optional<StoredCollection> old, vectors_.Stored(discarded));
  AV_ASSIGN_OR_RETURN(const std::optional<StoredCollection> present, vectors_.Stored(name));
  // Documents are found by what they have until all are embedded again: Reembedding.
  const bool other = !kind.is_chunks() && present && !SameEmbedder(present->identity, identity);
  if (!old && !other) return false;
  BackgroundWrite step(database_, audit_, writing_);
  AV_RETURN_IF_ERROR(step.Begin());
  bool left = true;
  if (old) {
    AV_ASSIGN_OR_RETURN(left, DropSlice(database_, discarded));
    left = left || other;
  } else {
    // Renamed and dropped later in slices: the triggers see to the new collection from here on, and
    // delete from the old one as well.
    AV_RETURN_IF_ERROR(vectors_.Rename(present->id, discarded));
    AV_RETURN_IF_ERROR(vectors_.WithIdentity(name, identity).status());
    AV_ASSIGN_OR_RETURN(
        Statement queue,
        database_.Prepare(
            "INSERT OR IGNORE INTO embedding_queue(kind, row_pk) SELECT ?1, pk FROM " +
            std::string(kind.name)));
    AV_RETURN_IF_ERROR(queue.Bind(1, kind.name));
    AV_RETURN_IF_ERROR(queue.Run());
  }
  AV_RETURN_IF_ERROR(step.Commit());
  return left;
}

Result<std::vector<int64_t>> RowEmbeddings::Queued(const EmbeddedKind& kind, size_t limit,
                                                   bool newest) {
  std::vector<int64_t> out;
  if (kind.is_chunks()) {
    if (next_document_ == kNoDocument || limit == 0) return out;
    AV_ASSIGN_OR_RETURN(Statement chunks,
                        database_.Prepare(CHUNKS_WITHOUT_VECTORS "ORDER BY d.pk LIMIT ?2"));
    AV_RETURN_IF_ERROR(chunks.BindAll(next_document_, limit));
    int64_t document = kNoDocument;
    while (true) {
      AV_ASSIGN_OR_RETURN(const bool row, chunks.Step());
      if (!row) break;
      if (out.empty()) document = chunks.Int(1);
      out.push_back(chunks.Int(0));
    }
    next_document_ = document;
    return out;
  }
  AV_ASSIGN_OR_RETURN(
      std::optional<Statement> rows,
      OverQueue(database_, newest ? "SELECT row_pk FROM embedding_queue WHERE kind = ?1 "
                                    "ORDER BY row_pk DESC LIMIT ?2"
                                  : "SELECT row_pk FROM embedding_queue WHERE kind = ?1 "
                                    "ORDER BY row_pk LIMIT ?2"));
  if (!rows) return out;
  AV_RETURN_IF_ERROR(rows->BindAll(kind.name, limit));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows->Step());
    if (!row) return out;
    out.push_back(rows->Int(0));
  }
}

Status RowEmbeddings::Dequeue(const EmbeddedKind& kind, int64_t pk) {
  if (kind.is_chunks()) return Status::Ok();
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare("DELETE FROM embedding_queue WHERE kind = ?1 AND row_pk = ?2"));
  AV_RETURN_IF_ERROR(write.BindAll(kind.name, pk));
  return write.Run();
}

Status RowEmbeddings::Store(const EmbeddedRow& row, const EmbedderIdentity& identity,
                            std::span<const float> vector) {
  AV_ASSIGN_OR_RETURN(const VectorCollection* collection,
                      vectors_.WithIdentity(row.kind->collection(), identity));
  return StoreVector(database_, clock_, ids_, collection->id, row, vector);
}

Result<Value> RowEmbeddings::Texts(int64_t limit) {
  given_out_.clear();
  const std::optional<EmbedderIdentity> identity = embedders_.Present();
  if (!identity || !embedders_.has_external())
    return embedders_.Identity(EmbedMode::kExternal).status();
  Array texts;
  if (database_.read_only() || database_.in_transaction())
    return Value(Object{{"texts", std::move(texts)}, {"more", false}});
  AV_ASSIGN_OR_RETURN(const bool left, Adopt(*identity));
  const size_t wanted = static_cast<size_t>(std::clamp<int64_t>(limit, 1, kMaxTexts));
  for (const EmbeddedKind& kind : EmbeddedKindsAndChunks()) {
    AV_ASSIGN_OR_RETURN(const std::vector<int64_t> queued,
                        Queued(kind, wanted - given_out_.size(), false));
    for (const int64_t pk : queued) {
      EmbeddedRow row;
      AV_ASSIGN_OR_RETURN(const bool present, ReadEmbeddedRow(database_, kind, pk, &row));
      if (!present) continue;
      texts.emplace_back(row.passage);
      given_out_.push_back(std::move(row));
    }
  }
  return Value(Object{{"texts", std::move(texts)}, {"more", left}});
}

Status RowEmbeddings::Vectors(const Array& vectors) {
  const std::vector<EmbeddedRow> rows = std::exchange(given_out_, {});
  if (rows.empty()) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const EmbedderIdentity identity, embedders_.Identity(EmbedMode::kExternal));
  AV_ASSIGN_OR_RETURN(const std::vector<std::vector<float>> checked,
                      VectorsOf(vectors, rows.size(), identity.dimensions));
  BackgroundWrite step(database_, audit_, writing_);
  AV_RETURN_IF_ERROR(step.Begin());
  for (size_t i = 0; i < rows.size(); ++i) {
    EmbeddedRow now;
    AV_ASSIGN_OR_RETURN(const bool present,
                        ReadEmbeddedRow(database_, *rows[i].kind, rows[i].pk, &now));
    if (present && (now.passage != rows[i].passage || now.id != rows[i].id)) continue;
    if (present) AV_RETURN_IF_ERROR(Store(now, identity, checked[i]));
    AV_RETURN_IF_ERROR(Dequeue(*rows[i].kind, rows[i].pk));
  }
  return step.Commit();
}

Result<int64_t> RowEmbeddings::CountPending() {
  AV_ASSIGN_OR_RETURN(std::optional<Statement> row,
                      OverQueue(database_, "SELECT count(*) FROM embedding_queue"));
  if (!row) return 0;
  AV_RETURN_IF_ERROR(row->Step().status());
  if (next_document_ == kNoDocument) return row->Int(0);
  // Not all are counted: this is asked for at every step.
  AV_ASSIGN_OR_RETURN(
      Statement chunks,
      database_.Prepare("SELECT count(*) FROM (" CHUNKS_WITHOUT_VECTORS "LIMIT 100)"));
  AV_RETURN_IF_ERROR(chunks.Bind(1, next_document_));
  AV_RETURN_IF_ERROR(chunks.Step().status());
  return row->Int(0) + chunks.Int(0);
}

Result<std::vector<PendingVector>> RowEmbeddings::EmbedPending(std::string_view name,
                                                               size_t limit) {
  std::vector<PendingVector> out;
  StaticEmbedder* embedder = embedders_.builtin();
  if (embedder == nullptr || embedders_.has_external()) return out;
  for (const EmbeddedKind& kind : EmbeddedKinds()) {
    if (kind.name != name) continue;
    AV_ASSIGN_OR_RETURN(const std::vector<int64_t> queued, Queued(kind, limit, true));
    for (const int64_t pk : queued) {
      EmbeddedRow row;
      AV_ASSIGN_OR_RETURN(const bool present, ReadEmbeddedRow(database_, kind, pk, &row));
      if (!present) continue;
      std::vector<float> vector(embedder->dimensions());
      embedder->Embed(row.passage, vector);
      out.push_back({pk, std::move(vector)});
    }
  }
  return out;
}

}  // namespace archivolt
