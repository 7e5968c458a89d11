#include "privacy/personal_rows.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace archivolt {
namespace {

/// Keys to users by which a row only mentions one: it belongs to its project, or to the trail.
constexpr std::string_view kMentions[] = {"audit_log.user_id", "stories.assignee_id",
                                          "stories.created_by", "tasks.assignee_id"};

/// Belonging that no foreign key expresses. (json_tree has a column `value` of its own.) ?1 id, ?2
/// e-mail, ?3 name, ?4 origin, ?5 id there; {} is the table of what was found before. In this
/// order.
struct Belonging {
  std::string_view table;
  std::string_view condition;
};
constexpr Belonging kBelongs[] = {
    {"conversations", "user_id IS NULL AND client_id = ?1"},
    {"rate_limits", "subject IN (?1, ?2, ?3)"},
    {"cache_entries",
     "instr(':' || key || ':', ':' || ?1 || ':') OR value IN (?1, ?2) OR EXISTS (SELECT 1 FROM "
     "json_tree(iif(json_valid(cache_entries.value), cache_entries.value, NULL)) WHERE atom IN "
     "(?1, ?2)) "
     "OR EXISTS "
     "(SELECT 1 FROM {} r WHERE r.tbl = 'projects' AND r.own AND instr(':' || key || ':', ':' || "
     "r.id || ':'))"},
    {"import_rejects",
     "origin = ?4 AND source_id = ?5 AND source_table LIKE '%user%' OR EXISTS (SELECT 1 FROM "
     "json_tree(\"row\") j WHERE j.atom IN (?1, ?2) OR j.atom IN (?3, ?5) AND (j.key LIKE '%user%' "
     "OR j.key LIKE '%owner%' OR j.key LIKE '%author%' OR j.key IN ('created_by', 'assignee_id', "
     "'sender', 'client_id')))"},
    {"entity_tags", "(entity_type || 's', entity_id) IN (SELECT tbl, id FROM {} WHERE own)"},
    {"tags",
     "id IN (SELECT tag_id FROM entity_tags WHERE (entity_type || 's', entity_id) IN (SELECT tbl, "
     "id FROM {} WHERE own)) AND id NOT IN (SELECT tag_id FROM entity_tags WHERE (entity_type || "
     "'s', entity_id) NOT IN (SELECT tbl, id FROM {} WHERE own))"},
    {"vector_points",
     "payload IS NOT NULL AND EXISTS (SELECT 1 FROM json_each(payload) j JOIN {} r ON r.id = "
     "j.atom "
     "AND r.own AND r.tbl = CASE j.key WHEN 'user_id' THEN 'users' WHEN 'owner_id' THEN 'users' "
     "WHEN 'project_id' THEN 'projects' WHEN 'document_id' THEN 'documents' END)"},
};

std::string With(std::string_view condition, const std::string& table) {
  std::string out(condition);
  for (size_t at = 0; (at = out.find("{}", at)) != std::string::npos;) out.replace(at, 2, table);
  return out;
}

}  // namespace

std::string KeyOf(const Table& table) {
  std::string key;
  for (const std::string_view column : table.key) {
    if (!key.empty()) key += " || char(31) || ";
    key += Quoted(column);
  }
  return key;
}

std::string AmongRows(const Table& table, const std::string& rows, std::string_view condition) {
  return (table.has_pk ? "pk IN (SELECT pk FROM " : KeyOf(table) + " IN (SELECT id FROM ") + rows +
         " WHERE tbl = '" + std::string(table.name) + "' AND " + std::string(condition) + ")";
}

PersonalRows::PersonalRows(PersonalRows&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)),
      table_(std::move(other.table_)),
      user_(std::move(other.user_)),
      owning_(std::move(other.owning_)) {
  std::ranges::move(other.identity_, identity_);
}

PersonalRows::~PersonalRows() {
  // Rolled back with its transaction, or dropped here; without the database it is gone as well.
  if (database_ != nullptr && database_->is_open()) {
    (void)database_->Execute("DROP TABLE IF EXISTS " + table_).ok();
  }
}

