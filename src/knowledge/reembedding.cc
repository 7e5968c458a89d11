#include "knowledge/reembedding.h"

#include <algorithm>
#include <utility>

#include "knowledge/background_write.h"
#include "knowledge/request.h"

namespace archivolt {
namespace {

constexpr int64_t kRowsALook = 256;  // so many are compared with what is there: below a millisecond
constexpr int64_t kMaxTexts = 1000;

}  // namespace

Result<Value> Reembedding::Step(const Object& request, int64_t budget_ms) {
  if (database_.read_only()) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The workspace is open read-only; nothing can be embedded again.");
  }
  const Value& named = Member(request, "embedder");
  const bool outside = !named.is_null() || embedders_.has_external();
  EmbedderIdentity identity;
  if (named.is_object()) {
    AV_ASSIGN_OR_RETURN(identity, ParseIdentity(named.AsObject()));
  } else {
    AV_ASSIGN_OR_RETURN(identity,
                        embedders_.Identity(outside ? EmbedMode::kExternal : EmbedMode::kBuiltin));
  }
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerOr(request, "limit", 64, 1, kMaxTexts));
  AV_ASSIGN_OR_RETURN(const bool begin, BooleanOr(request, "begin", false));
  if (begin) progress_ = {};
  const int64_t deadline = clock_.NowMicros() + budget_ms * 1000;

  std::vector<Target> targets;
  AV_ASSIGN_OR_RETURN(const bool cleaning, Prepare(identity, &targets));
  if (cleaning) return Value(Object{{"phase", "clean"}});
  AV_RETURN_IF_ERROR(TakeVectors(targets, Member(request, "vectors"), identity));
  Object answer{{"phase", "embed"}};
  Array texts;
  AV_ASSIGN_OR_RETURN(const bool more,
                      GiveOut(targets, static_cast<size_t>(limit), deadline, &texts));
  if (!texts.empty()) answer.Set("texts", std::move(texts));
  if (more) return Value(std::move(answer));
  AV_ASSIGN_OR_RETURN(const bool swapped, Swap(targets));
  if (!swapped) return Value(std::move(answer));
  const bool last = std::none_of(targets.begin(), targets.end(),
                                 [](const Target& target) { return target.swaps(); });
  if (last && std::exchange(progress_.cleaned, false)) {
    // What was deleted stands in the log as well.
    AV_RETURN_IF_ERROR(database_.EmptyLog());
  }
  if (!named.is_null()) embedders_.Use(std::move(identity));
  rows_.LookForChunks();
  answer.Set("phase", last ? "done" : "clean");
  answer.Set("present", true);
  return Value(std::move(answer));
}

/// Finds what is to be made and where it goes; true = something of before had to be cleared away.
Result<bool> Reembedding::Prepare(const EmbedderIdentity& identity, std::vector<Target>* targets) {
  size_t place = 0;
  for (const EmbeddedKind& kind : EmbeddedKindsAndChunks()) {
    const std::string staged_name = kind.with(kStagedSuffix);
    const std::string discarded = kind.with(kDiscardedSuffix);
    AV_ASSIGN_OR_RETURN(const auto own, vectors_.Stored(kind.collection()));
    AV_ASSIGN_OR_RETURN(auto staged, vectors_.Stored(staged_name));
    AV_ASSIGN_OR_RETURN(const auto old, vectors_.Stored(discarded));
    AV_ASSIGN_OR_RETURN(const bool wanted, IsWanted(kind, own, identity));
    const bool useless = staged && (!wanted || !SameEmbedder(staged->identity, identity));
    const bool fits = own && SameEmbedder(own->identity, identity);
    if (old || useless || (wanted && !staged)) {
      BackgroundWrite write(database_, audit_, writing_);
      AV_RETURN_IF_ERROR(write.Begin());
      if (old || useless) {
        AV_RETURN_IF_ERROR(DropSlice(database_, old ? discarded : staged_name).status());
        progress_.cleaned = true;
      } else {
        AV_RETURN_IF_ERROR(vectors_.WithIdentity(staged_name, identity).status());
      }
      AV_RETURN_IF_ERROR(write.Commit());
      if (old || useless) return true;
      AV_ASSIGN_OR_RETURN(staged, vectors_.Stored(staged_name));
    }
    if (wanted) {
      targets->push_back({&kind, place, own ? own->id : std::string(), staged->id});
    } else if (fits && kind.is_chunks()) {
      targets->push_back({&kind, place, own->id, own->id});
    }
    ++place;
  }
  return false;
}

Result<bool> Reembedding::IsWanted(const EmbeddedKind& kind,
                                   const std::optional<StoredCollection>& own,
                                   const EmbedderIdentity& identity) {
  if (own ? SameEmbedder(own->identity, identity) : !kind.is_chunks()) return false;
  // The present embedder's vectors of rows come by themselves: RowEmbeddings.
  const std::optional<EmbedderIdentity> present = embedders_.Present();
  if (!kind.is_chunks() && present && SameEmbedder(*present, identity)) return false;
  AV_ASSIGN_OR_RETURN(
      const Value any,
      database_.QueryValue(std::string("SELECT 1 FROM ").append(kind.name).append(" LIMIT 1")));
  return !any.is_null();
}

