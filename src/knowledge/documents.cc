#include "knowledge/documents.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "knowledge/document_rows.h"
#include "knowledge/request.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr size_t kMaxIdBytes = 800;

Result<bool> Exists(Database& database, std::string_view sql, std::string_view id) {
  AV_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  AV_RETURN_IF_ERROR(row.Bind(1, id));
  return row.Step();
}

Status MustExist(Database& database, std::string_view sql, std::string_view id,
                 std::string_view what) {
  AV_ASSIGN_OR_RETURN(const bool found, Exists(database, sql, id));
  if (found) return Status::Ok();
  return Status::NotFound("There is no " + std::string(what) + " with this id.")
      .With("id", std::string(id));
}

constexpr std::string_view kDocumentById = "SELECT 1 FROM documents WHERE id = ?1";
constexpr std::string_view kUserById = "SELECT 1 FROM users WHERE id = ?1";
constexpr std::string_view kConversationById = "SELECT 1 FROM conversations WHERE id = ?1";

}  // namespace

Result<Array> DocumentService::Chunks(std::string_view id) {
  AV_RETURN_IF_ERROR(MustExist(database_, kDocumentById, id, "document"));
  FindOptions options;
  options.where = Object{{"document_id", id}};
  options.order_by = "chunk_index";
  return records_.Find("document_chunks", options);
}

Result<bool> DocumentService::Remove(std::string_view id) {
  AV_ASSIGN_OR_RETURN(VectorCollection * collection, vectors_.Find(kChunkCollection));
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(const std::vector<uint32_t> labels, LabelsOfDocument(database_, id));
  // Chunks, vectors and selections follow by foreign keys, full text by triggers.
  AV_ASSIGN_OR_RETURN(Statement remove, database_.Prepare("DELETE FROM documents WHERE id = ?1"));
  AV_RETURN_IF_ERROR(remove.Bind(1, id));
  AV_RETURN_IF_ERROR(remove.Run());
  const bool removed = database_.changes() > 0;
  AV_RETURN_IF_ERROR(transaction.Commit());
  if (collection != nullptr && !labels.empty()) vectors_.PointsRemoved(*collection, labels);
  return removed;
}

Status DocumentService::Select(const Object& request) {
  AV_ASSIGN_OR_RETURN(const std::string id, RequiredText(request, "id", kMaxIdBytes));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> user,
                      OptionalText(request, "user", kMaxIdBytes));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> conversation,
                      OptionalText(request, "conversation", kMaxIdBytes));
  if (user.has_value() == conversation.has_value()) {
    return BadArgument("scope", "name either a user or a conversation");
  }
  const Value* enabled = request.Find("enabled");
  if (enabled == nullptr || !(enabled->is_null() || enabled->is_bool())) {
    return BadArgument("enabled", "enabled must be true, false or null");
  }
  AV_RETURN_IF_ERROR(MustExist(database_, kDocumentById, id, "document"));
  if (user) {
    AV_RETURN_IF_ERROR(MustExist(database_, kUserById, *user, "user"));
  } else {
    AV_RETURN_IF_ERROR(MustExist(database_, kConversationById, *conversation, "conversation"));
  }
  std::string_view sql;
  if (enabled->is_null()) {
    sql = user ? "DELETE FROM user_document_defaults WHERE user_id = ?1 AND document_id = ?2"
               : "DELETE FROM conversation_document_overrides WHERE conversation_id = ?1 AND "
                 "document_id = ?2";
  } else {
    sql = user ? "INSERT INTO user_document_defaults(user_id, document_id, enabled, updated_at) "
                 "VALUES (?1, ?2, ?3, ?4) "
                 "ON CONFLICT DO UPDATE SET enabled = excluded.enabled, updated_at = "
                 "excluded.updated_at"
               : "INSERT INTO conversation_document_overrides(conversation_id, document_id, "
                 "enabled, updated_at) "
                 "VALUES (?1, ?2, ?3, ?4) "
                 "ON CONFLICT DO UPDATE SET enabled = excluded.enabled, updated_at = "
                 "excluded.updated_at";
  }
  AV_ASSIGN_OR_RETURN(Statement write, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(write.BindAll(user ? *user : *conversation, id));
  if (!enabled->is_null()) {
    AV_RETURN_IF_ERROR(write.Bind(3, static_cast<int64_t>(enabled->AsBool())));
    AV_RETURN_IF_ERROR(write.Bind(4, clock_.NowMicros()));
  }
  return write.Run();
}

Result<Array> DocumentService::Effective(const Object& scope) {
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> user,
                      OptionalText(scope, "user", kMaxIdBytes));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> conversation,
                      OptionalText(scope, "conversation", kMaxIdBytes));
  if (user) AV_RETURN_IF_ERROR(MustExist(database_, kUserById, *user, "user"));
  if (conversation)
    AV_RETURN_IF_ERROR(MustExist(database_, kConversationById, *conversation, "conversation"));
  // Ids come from the partial index of what is not deleted, so that no document's content is read.
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database_.Prepare(
          "SELECT d.id, coalesce(o.enabled, u.enabled, 1), CASE WHEN o.enabled IS NOT NULL THEN "
          "'conversation' "
          "WHEN u.enabled IS NOT NULL THEN 'user' ELSE 'global' END FROM documents d "
          "LEFT JOIN conversation_document_overrides o ON o.conversation_id = ?2 AND o.document_id "
          "= d.id "
          "LEFT JOIN user_document_defaults u ON u.document_id = d.id AND u.user_id = "
          "coalesce(?1, (SELECT user_id FROM conversations WHERE id = ?2)) "
          "WHERE d.is_deleted = 0 ORDER BY d.id"));
  AV_RETURN_IF_ERROR(rows.Bind(1, user ? Value(*user) : Value()));
  AV_RETURN_IF_ERROR(rows.Bind(2, conversation ? Value(*conversation) : Value()));
  Array out;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return out;
    out.emplace_back(
        Object{{"document_id", rows.Text(0)}, {"enabled", rows.Bool(1)}, {"tier", rows.Text(2)}});
  }
}

}  // namespace archivolt
