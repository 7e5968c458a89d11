#include "knowledge/document_rows.h"

#include <utility>

namespace archivolt {
namespace {

std::string OwnerOf(const DocumentFields& fields) { return fields.owner_id.value_or(""); }

Status MustExist(Database& database, std::string_view sql, const std::optional<std::string>& id,
                 std::string_view what, std::string_view argument) {
  if (!id) return Status::Ok();
  AV_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  AV_RETURN_IF_ERROR(row.Bind(1, *id));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (found) return Status::Ok();
  return Status::NotFound("There is no " + std::string(what) + " with this id.")
      .With("argument", std::string(argument))
      .With("id", *id);
}

}  // namespace

Status CheckReferences(Database& database, const DocumentFields& fields) {
  AV_RETURN_IF_ERROR(
      MustExist(database, "SELECT 1 FROM users WHERE id = ?1", fields.owner_id, "user", "owner"));
  return MustExist(database, "SELECT 1 FROM projects WHERE id = ?1", fields.project_id, "project",
                   "project");
}

Result<std::optional<KnownDocument>> FindSameBytes(Database& database,
                                                   const DocumentFields& fields) {
  if (fields.content_hash.is_null()) return std::optional<KnownDocument>();
  AV_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare(
          "SELECT id, ifnull(status, ''), is_deleted, ifnull(chunks_count, 0) FROM documents "
          "WHERE origin = 'local' AND ifnull(owner_id, '') = ?1 AND content_hash = ?2"));
  AV_RETURN_IF_ERROR(row.BindAll(OwnerOf(fields), fields.content_hash));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return std::optional<KnownDocument>();
  return std::optional<KnownDocument>(
      KnownDocument{std::string(row.Text(0)), std::string(row.Text(1)), row.Bool(2), row.Int(3)});
}

Status ReviveDocument(Database& database, std::string_view id, int64_t now) {
  AV_ASSIGN_OR_RETURN(Statement write,
                      database.Prepare("UPDATE documents SET is_deleted = 0, deleted_at = NULL, "
                                       "updated_at = ?2 WHERE id = ?1"));
  AV_RETURN_IF_ERROR(write.BindAll(id, now));
  return write.Run();
}

Status RemoveFailedRows(Database& database, const DocumentFields& fields, std::string_view keep) {
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database.Prepare("DELETE FROM documents WHERE status = 'failed' AND origin = 'local' "
                       "AND ifnull(owner_id, '') = ?1 AND filename = ?2 AND id <> ?3"));
  AV_RETURN_IF_ERROR(write.BindAll(OwnerOf(fields), fields.filename, keep));
  return write.Run();
}

Status WriteDocumentRow(Database& database, const DocumentFields& fields,
                        const DocumentState& state) {
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database.Prepare(
          "INSERT INTO documents(id, owner_id, project_id, content_hash, filename, display_name, "
          "source_type, url, suffix, "
          "size_bytes, mime_type, file_type, relative_path, category, tags, chunks_count, "
          "content_summary, content, status, "
          "error_message, metadata, ingested_at, indexed_at, created_at, updated_at) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, "
          "?18, ?19, ?20, ?21, ?22, ?23, "
          "?22, ?22) "
          "ON CONFLICT(id) DO UPDATE SET owner_id = excluded.owner_id, project_id = "
          "excluded.project_id, "
          "content_hash = excluded.content_hash, filename = excluded.filename, display_name = "
          "excluded.display_name, "
          "source_type = excluded.source_type, url = excluded.url, suffix = excluded.suffix, "
          "size_bytes = excluded.size_bytes, mime_type = excluded.mime_type, file_type = "
          "excluded.file_type, "
          "relative_path = excluded.relative_path, category = excluded.category, tags = "
          "excluded.tags, "
          "chunks_count = excluded.chunks_count, content_summary = excluded.content_summary, "
          "content = excluded.content, "
          "status = excluded.status, error_message = excluded.error_message, metadata = "
          "excluded.metadata, "
          "ingested_at = excluded.ingested_at, indexed_at = excluded.indexed_at, updated_at = "
          "excluded.updated_at, "
          "is_deleted = 0, deleted_at = NULL"));
  const auto text_or_null = [](std::string_view text) {
    return text.empty() ? Value() : Value(text);
  };
  const auto id_or_null = [](const std::optional<std::string>& id) {
    return id ? Value(*id) : Value();
  };
  const bool failed = state.status == "failed";
  // A failed file keeps no hash: every empty file has the same bytes, and each deserves its own
  // row.
  AV_RETURN_IF_ERROR(write.BindAll(
      state.id, id_or_null(fields.owner_id), id_or_null(fields.project_id),
      failed ? Value() : fields.content_hash, fields.filename, state.display_name,
      fields.source_type, fields.url, fields.suffix, fields.size_bytes, fields.mime_type,
      fields.file_type, fields.relative_path, fields.category, fields.tags,
      failed ? Value() : Value(state.chunks), text_or_null(state.content_summary)));
  if (state.content.empty()) {
    AV_RETURN_IF_ERROR(write.Bind(18, nullptr));
  } else {
    AV_RETURN_IF_ERROR(write.BindBorrowed(18, state.content));
  }
  AV_RETURN_IF_ERROR(write.Bind(19, state.status));
  AV_RETURN_IF_ERROR(write.Bind(20, text_or_null(state.error_message)));
  AV_RETURN_IF_ERROR(write.Bind(21, fields.metadata));
  AV_RETURN_IF_ERROR(write.Bind(22, state.now));
  AV_RETURN_IF_ERROR(write.Bind(23, failed ? Value() : Value(state.now)));
  return write.Run();
}

std::string_view BaseName(std::string_view filename) {
  const size_t slash = filename.find_last_of("/\\");
  if (slash == std::string_view::npos || slash + 1 == filename.size()) return filename;
  return filename.substr(slash + 1);
}

}  // namespace archivolt