/// Up to `limit` rows without a new vector, from where the last look ended.
Result<std::vector<int64_t>> Reembedding::Lacking(const Target& target, size_t limit, bool* end) {
  std::string sql =
      "SELECT pk, NOT EXISTS (SELECT 1 FROM vector_points p WHERE p.collection_id = ?1 AND "
      "p.point_uid = t.id)";
  // Known to say nothing to this very embedder.
  if (!target.swaps()) sql += " AND extra ->> '$.vector' IS NOT 'none'";
  sql.append(" FROM ").append(target.kind->name).append(" t WHERE pk >= ?2 ORDER BY pk LIMIT ?3");
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(sql));
  int64_t& next = progress_.next[target.place];
  AV_RETURN_IF_ERROR(rows.BindAll(target.into, next, kRowsALook));
  std::vector<int64_t> out;
  int64_t seen = 0;
  while (out.size() < limit) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    ++seen;
    next = rows.Int(0) + 1;
    if (rows.Int(1) != 0) out.push_back(next - 1);
  }
  *end = seen < kRowsALook && out.size() < limit;
  return out;
}

/// Collects texts to be embedded; true = there are some, or there may be more.
Result<bool> Reembedding::GiveOut(const std::vector<Target>& targets, size_t limit,
                                  int64_t deadline, Array* texts) {
  for (const Target& target : targets) {
    for (bool end = false; !end;) {
      AV_ASSIGN_OR_RETURN(const std::vector<int64_t> lacking,
                          Lacking(target, limit - texts->size(), &end));
      for (const int64_t pk : lacking) {
        EmbeddedRow row;
        AV_RETURN_IF_ERROR(ReadEmbeddedRow(database_, *target.kind, pk, &row).status());
        texts->emplace_back(row.passage);
        progress_.given_out.push_back(std::move(row));
      }
      if (texts->size() == limit || (!end && clock_.NowMicros() >= deadline)) return true;
    }
  }
  return !texts->empty();
}

Status Reembedding::TakeVectors(const std::vector<Target>& targets, const Value& vectors,
                                const EmbedderIdentity& identity) {
  const std::vector<EmbeddedRow> rows = std::exchange(progress_.given_out, {});
  // Whose texts are not known any more, as after a restore, is asked for again.
  if (!vectors.is_array() || rows.empty()) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const std::vector<std::vector<float>> checked,
                      VectorsOf(vectors.AsArray(), rows.size(), identity.dimensions));
  BackgroundWrite write(database_, audit_, writing_);
  AV_RETURN_IF_ERROR(write.Begin());
  for (size_t i = 0; i < rows.size(); ++i) {
    const auto target = std::find_if(targets.begin(), targets.end(),
                                     [&](const Target& one) { return one.kind == rows[i].kind; });
    if (target == targets.end()) continue;
    EmbeddedRow now;
    AV_ASSIGN_OR_RETURN(const bool present,
                        ReadEmbeddedRow(database_, *rows[i].kind, rows[i].pk, &now));
    // What was changed meanwhile is met by the last look.
    if (!present || now.passage != rows[i].passage || now.id != rows[i].id) continue;
    AV_RETURN_IF_ERROR(StoreVector(database_, clock_, ids_, target->into, now, checked[i]));
  }
  return write.Commit();
}

Result<bool> Reembedding::IsComplete(const Target& target) {
  const std::string table(target.kind->name);
  // Each vector belongs to a row, so that equal numbers say enough.
  AV_ASSIGN_OR_RETURN(
      Statement complete,
      database_.Prepare(
          "SELECT CASE WHEN (SELECT count(*) FROM " + table +
          ") = (SELECT count(*) FROM vector_points WHERE collection_id = ?1) THEN 1 ELSE NOT "
          "EXISTS (SELECT 1 FROM " +
          table +
          " t WHERE NOT EXISTS (SELECT 1 FROM vector_points p WHERE p.collection_id = ?1 AND "
          "p.point_uid = t.id)) END"));
  AV_RETURN_IF_ERROR(complete.Bind(1, target.into));
  AV_RETURN_IF_ERROR(complete.Step().status());
  return complete.Int(0) != 0;
}

/// False = rows behind those that were looked at lack their vectors: it is looked again.
Result<bool> Reembedding::Swap(const std::vector<Target>& targets) {
  BackgroundWrite write(database_, audit_, writing_);
  AV_RETURN_IF_ERROR(write.Begin());
  for (const Target& target : targets) {
    if (!target.swaps()) continue;
    AV_ASSIGN_OR_RETURN(const bool complete, IsComplete(target));
    if (!complete) {
      progress_.next = {};
      return false;
    }
    if (!target.own.empty())
      AV_RETURN_IF_ERROR(vectors_.Rename(target.own, target.kind->with(kDiscardedSuffix)));
    AV_RETURN_IF_ERROR(vectors_.Rename(target.into, target.kind->collection()));
    // Rows that waited for a vector of the embedder before have one now.
    AV_ASSIGN_OR_RETURN(Statement waiting,
                        database_.Prepare("DELETE FROM embedding_queue WHERE kind = ?1"));
    AV_RETURN_IF_ERROR(waiting.Bind(1, target.kind->name));
    AV_RETURN_IF_ERROR(waiting.Run());
  }
  AV_RETURN_IF_ERROR(write.Commit());
  return true;
}

Result<Value> Reembedding::OtherEmbedder() {
  const std::optional<EmbedderIdentity> present = embedders_.Present();
  AV_ASSIGN_OR_RETURN(const auto stored, vectors_.Stored(kChunkCollection));
  if (!present || !stored || vectors_.CheckIdentity(*present).ok()) return Value();
  AV_ASSIGN_OR_RETURN(const bool begun, vectors_.IsReembedding(*present));
  return Value(Object{{"model", stored->identity.model},
                      {"dimensions", static_cast<int64_t>(stored->identity.dimensions)},
                      {"begun", begun}});
}

}  // namespace archivolt
