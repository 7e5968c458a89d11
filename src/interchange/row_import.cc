#include "interchange/row_import.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "interchange/import_rows.h"
#include "records/constraint_errors.h"
#include "records/record_errors.h"
#include "records/row_sql.h"
#include "records/rules.h"

namespace archivolt {
namespace {

/// The columns of one batch and its statements. Parameters 1..n are the columns.
struct Plan {
  const Table* table = nullptr;
  std::vector<const Column*> columns;
  size_t given = 0;         // of columns, the rest are defaults
  std::vector<size_t> key;  // places of the key in columns
  std::string exists;
  std::string insert;
  std::string insert_many;  // rows ?1 to ?2, that one left out
  std::string update;       // empty: rows are never changed
};

Result<const Column*> ColumnOf(const Table& table, const Value& name) {
  const Column* column = name.is_string() ? table.Find(name.AsString()) : nullptr;
  if (column == nullptr) {
    return UnknownColumn(table, name.is_string() ? std::string_view(name.AsString()) : "");
  }
  if (column->generated())
    return InvalidColumn(table, column->name, "generated", "is computed and cannot be written");
  return column;
}
void AppendKey(const Plan& plan, std::string& sql) {
  for (size_t i = 0; i < plan.key.size(); ++i) {
    sql += i == 0 ? " WHERE " : " AND ";
    AppendName(sql, plan.columns[plan.key[i]]->name);
    sql.append(" = ?").append(std::to_string(plan.key[i] + 1));
  }
}

// Words of code that changes are made anew: exactly where the schema's trigger takes the row's old
// words out of the index, so that they are still there for it.
std::string ForgetIdentifiers(const Plan& plan) {
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

std::string UpdateWhereDifferent(const Plan& plan) {
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
// full-text index write out its words) is paid once.
std::string InsertMany(const Plan& plan) {
  std::string sql =
      "WITH RECURSIVE rows(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM rows WHERE i + 1 < ?2) ";
  const std::string insert = InsertSql(*plan.table, plan.columns);
  sql.append(insert, 0, insert.find(" VALUES")).append(" SELECT ");
  for (size_t i = 0; i < plan.columns.size(); ++i) {
    sql.append(i == 0 ? "" : ", ")
        .append("archivolt_cell(i, ")
        .append(std::to_string(i))
        .append(")");
  }
  return sql + " FROM rows";
}

Result<Plan> PlanOf(const RowImport::Batch& batch) {
  Plan plan;
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
  plan.insert_many = InsertMany(plan);
  if (table.access != Access::kAppendOnly) plan.update = UpdateWhereDifferent(plan);
  return plan;
}

bool IsTheRowsOwn(ErrorCode code) {
  return code == ErrorCode::INVALID_ARGUMENT || code == ErrorCode::CONSTRAINT ||
         code == ErrorCode::ALREADY_EXISTS;
}

}  // namespace

/// One batch on its way into its table.
class RowImport::Writing {
 public:
  /// `defaults` is one row, of what only a new row gets.
  Writing(Database& database, const Plan& plan, const ImportRows& rows, const ImportRows& defaults)
      : database_(database), plan_(plan), rows_(rows), defaults_(defaults) {}

  Status Prepare() {
    AV_ASSIGN_OR_RETURN(exists_, database_.Prepare(plan_.exists));
    AV_ASSIGN_OR_RETURN(insert_, database_.Prepare(plan_.insert));
    AV_ASSIGN_OR_RETURN(insert_many_, database_.Prepare(plan_.insert_many));
    if (plan_.update.empty()) return Status::Ok();
    AV_ASSIGN_OR_RETURN(update_, database_.Prepare(plan_.update));
    return Status::Ok();
  }

  /// New rows together, and fewer together after one that is refused; rows that are there one by
  /// one. All in their order.
  Status Run() {
    // Of one statement's rows each may refer to a later one; of those that come one by one none
    // may.
    const auto columns = plan_.table->columns;
    const bool inward = std::any_of(columns.begin(), columns.end(), [&](const Column& column) {
      return column.references_table == plan_.table->name;
    });
    size_t together = inward ? 1 : rows_.size();
    for (size_t row = 0; row < rows_.size();) {
      AV_ASSIGN_OR_RETURN(const bool there, IsThere(row));
      const size_t count = there ? 1 : std::min(together, rows_.size() - row);
      const Status status = count > 1 ? InsertMany(row, row + count) : WriteOne(row, there);
      if (!status.ok() && !IsTheRowsOwn(status.code())) return status;
      if (!there && !inward) together = status.ok() ? 2 * count : std::max(count / 2, size_t{1});
      if (!status.ok() && count > 1) continue;
      if (!status.ok()) rejects.emplace_back(Array{rows_.place(row), status.message()});
      row += count;
    }
    return Status::Ok();
  }

  /// Whether no rule holds for any row (rules.h): most are of rows that were made here.
  bool IsFree() const {
    const Table& table = *plan_.table;
    for (const Rule& rule : AllRules()) {
      if (rule.table == table.name && rule.origins != Rule().origins) return false;
    }
    const auto origin = std::find(plan_.columns.begin(), plan_.columns.end(), table.Find("origin"));
    if (!table.has_origin || origin == plan_.columns.end()) return false;
    const auto column = static_cast<size_t>(origin - plan_.columns.begin());
    for (size_t row = 0; row < rows_.size(); ++row) {
      const Cell cell = At(row, column);
      const auto* text = std::get_if<std::string_view>(&cell);
      if (text == nullptr || *text == "local") return false;
    }
    return true;
  }

  Cell At(size_t row, size_t column) const {
    return column < plan_.given ? rows_[row][column] : defaults_[0][column - plan_.given];
  }

  int64_t added = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  Array rejects;

 private:
  Result<bool> IsThere(size_t row) {
    exists_.Reset();
    for (const size_t column : plan_.key) AV_RETURN_IF_ERROR(BindCell(exists_, row, column));
    return exists_.Step();
  }

  Status InsertMany(size_t first, size_t end) {
    AV_RETURN_IF_ERROR(insert_many_.BindAll(first, end));
    AV_RETURN_IF_ERROR(insert_many_.Run());
    added += static_cast<int64_t>(end - first);
    return Status::Ok();
  }

  Status WriteOne(size_t row, bool there) {
    if (there && plan_.update.empty()) {
      ++unchanged;
      return Status::Ok();
    }
    Statement& statement = there ? update_ : insert_;
    const size_t columns = there ? plan_.given : plan_.columns.size();
    for (size_t i = 0; i < columns; ++i) AV_RETURN_IF_ERROR(BindCell(statement, row, i));
    const Status stored = statement.Run();
    if (!stored.ok()) return Explained(row, columns, stored);
    ++(!there ? added : database_.changes() > 0 ? updated : unchanged);
    return Status::Ok();
  }

  Status Explained(size_t row, size_t columns, const Status& status) {
    Array values;
    for (size_t i = 0; i < columns; ++i) values.push_back(ValueOf(At(row, i)));
    return ExplainFailedWrite(database_, *plan_.table, {plan_.columns, values}, status);
  }

  // By its number among the columns. Text and bytes stay where they are.
  Status BindCell(Statement& statement, size_t row, size_t column) {
    const int index = static_cast<int>(column) + 1;
    const Cell cell = At(row, column);
    if (const auto* text = std::get_if<std::string_view>(&cell))
      return statement.BindBorrowed(index, *text);
    if (const auto* bytes = std::get_if<BytesView>(&cell))
      return statement.BindBorrowed(index, *bytes);
    return statement.Bind(index, ValueOf(cell));
  }

  Database& database_;
  const Plan& plan_;
  const ImportRows& rows_;
  const ImportRows& defaults_;
  Statement exists_;
  Statement insert_;
  Statement insert_many_;
  Statement update_;
};

const ScalarFunction RowImport::kCell = {
    "archivolt_cell", 2, false, [](FunctionCall& call, void* owner) {
      const Writing* writing = static_cast<RowImport*>(owner)->writing_;
      const Cell cell =
          writing->At(static_cast<size_t>(call.Int(0)), static_cast<size_t>(call.Int(1)));
      if (const auto* text = std::get_if<std::string_view>(&cell)) {
        call.AnswerBorrowed(*text);
      } else if (const auto* integer = std::get_if<int64_t>(&cell)) {
        call.Answer(*integer);
      } else if (const auto* real = std::get_if<double>(&cell)) {
        call.Answer(*real);
      } else if (const auto* bytes = std::get_if<BytesView>(&cell)) {
        call.AnswerBorrowed(*bytes);
      }
    }};

Result<Value> RowImport::Write(const Batch& batch) {
  AV_ASSIGN_OR_RETURN(const Plan plan, PlanOf(batch));
  const std::span<const Column* const> columns(plan.columns);
  ImportRows rows(*plan.table, columns.first(plan.given));
  AV_RETURN_IF_ERROR(rows.Read(batch.rows));
  ImportRows defaults(*plan.table, columns.subspan(plan.given));
  AV_RETURN_IF_ERROR(defaults.Read(batch.defaults));
  if (plan.columns.size() > plan.given && defaults.size() != 1)
    return InvalidCall(plan.table->name, "defaults", "The defaults are not one row that fits.");
  if (!registered_) AV_RETURN_IF_ERROR(database_.CreateFunction(kCell, this));
  registered_ = true;
  int64_t added = 0;
  int64_t updated = 0;
  int64_t unchanged = 0;
  Array rejects = rows.TakeRejects();
  {
    Writing writing(database_, plan, rows, defaults);
    writing_ = &writing;
    AV_RETURN_IF_ERROR(writing.Prepare());
    const AuditContext::Import import(audit_);
    const RowGuards::Pass pass(guards_, writing.IsFree());
    AV_RETURN_IF_ERROR(writing.Run());
    added = writing.added;
    updated = writing.updated;
    unchanged = writing.unchanged;
    std::move(writing.rejects.begin(), writing.rejects.end(), std::back_inserter(rejects));
  }
  if (batch.table == "code_examples") AV_RETURN_IF_ERROR(guards_.FillIdentifiers());
  AV_RETURN_IF_ERROR(NoteAdded(*plan.table, added));
  return Value(Object{{"added", added},
                      {"updated", updated},
                      {"unchanged", unchanged},
                      {"rejects", std::move(rejects)}});
}

}  // namespace archivolt
