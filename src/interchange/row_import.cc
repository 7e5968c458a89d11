#include "interchange/row_import.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "interchange/import_plan.h"
#include "interchange/import_rows.h"
#include "records/constraint_errors.h"
#include "records/record_errors.h"
#include "records/rules.h"
#include "storage/insert_triggers.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

bool IsTheRowsOwn(ErrorCode code) {
  return code == ErrorCode::INVALID_ARGUMENT || code == ErrorCode::CONSTRAINT ||
         code == ErrorCode::ALREADY_EXISTS;
}

}  // namespace

/// One batch on its way into its table.
class RowImport::Writing {
 public:
  /// `defaults` is one row, of what only a new row gets.
  Writing(Database& database, const ImportPlan& plan, const ImportRows& rows,
          const ImportRows& defaults)
      : database_(database), plan_(plan), rows_(rows), defaults_(defaults) {}

  /// `guarded`: the guards have to look at each row.
  Status Prepare(bool guarded) {
    AV_ASSIGN_OR_RETURN(exists_, database_.Prepare(plan_.exists));
    AV_ASSIGN_OR_RETURN(insert_, database_.Prepare(plan_.insert));
    if (!plan_.update.empty()) {
      AV_ASSIGN_OR_RETURN(update_, database_.Prepare(plan_.update));
    }
    if (!guarded && plan_.table->has_pk) AV_RETURN_IF_ERROR(PrepareTriggers());
    if (!alone_) {
      AV_ASSIGN_OR_RETURN(insert_many_, database_.Prepare(plan_.insert_many));
    }
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

  // Rows that are inserted alone, and after them what the table's triggers do.
  Status PrepareTriggers() {
    AV_ASSIGN_OR_RETURN(const auto triggers, InsertTriggers(database_, plan_.table->name));
    if (!triggers.has_value()) return Status::Ok();
    for (const std::string& sql : *triggers) {
      AV_ASSIGN_OR_RETURN(Statement statement, database_.Prepare(sql));
      triggers_.push_back(std::move(statement));
    }
    last_row_sql_ =
        "SELECT ifnull(max(rowid), 0) FROM main.\"" + std::string(plan_.table->name) + "\"";
    const WithoutTriggers without;
    AV_ASSIGN_OR_RETURN(insert_many_, database_.Prepare(plan_.insert_alone));
    alone_ = true;
    return Status::Ok();
  }

  Status InsertMany(size_t first, size_t end) {
    AV_RETURN_IF_ERROR(insert_many_.BindAll(first, end));
    const auto count = static_cast<int64_t>(end - first);
    AV_RETURN_IF_ERROR(alone_ ? InsertAlone(count) : insert_many_.Run());
    added += count;
    return Status::Ok();
  }

  // All or nothing of the rows and of what their triggers do.
  Status InsertAlone(int64_t count) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
    AV_ASSIGN_OR_RETURN(const Value last, database_.QueryValue(last_row_sql_));
    {
      const WithoutTriggers without;
      AV_RETURN_IF_ERROR(insert_many_.Run());
    }
    // SQLite numbers rows from the last one on, but in a table that has reached the largest number.
    const int64_t now = database_.last_insert_rowid();
    if (now - count < last.AsInt())
      return Status(ErrorCode::CONSTRAINT, "The rows are not numbered one after another.");
    for (Statement& trigger : triggers_) {
      AV_RETURN_IF_ERROR(trigger.BindAll(now - count + 1, now));
      AV_RETURN_IF_ERROR(trigger.Run());
    }
    return transaction.Commit();
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
  const ImportPlan& plan_;
  const ImportRows& rows_;
  const ImportRows& defaults_;
  Statement exists_;
  Statement insert_;
  Statement insert_many_;
  Statement update_;
  bool alone_ = false;  // insert_many_ fires no triggers; triggers_ do what these would
  std::vector<Statement> triggers_;
  std::string last_row_sql_;
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
  AV_ASSIGN_OR_RETURN(const ImportPlan plan, PlanOf(batch));
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
    const bool free = writing.IsFree();
    AV_RETURN_IF_ERROR(writing.Prepare(!free));
    const AuditContext::Import import(audit_);
    const RowGuards::Pass pass(guards_, free);
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
