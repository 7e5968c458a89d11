#include "search/document_filter.h"

#include <utility>

#include "records/catalogue.h"
#include "records/where_compiler.h"

namespace archivolt {
namespace {

// Both inner queries are answered by indexes: reading is_deleted from the rows would walk over
// every content.
constexpr std::string_view kUnavailable =
    "SELECT id FROM documents WHERE id NOT IN (SELECT id FROM documents WHERE is_deleted = 0) "
    "UNION SELECT id FROM documents WHERE status = 'failed' "
    "UNION SELECT d.id FROM projects p CROSS JOIN documents d ON d.project_id = p.id WHERE "
    "p.deleted_at IS NOT NULL";

constexpr std::string_view kDeselected =
    " UNION SELECT document_id FROM conversation_document_overrides WHERE conversation_id = ?2 AND "
    "enabled = 0 "
    "UNION SELECT document_id FROM user_document_defaults WHERE user_id = "
    "coalesce(?1, (SELECT user_id FROM conversations WHERE id = ?2)) AND enabled = 0 AND "
    "document_id NOT IN "
    "(SELECT document_id FROM conversation_document_overrides WHERE conversation_id = ?2 AND "
    "enabled = 1)";

Status ReadKeys(Statement& rows, PkSet* out) {
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return Status::Ok();
    out->insert(rows.Int(0));
  }
}

Status MustExist(Database& database, std::string_view sql, const std::optional<std::string>& id,
                 std::string_view what) {
  if (!id) return Status::Ok();
  AV_ASSIGN_OR_RETURN(Statement row, database.Prepare(sql));
  AV_RETURN_IF_ERROR(row.Bind(1, *id));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (found) return Status::Ok();
  return Status::NotFound("There is no " + std::string(what) + " with this id.").With("id", *id);
}

Status CheckScope(Database& database, const DocumentScope& scope) {
  AV_RETURN_IF_ERROR(MustExist(database, "SELECT 1 FROM users WHERE id = ?1", scope.user, "user"));
  return MustExist(database, "SELECT 1 FROM conversations WHERE id = ?1", scope.conversation,
                   "conversation");
}

Status BindScope(Statement& statement, const DocumentScope& scope) {
  AV_RETURN_IF_ERROR(statement.Bind(1, scope.user ? Value(*scope.user) : Value()));
  return statement.Bind(2, scope.conversation ? Value(*scope.conversation) : Value());
}

Result<SqlFragment> Compile(std::string_view table_name, const Value& where) {
  const Table* table = FindTable(table_name);
  if (table == nullptr) return Status::Internal("the catalogue lacks " + std::string(table_name));
  return CompileWhere(*table, "t", where);
}

Status BindFragment(Statement& statement, const SqlFragment& fragment) {
  int index = 1;
  for (const Value& value : fragment.bindings) AV_RETURN_IF_ERROR(statement.Bind(index++, value));
  return Status::Ok();
}

}  // namespace

Result<std::shared_ptr<const RowFilter>> DocumentFilters::For(const DocumentScope& scope) {
  const bool scoped = scope.user || scope.conversation;
  const bool plain = !scoped && scope.where.is_null();
  if (plain && plain_ && plain_changes_ == database_.total_changes()) return plain_;

  auto filter = std::make_shared<RowFilter>();
  AV_RETURN_IF_ERROR(CheckScope(database_, scope));
  std::string denied = "WITH denied(id) AS (" + std::string(kUnavailable);
  if (scoped) denied += kDeselected;
  denied += ") SELECT c.pk FROM denied JOIN document_chunks c ON c.document_id = denied.id";
  AV_ASSIGN_OR_RETURN(Statement rows, database_.Prepare(denied));
  if (scoped) AV_RETURN_IF_ERROR(BindScope(rows, scope));
  AV_RETURN_IF_ERROR(ReadKeys(rows, &filter->denied));

  if (!scope.where.is_null()) {
    AV_ASSIGN_OR_RETURN(const SqlFragment where, Compile("documents", scope.where));
    AV_ASSIGN_OR_RETURN(
        Statement allowed,
        database_.Prepare(
            "WITH allowed(id) AS (SELECT t.id FROM documents t WHERE " + where.sql +
            ") SELECT c.pk FROM allowed JOIN document_chunks c ON c.document_id = allowed.id"));
    AV_RETURN_IF_ERROR(BindFragment(allowed, where));
    filter->has_allowed = true;
    AV_RETURN_IF_ERROR(ReadKeys(allowed, &filter->allowed));
  }
  // What a transaction has changed may be rolled back without a further change being counted.
  if (plain && !database_.in_transaction()) {
    plain_ = filter;
    plain_changes_ = database_.total_changes();
  }
  return std::shared_ptr<const RowFilter>(std::move(filter));
}

Result<std::shared_ptr<const RowFilter>> KindFilter(Database& database, const SearchKind& kind,
                                                    const DocumentScope& scope) {
  auto filter = std::make_shared<RowFilter>();
  AV_RETURN_IF_ERROR(CheckScope(database, scope));
  std::string denied = "SELECT t.pk FROM projects p CROSS JOIN ";
  denied.append(kind.of_project).append(" WHERE p.deleted_at IS NOT NULL");
  const bool private_code = kind.table == "code_examples" && (scope.user || scope.conversation);
  if (private_code) {
    denied +=
        " UNION ALL SELECT pk FROM code_examples WHERE visibility = 'private' AND user_id IS NOT "
        "coalesce(?1, (SELECT user_id FROM conversations WHERE id = ?2))";
  }
  AV_ASSIGN_OR_RETURN(Statement rows, database.Prepare(denied));
  if (private_code) AV_RETURN_IF_ERROR(BindScope(rows, scope));
  AV_RETURN_IF_ERROR(ReadKeys(rows, &filter->denied));
  if (!scope.where.is_null()) {
    AV_ASSIGN_OR_RETURN(const SqlFragment where, Compile(kind.table, scope.where));
    AV_ASSIGN_OR_RETURN(Statement allowed,
                        database.Prepare("SELECT t.pk FROM \"" + std::string(kind.table) +
                                         "\" t WHERE " + where.sql));
    AV_RETURN_IF_ERROR(BindFragment(allowed, where));
    filter->has_allowed = true;
    AV_RETURN_IF_ERROR(ReadKeys(allowed, &filter->allowed));
  }
  return std::shared_ptr<const RowFilter>(std::move(filter));
}

}  // namespace archivolt