Result<PersonalRows> PersonalRows::Collect(Database& database, std::string_view user,
                                           std::string name) {
  PersonalRows rows(database, "temp." + Quoted(name));
  {
    AV_ASSIGN_OR_RETURN(Statement found,
                        database.Prepare("SELECT id, email, username, origin, origin_id FROM users "
                                         "WHERE id = ?1"));
    AV_RETURN_IF_ERROR(found.Bind(1, user));
    AV_ASSIGN_OR_RETURN(const bool exists, found.Step());
    if (!exists) {
      return Status::NotFound("There is no user with this id.").With("table", "users");
    }
    rows.user_ = std::string(found.Text(0));
    for (int i = 0; i < 4; ++i) {
      // An empty name or address would match everything that has none.
      rows.identity_[i] = found.Text(i + 1).empty() ? Value() : found.Column(i + 1);
    }
  }
  AV_RETURN_IF_ERROR(database.Execute("DROP TABLE IF EXISTS " + rows.table_ + "; CREATE TABLE " +
                                      rows.table_ +
                                      "(tbl TEXT, pk INTEGER, id TEXT, own INTEGER, PRIMARY "
                                      "KEY(tbl, id)) WITHOUT ROWID"));
  AV_RETURN_IF_ERROR(rows.Fill());
  return rows;
}

Status PersonalRows::BindIdentity(Statement& statement) const {
  const int wanted = statement.parameter_count();
  if (wanted > 0) AV_RETURN_IF_ERROR(statement.Bind(1, user_));
  for (int i = 0; i < 4 && i + 2 <= wanted; ++i) {
    AV_RETURN_IF_ERROR(statement.Bind(i + 2, identity_[i]));
  }
  return Status::Ok();
}

Result<int64_t> PersonalRows::Add(const Table& table, const std::string& condition, bool own) {
  AV_ASSIGN_OR_RETURN(
      Statement add,
      database_->Prepare("INSERT OR IGNORE INTO " + table_ + " SELECT '" + std::string(table.name) +
                         "', " + (table.has_pk ? "pk" : "NULL") + ", " + KeyOf(table) + ", " +
                         (own ? "1" : "0") + " FROM " + Quoted(table.name) + " WHERE " +
                         condition));
  AV_RETURN_IF_ERROR(BindIdentity(add));
  AV_RETURN_IF_ERROR(add.Run());
  return database_->changes();
}

Status PersonalRows::Fill() {
  AV_ASSIGN_OR_RETURN(const std::vector<Reference> references, ReadReferences(*database_));
  std::vector<const Reference*> mentions;
  for (const Reference& reference : references) {
    const std::string name = std::string(reference.child->name) + "." + reference.column;
    if (std::ranges::find(kMentions, name) != std::end(kMentions)) {
      mentions.push_back(&reference);
    } else if (reference.cascades || reference.parent == "users") {
      owning_.push_back(reference);
    }
  }
  const auto of_parent = [this](const Reference& reference) {
    return Quoted(reference.column) + " IN (SELECT id FROM " + table_ + " WHERE tbl = '" +
           reference.parent + "' AND own)";
  };
  AV_ASSIGN_OR_RETURN(int64_t added, Add(*FindTable("users"), "id = ?1", true));
  // Until a round finds nothing more: rows are reached over several tables, by several ways.
  while (added > 0) {
    added = 0;
    for (const Reference& reference : owning_) {
      AV_ASSIGN_OR_RETURN(const int64_t more, Add(*reference.child, of_parent(reference), true));
      added += more;
    }
    for (const Belonging& belonging : kBelongs) {
      AV_ASSIGN_OR_RETURN(const int64_t more, Add(*FindTable(belonging.table),
                                                  With(belonging.condition, table_), true));
      added += more;
    }
  }
  for (const Reference* reference : mentions) {
    AV_RETURN_IF_ERROR(Add(*reference->child, Quoted(reference->column) + " = ?1", false).status());
  }
  return Add(*FindTable("audit_log"), "actor IN (?1, ?2, ?3)", false).status();
}

Result<RowCounts> PersonalRows::Counts() const {
  RowCounts counts;
  AV_ASSIGN_OR_RETURN(Statement rows, database_->Prepare("SELECT tbl, count(*) FROM " + table_ +
                                                         " WHERE own = 1 GROUP BY tbl"));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return counts;
    counts.emplace(rows.Text(0), rows.Int(1));
  }
}

}  // namespace archivolt
