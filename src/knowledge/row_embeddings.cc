#include "knowledge/row_embeddings.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "knowledge/request.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr size_t kRowsALook = 16;
constexpr int64_t kDiscardRows = 500;  // a few milliseconds
constexpr int64_t kMaxTexts = 1000;

constexpr EmbeddedKind kKinds[] = {
    {"decisions",
     "substr(title || char(10) || coalesce(description || char(10), '') || coalesce(rationale, "
     "''), "
     "1, 2000)"},
    {"stories",
     "substr(title || char(10) || coalesce(user_story || char(10), '') || coalesce(description, "
     "''), 1, 2000)"},
    {"code_examples",
     "substr(title || char(10) || coalesce(description || char(10), '') || code_content, 1, 2000)"},
    {"messages", "substr(content, 1, 2000)"},
    // The answer counts beside a long question.
    {"ai_requests",
     "coalesce(substr(prompt_text, 1, 1200), '') || char(10) || coalesce(substr(response_text, 1, "
     "800), '')"},
    // The headings say what a passage is about when its own words do not. The last one.
    {kChunkCollection, "coalesce(heading || char(10), '') || chunk_text"},
};
constexpr std::span<const EmbeddedKind> kRowKinds = std::span(kKinds).first(std::size(kKinds) - 1);
constexpr const EmbeddedKind* kChunks = &kKinds[std::size(kKinds) - 1];

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

std::span<const EmbeddedKind> EmbeddedKinds() { return kRowKinds; }

std::string RowCollection(std::string_view kind) {
  return std::string(kRowCollectionPrefix).append(kind);
}

/// One transaction without audit entries and news.
class RowEmbeddings::Step {
 public:
  explicit Step(RowEmbeddings& rows) : rows_(rows), silence_(rows.audit_) { rows.writing_ = true; }
  ~Step() {
    transaction_.reset();  // rolls back what was not committed
    rows_.writing_ = false;
  }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

  Status Begin() {
    AV_ASSIGN_OR_RETURN(transaction_, Transaction::Begin(rows_.database_));
    return Status::Ok();
  }
  Status Commit() { return transaction_->Commit(); }

 private:
  RowEmbeddings& rows_;
  AuditContext::Silence silence_;
  std::optional<Transaction> transaction_;
};

