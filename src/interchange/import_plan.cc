#include "interchange/import_plan.h"

#include "records/record_errors.h"
#include "records/row_sql.h"

namespace archivolt {
namespace {

Result<const Column*> ColumnOf(const Table& table, const Value& name) {
  const Column* column = name.is_string() ? table.Find(name.AsString()) : nullptr;
  if (column == nullptr) {
    return UnknownColumn(table, name.is_string() ? std::string_view(name.AsString()) : "");
  }
  if (column->generated())
    return InvalidColumn(table, column->name, "generated", "is computed and cannot be written");
  return column;
}
void AppendKey(const ImportPlan& plan, std::string& sql) {
  for (size_t i = 0; i < plan.key.size(); ++i) {
    sql += i == 0 ? " WHERE " : " AND ";
    AppendName(sql, plan.columns[plan.key[i]]->name);
    sql.append(" = ?").append(std::to_string(plan.key[i] + 1));
  }
}

// Words of code that changes are made anew: exactly where the schema's trigger takes the row's old
// words out of the index, so that they are still there for it.
std::string ForgetIdentifiers(const ImportPlan& plan) {
  if (plan.table->name != "code_examples") return {};
  std::string changed;
  for (size_t i = 0; i < plan.given; ++i) {
    const std::string_view name = plan.columns[i]->name;
    if (name == "identifiers") return {};
    const std::string parameter = "?" + std::to_string(i + 1);
    if (name == "code_content") changed += " OR code_content IS NOT " + parameter;
    if (name == "title") {
      changed += " OR archivolt_trim(title) IS NOT archivolt_trim(" + parameter + ")";
    }
  }
  if (changed.empty()) return {};
  return ", identifiers = iif(0" + changed + ", NULL, identifiers)";
}

std::string UpdateWhereDifferent(const ImportPlan& plan) {
  std::string set;
  std::string differs;
  for (size_t i = 0; i < plan.given; ++i) {
    const Column& column = *plan.columns[i];
    if (column.is_key()) continue;
    const std::string parameter = "?" + std::to_string(i + 1);
    set += set.empty() ? " SET " : ", ";
    AppendName(set, column.name);
    set.append(" = ").append(parameter);
    differs += differs.empty() ? " AND (" : " OR ";
    AppendName(differs, column.name);
    differs.append(" IS NOT ").append(parameter);
  }
  if (set.empty()) return {};
  set += ForgetIdentifiers(plan);
  std::string sql = "UPDATE ";
  AppendName(sql, plan.table->name);
  sql += set;
  AppendKey(plan, sql);
  return sql + differs + ")";
}

// All rows by one statement: what a statement costs by itself (a savepoint, which makes the
// full-text index write out its words) is paid once. `rows` is a name of the statement's own.
std::string InsertMany(const ImportPlan& plan, std::string_view rows) {
  std::string sql = "WITH RECURSIVE ";
  sql.append(rows).append("(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM ").append(rows);
  sql += " WHERE i + 1 < ?2) ";
  const std::string insert = InsertSql(*plan.table, plan.columns);
  sql.append(insert, 0, insert.find(" VALUES")).append(" SELECT ");
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    sql.append(i == 0 ? "" : ", ")
        .append("archivolt_cell(i, ")
        .append(std::to_string(i))
        .append(")");
  }
  return sql.append(" FROM ").append(rows);
}

}  // namespace

Result<ImportPlan> PlanOf(const RowImport::Batch& batch) {
  ImportPlan plan;
  plan.table = FindTable(batch.table);
  if (plan.table == nullptr || plan.table->access == Access::kCollections) {
    return InvalidCall(Printable(batch.table), "table", "Nothing is imported into such a table.");
  }
  const Table& table = *plan.table;
  for (const Value& name : batch.columns) {
    AV_ASSIGN_OR_RETURN(const Column* column, ColumnOf(table, name));
    plan.columns.push_back(column);
  }
  plan.given = plan.columns.size();
  for (const Value& name : batch.more_columns) {
    AV_ASSIGN_OR_RETURN(const Column* column, ColumnOf(table, name));
    plan.columns.push_back(column);
  }
  for (const std::string_view name : table.key) {
    size_t place = 0;
    while (place < plan.given && plan.columns[place]->name != name) ++place;
    if (place == plan.given)
      return InvalidColumn(table, name, "key", "must be given to name a row");
    plan.key.push_back(place);
  }
  plan.exists = "SELECT 1 FROM ";
  AppendName(plan.exists, table.name);
  AppendKey(plan, plan.exists);
  plan.insert = InsertSql(table, plan.columns);
  plan.insert_many = InsertMany(plan, "rows");
  // What is compiled without triggers has a text of its own.
  plan.insert_alone = InsertMany(plan, "alone");
  if (table.access != Access::kAppendOnly) plan.update = UpdateWhereDifferent(plan);
  return plan;
}

}  // namespace archivolt
