#include "knowledge/documents.h"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "knowledge/document_rows.h"
#include "knowledge/request.h"
#include "text/trigrams.h"

namespace archivolt {
namespace {

constexpr size_t kMaxIdBytes = 800;
constexpr size_t kMaxNameBytes = 4000;

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

constexpr std::string_view kOfDeletedProjects =
    "SELECT x.id FROM projects p CROSS JOIN documents x ON x.project_id = p.id WHERE p.deleted_at "
    "IS "
    "NOT NULL";
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
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  {
    // The document's entry in the audit trail stands for its chunks.
    const AuditContext::Silence silence(audit_);
    AV_ASSIGN_OR_RETURN(Statement chunks,
                        database_.Prepare("DELETE FROM document_chunks WHERE document_id = ?1"));
    AV_RETURN_IF_ERROR(chunks.Bind(1, id));
    AV_RETURN_IF_ERROR(chunks.Run());
  }
  // Vectors and selections follow by foreign keys, full text by triggers.
  AV_ASSIGN_OR_RETURN(Statement remove, database_.Prepare("DELETE FROM documents WHERE id = ?1"));
  AV_RETURN_IF_ERROR(remove.Bind(1, id));
  AV_RETURN_IF_ERROR(remove.Run());
  const bool removed = database_.changes() > 0;
  AV_RETURN_IF_ERROR(transaction.Commit());
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

Result<Array> DocumentService::FindByName(const Object& request) {
  AV_ASSIGN_OR_RETURN(const std::string name, RequiredText(request, "name", kMaxNameBytes));
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerOr(request, "limit", 10, 1, 1000));
  double threshold = 0.3;
  if (!Member(request, "threshold").is_null()) {
    AV_ASSIGN_OR_RETURN(threshold, WeightOr(request, "threshold", threshold));
    if (threshold > 1) return BadArgument("threshold", "threshold must be from 0 to 1");
  }
  struct Match {
    double similarity;
    std::string name;
    std::string id;
  };
  const std::vector<uint64_t> wanted = Trigrams(name);
  std::vector<Match> matches;
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database_.Prepare("SELECT id, coalesce(nullif(display_name, ''), filename) FROM documents "
                        "WHERE is_deleted = 0 AND id NOT IN (" +
                        std::string(kOfDeletedProjects) + ")"));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) break;
    const double similarity = TrigramSimilarity(wanted, Trigrams(rows.Text(1)));
    if (similarity > 0 && similarity >= threshold)
      matches.push_back({similarity, std::string(rows.Text(1)), std::string(rows.Text(0))});
  }
  std::sort(matches.begin(), matches.end(), [](const Match& a, const Match& b) {
    if (a.similarity != b.similarity) return a.similarity > b.similarity;
    return std::tie(a.name, a.id) < std::tie(b.name, b.id);
  });
  if (matches.size() > static_cast<size_t>(limit)) matches.resize(static_cast<size_t>(limit));
  Array out;
  for (Match& match : matches) {
    out.emplace_back(Object{{"id", std::move(match.id)},
                            {"displayName", std::move(match.name)},
                            {"similarity", match.similarity}});
  }
  return out;
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
          std::string("SELECT d.id, coalesce(o.enabled, u.enabled, 1), CASE WHEN o.enabled IS NOT "
                      "NULL THEN "
                      "'conversation' "
                      "WHEN u.enabled IS NOT NULL THEN 'user' ELSE 'global' END FROM documents d "
                      "LEFT JOIN conversation_document_overrides o ON o.conversation_id = ?2 AND "
                      "o.document_id "
                      "= d.id "
                      "LEFT JOIN user_document_defaults u ON u.document_id = d.id AND u.user_id = "
                      "coalesce(?1, (SELECT user_id FROM conversations WHERE id = ?2)) "
                      "WHERE d.is_deleted = 0 AND d.id NOT IN (") +
          std::string(kOfDeletedProjects) + ") ORDER BY d.id"));
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