Result<bool> RowEmbeddings::AnyPending() {
  AV_ASSIGN_OR_RETURN(std::optional<Statement> row,
                      OverQueue(database_, "SELECT 1 FROM embedding_queue LIMIT 1"));
  if (!row) return false;
  AV_ASSIGN_OR_RETURN(const bool queued, row->Step());
  if (queued) return true;
  AV_ASSIGN_OR_RETURN(const std::vector<int64_t> chunks, Queued(*kChunks, 1, false));
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
  Step step(*this);
  AV_RETURN_IF_ERROR(step.Begin());
  std::vector<float> vector(identity.dimensions);
  for (const EmbeddedKind& kind : kKinds) {
    while (true) {
      AV_ASSIGN_OR_RETURN(const std::vector<int64_t> queued, Queued(kind, kRowsALook, false));
      if (queued.empty()) break;
      for (const int64_t pk : queued) {
        QueuedRow row;
        AV_ASSIGN_OR_RETURN(const bool present, ReadRow(kind, pk, &row));
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
  for (const EmbeddedKind& kind : kRowKinds) {
    AV_ASSIGN_OR_RETURN(const bool left, AdoptKind(kind, identity));
    more = more || left;
  }
  // Vectors of another embedder stand among the chunks': none is added before all are made anew.
  if (!vectors_.CheckIdentity(identity).ok()) next_document_ = kNoDocument;
  return more;
}

Result<bool> RowEmbeddings::AdoptKind(const EmbeddedKind& kind, const EmbedderIdentity& identity) {
  const std::string name = RowCollection(kind.name);
  AV_ASSIGN_OR_RETURN(const VectorCollection* old,
                      vectors_.Find(name + std::string(kDiscardedSuffix)));
  AV_ASSIGN_OR_RETURN(const VectorCollection* present, vectors_.Find(name));
  const bool other = present != nullptr && !SameEmbedder(present->identity, identity);
  if (old == nullptr && !other) return false;
  Step step(*this);
  AV_RETURN_IF_ERROR(step.Begin());
  bool left = true;
  if (old != nullptr) {
    AV_ASSIGN_OR_RETURN(left, DropDiscarded(kind));
    left = left || other;
  } else {
    // Renamed and dropped later in slices: the triggers see to the new collection from here on, and
    // delete from the old one as well.
    AV_ASSIGN_OR_RETURN(Statement rename,
                        database_.Prepare("UPDATE vector_collections SET name = ?1 WHERE id = ?2"));
    AV_RETURN_IF_ERROR(rename.BindAll(name + std::string(kDiscardedSuffix), present->id));
    AV_RETURN_IF_ERROR(rename.Run());
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

/// Deletes a slice of the discarded points, and the collection after the last.
Result<bool> RowEmbeddings::DropDiscarded(const EmbeddedKind& kind) {
  const std::string name = RowCollection(kind.name) + std::string(kDiscardedSuffix);
  AV_ASSIGN_OR_RETURN(
      Statement points,
      database_.Prepare(
          "DELETE FROM vector_points WHERE pk IN (SELECT p.pk FROM vector_points p JOIN "
          "vector_collections c ON c.id = p.collection_id WHERE c.name = ?1 LIMIT ?2)"));
  AV_RETURN_IF_ERROR(points.BindAll(name, kDiscardRows));
  AV_RETURN_IF_ERROR(points.Run());
  if (database_.changes() == kDiscardRows) return true;
  AV_ASSIGN_OR_RETURN(Statement collection,
                      database_.Prepare("DELETE FROM vector_collections WHERE name = ?1"));
  AV_RETURN_IF_ERROR(collection.Bind(1, name));
  AV_RETURN_IF_ERROR(collection.Run());
  return false;
}

Result<std::vector<int64_t>> RowEmbeddings::Queued(const EmbeddedKind& kind, size_t limit,
                                                   bool newest) {
  std::vector<int64_t> out;
  if (&kind == kChunks) {
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

Result<bool> RowEmbeddings::ReadRow(const EmbeddedKind& kind, int64_t pk, QueuedRow* out) {
  std::string sql = "SELECT id, ";
  sql.append(kind.passage).append(" FROM ").append(kind.name).append(" WHERE pk = ?1");
  AV_ASSIGN_OR_RETURN(Statement row, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(row.Bind(1, pk));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (found) *out = {&kind, pk, std::string(row.Text(0)), std::string(row.Text(1))};
  return found;
}

Status RowEmbeddings::Dequeue(const EmbeddedKind& kind, int64_t pk) {
  if (&kind == kChunks) return Status::Ok();
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare("DELETE FROM embedding_queue WHERE kind = ?1 AND row_pk = ?2"));
  AV_RETURN_IF_ERROR(write.BindAll(kind.name, pk));
  return write.Run();
}

Status RowEmbeddings::Store(const QueuedRow& row, const EmbedderIdentity& identity,
                            std::span<const float> vector) {
  const bool chunk = row.kind == kChunks;
  AV_ASSIGN_OR_RETURN(
      const VectorCollection* collection,
      vectors_.WithIdentity(chunk ? std::string(kChunkCollection) : RowCollection(row.kind->name),
                            identity));
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(
          "INSERT INTO vector_points(id, collection_id, point_uid, created_at, chunk_id, vector) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(collection_id, point_uid) DO UPDATE SET "
          "vector = excluded.vector"));
  AV_RETURN_IF_ERROR(write.BindAll(ids_.NewId(), collection->id, row.id, clock_.NowMicros(),
                                   chunk ? Value(row.id) : Value()));
  AV_RETURN_IF_ERROR(write.BindBorrowed(
      6, BytesView(reinterpret_cast<const uint8_t*>(vector.data()), vector.size_bytes())));
  return write.Run();
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
  for (const EmbeddedKind& kind : kKinds) {
    AV_ASSIGN_OR_RETURN(const std::vector<int64_t> queued,
                        Queued(kind, wanted - given_out_.size(), false));
    for (const int64_t pk : queued) {
      QueuedRow row;
      AV_ASSIGN_OR_RETURN(const bool present, ReadRow(kind, pk, &row));
      if (!present) continue;
      texts.emplace_back(row.passage);
      given_out_.push_back(std::move(row));
    }
  }
  return Value(Object{{"texts", std::move(texts)}, {"more", left}});
}

Status RowEmbeddings::Vectors(const Array& vectors) {
  const std::vector<QueuedRow> rows = std::exchange(given_out_, {});
  AV_ASSIGN_OR_RETURN(const EmbedderIdentity identity, embedders_.Identity(EmbedMode::kExternal));
  if (vectors.size() != rows.size())
    return BadArgument("vectors", "there must be one vector for each of the latest texts");
  std::vector<std::vector<float>> checked;
  for (const Value& value : vectors) {
    AV_ASSIGN_OR_RETURN(std::vector<float> vector, VectorOf(value));
    if (vector.size() != identity.dimensions) {
      return BadArgument("vectors", "a vector has " + std::to_string(vector.size()) +
                                        " values, the embedder says " +
                                        std::to_string(identity.dimensions));
    }
    checked.push_back(std::move(vector));
  }
  Step step(*this);
  AV_RETURN_IF_ERROR(step.Begin());
  for (size_t i = 0; i < rows.size(); ++i) {
    QueuedRow now;
    AV_ASSIGN_OR_RETURN(const bool present, ReadRow(*rows[i].kind, rows[i].pk, &now));
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
  for (const EmbeddedKind& kind : kRowKinds) {
    if (kind.name != name) continue;
    AV_ASSIGN_OR_RETURN(const std::vector<int64_t> queued, Queued(kind, limit, true));
    for (const int64_t pk : queued) {
      QueuedRow row;
      AV_ASSIGN_OR_RETURN(const bool present, ReadRow(kind, pk, &row));
      if (!present) continue;
      std::vector<float> vector(embedder->dimensions());
      embedder->Embed(row.passage, vector);
      out.push_back({pk, std::move(vector)});
    }
  }
  return out;
}

}  // namespace archivolt
