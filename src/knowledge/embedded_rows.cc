#include "knowledge/embedded_rows.h"

#include <iterator>

namespace archivolt {
namespace {

constexpr int64_t kDropRows = 500;  // a few milliseconds

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

}  // namespace

std::span<const EmbeddedKind> EmbeddedKinds() {
  return std::span(kKinds).first(std::size(kKinds) - 1);
}

std::span<const EmbeddedKind> EmbeddedKindsAndChunks() { return kKinds; }

std::string RowCollection(std::string_view kind) {
  return std::string(kRowCollectionPrefix).append(kind);
}

std::string EmbeddedKind::collection() const {
  return is_chunks() ? std::string(name) : RowCollection(name);
}

std::string EmbeddedKind::with(std::string_view suffix) const {
  return RowCollection(name).append(suffix);
}

Result<bool> ReadEmbeddedRow(Database& database, const EmbeddedKind& kind, int64_t pk,
                             EmbeddedRow* out) {
  std::string sql = "SELECT id, ";
  sql.append(kind.passage).append(" FROM ").append(kind.name).append(" WHERE pk = ?1");
  AV_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  AV_RETURN_IF_ERROR(row.Bind(1, pk));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (found) *out = {&kind, pk, std::string(row.Text(0)), std::string(row.Text(1))};
  return found;
}

Status StoreVector(Database& database, Clock& clock, IdSource& ids, std::string_view collection_id,
                   const EmbeddedRow& row, std::span<const float> vector) {
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database.Prepare(
          "INSERT INTO vector_points(id, collection_id, point_uid, created_at, chunk_id, vector) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT(collection_id, point_uid) DO UPDATE SET "
          "vector = excluded.vector"));
  AV_RETURN_IF_ERROR(write.BindAll(ids.NewId(), collection_id, row.id, clock.NowMicros(),
                                   row.kind->is_chunks() ? Value(row.id) : Value()));
  AV_RETURN_IF_ERROR(write.BindBorrowed(
      6, BytesView(reinterpret_cast<const uint8_t*>(vector.data()), vector.size_bytes())));
  return write.Run();
}

Result<bool> DropSlice(Database& database, std::string_view name) {
  AV_ASSIGN_OR_RETURN(
      Statement points,
      database.Prepare("DELETE FROM vector_points WHERE pk IN (SELECT p.pk FROM vector_points p "
                       "JOIN vector_collections c ON c.id = p.collection_id WHERE c.origin = "
                       "'local' AND c.name = ?1 LIMIT ?2)"));
  AV_RETURN_IF_ERROR(points.BindAll(name, kDropRows));
  AV_RETURN_IF_ERROR(points.Run());
  if (database.changes() == kDropRows) return true;
  AV_ASSIGN_OR_RETURN(
      Statement collection,
      database.Prepare("DELETE FROM vector_collections WHERE origin = 'local' AND name = ?1"));
  AV_RETURN_IF_ERROR(collection.Bind(1, name));
  AV_RETURN_IF_ERROR(collection.Run());
  return false;
}

}  // namespace archivolt
