#include "records/records.h"

#include <optional>
#include <span>
#include <utility>

#include "records/constraint_errors.h"
#include "records/order_by.h"
#include "records/record_errors.h"
#include "records/row_codec.h"
#include "records/row_draft.h"
#include "records/row_sql.h"
#include "records/where_compiler.h"
#include "storage/transaction.h"
#include "storage/undone_together.h"

namespace archivolt {
namespace {

Result<const Table*> Known(std::string_view name) {
  const Table* table = FindTable(name);
  if (table != nullptr) return table;
  const std::string printable = Printable(name);
  return InvalidCall(printable, "table", "There is no table named " + printable + ".");
}

// Which write is asked for; appending is allowed where changing is not.
enum class Write { kInsert, kChange };

Result<const Table*> Writable(std::string_view name, Write write) {
  AV_ASSIGN_OR_RETURN(const Table* table, Known(name));
  std::string message;
  switch (table->access) {
    case Access::kReadWrite:
      return table;
    case Access::kAppendOnly:
      if (write == Write::kInsert) return table;
      message = " is only ever appended to: its rows are neither changed nor deleted.";
      break;
    case Access::kReadOnly:
      message = " is written by the core alone.";
      break;
    case Access::kCollections:
      message = " is written through the vector collections, which keep the graph in step.";
      break;
  }
  return Status(ErrorCode::FAILED_PRECONDITION, std::string(table->name) + message)
      .With("table", std::string(table->name))
      .With("rule", std::string("access"));
}

// Text and bytes stay where they are: `values` must outlive the statement's run.
Status BindStored(Statement& statement, int first, std::span<const Value> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const int index = first + static_cast<int>(i);
    const Value& value = values[i];
    if (value.is_string()) {
      AV_RETURN_IF_ERROR(statement.BindBorrowed(index, std::string_view(value.AsString())));
    } else if (value.is_bytes()) {
      AV_RETURN_IF_ERROR(statement.BindBorrowed(index, value.AsBytes()));
    } else {
      AV_RETURN_IF_ERROR(statement.Bind(index, value));
    }
  }
  return Status::Ok();
}

// Steps to the end, so that the statement has done all its work; the row it answers, or null.
Result<Value> RunForRow(const Table& table, Statement& statement) {
  AV_ASSIGN_OR_RETURN(const bool found, statement.Step());
  if (!found) return Value();
  AV_ASSIGN_OR_RETURN(Value row, ReadRow(table, statement));
  AV_ASSIGN_OR_RETURN(bool more, statement.Step());
  while (more) {
    AV_ASSIGN_OR_RETURN(more, statement.Step());
  }
  return row;
}

Status RunInsert(Database& database, const Table& table, const RowDraft& draft) {
  AV_ASSIGN_OR_RETURN(Statement statement, database.Prepare(InsertSql(table, draft.columns)));
  AV_RETURN_IF_ERROR(BindStored(statement, 1, draft.values));
  return statement.Run();
}

Status RunUpdate(Database& database, const Table& table, const RowDraft& draft,
                 std::span<const Value> key) {
  AV_ASSIGN_OR_RETURN(Statement statement, database.Prepare(UpdateSql(table, draft.columns)));
  AV_RETURN_IF_ERROR(BindStored(statement, 1, draft.values));
  AV_RETURN_IF_ERROR(BindStored(statement, static_cast<int>(draft.values.size()) + 1, key));
  return statement.Run();
}

Status RunDelete(Database& database, const Table& table, std::span<const Value> key) {
  AV_ASSIGN_OR_RETURN(Statement statement, database.Prepare(DeleteSql(table)));
  AV_RETURN_IF_ERROR(BindStored(statement, 1, key));
  return statement.Run();
}

Result<Value> SelectRow(Database& database, const Table& table, std::span<const Value> key) {
  AV_ASSIGN_OR_RETURN(Statement statement, database.Prepare(SelectByKeySql(table)));
  AV_RETURN_IF_ERROR(BindStored(statement, 1, key));
  return RunForRow(table, statement);
}

// The key of a row to be inserted. REQUIRES: the draft names the key columns, as none has a
// default.
std::vector<Value> KeyOf(const Table& table, const RowDraft& draft) {
  std::vector<Value> key;
  for (const std::string_view name : table.key) {
    for (size_t i = 0; i < draft.columns.size(); ++i) {
      if (draft.columns[i]->name == name) key.push_back(draft.values[i]);
    }
  }
  return key;
}

// "id", or "user/team" for a key of several columns: for reports, not for reading back.
std::string NameOf(const Table& table, const RowDraft& draft) {
  std::string name;
  for (const std::string_view key : table.key) {
    if (!name.empty()) name += '/';
    for (size_t i = 0; i < draft.columns.size(); ++i) {
      if (draft.columns[i]->name != key) continue;
      const Value& value = draft.values[i];
      name +=
          value.is_string() ? value.AsString() : std::to_string(value.is_int() ? value.AsInt() : 0);
    }
  }
  return name;
}

Status AtRow(const Status& status, size_t row) {
  Status placed(status.code(), "Row " + std::to_string(row) + ": " + status.message());
  for (const auto& [key, value] : status.detail()) placed = std::move(placed).With(key, value);
  return std::move(placed).With("row", static_cast<int64_t>(row));
}

Status NoSuchRow(const Table& table) {
  return Status::NotFound("There is no such row in " + std::string(table.name) + ".")
      .With("table", std::string(table.name));
}

}  // namespace

Result<Value> RecordStore::Insert(std::string_view table_name, const Object& row) {
  AV_ASSIGN_OR_RETURN(const Table* table, Writable(table_name, Write::kInsert));
  AV_ASSIGN_OR_RETURN(const RowDraft draft, DraftInsert(*table, row, clock_.NowMicros(), ids_));
  const Status stored = RunInsert(database_, *table, draft);
  // Read back and not RETURNING, which answers before triggers have corrected the row.
  if (stored.ok()) return SelectRow(database_, *table, KeyOf(*table, draft));
  return ExplainFailedWrite(database_, *table, {draft.columns, draft.values}, stored);
}

Result<std::vector<std::string>> RecordStore::InsertMany(std::string_view table_name,
                                                         const Array& rows) {
  AV_ASSIGN_OR_RETURN(const Table* table, Writable(table_name, Write::kInsert));
  if (rows.size() > kMaxInsertedRows) {
    return InvalidCall(table->name, "rows", "insertMany takes no more than 100000 rows at a time.");
  }
  std::vector<std::string> names;
  names.reserve(rows.size());
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  std::optional<UndoneTogether> together(std::in_place);
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i].is_object()) {
      return AtRow(InvalidCall(table->name, "rows", "A row is an object of columns and values."),
                   i);
    }
    const Result<RowDraft> draft = DraftInsert(*table, rows[i].AsObject(), now, ids_);
    if (!draft.ok()) return AtRow(draft.status(), i);
    const Status stored = RunInsert(database_, *table, *draft);
    if (!stored.ok()) {
      return AtRow(ExplainFailedWrite(database_, *table, {draft->columns, draft->values}, stored),
                   i);
    }
    names.push_back(NameOf(*table, *draft));
  }
  together.reset();
  AV_RETURN_IF_ERROR(transaction.Commit());
  return names;
}

Result<Value> RecordStore::Get(std::string_view table_name, const Value& id) {
  AV_ASSIGN_OR_RETURN(const Table* table, Known(table_name));
  AV_ASSIGN_OR_RETURN(const std::vector<Value> key, DraftKey(*table, id));
  return SelectRow(database_, *table, key);
}

Result<Array> RecordStore::Find(std::string_view table_name, const FindOptions& options) {
  AV_ASSIGN_OR_RETURN(const Table* table, Known(table_name));
  if (options.limit.value_or(0) < 0 || options.limit.value_or(0) > kMaxFoundRows) {
    return InvalidCall(table->name, "limit", "limit takes 0 to 100000.");
  }
  if (options.offset < 0) return InvalidCall(table->name, "offset", "offset takes 0 or more.");
  AV_ASSIGN_OR_RETURN(SqlFragment where, CompileWhere(*table, "t", options.where));
  AV_ASSIGN_OR_RETURN(const std::string order, CompileOrderBy(*table, "t", options.order_by));

  std::string sql = "SELECT " + ColumnList(*table, "t") + " FROM ";
  AppendName(sql, table->name);
  sql.append(" AS t WHERE ").append(where.sql).append(" ORDER BY ").append(order);
  sql += " LIMIT ? OFFSET ?";
  where.bindings.emplace_back(options.limit.value_or(kMaxFoundRows + 1));
  where.bindings.emplace_back(options.offset);

  AV_ASSIGN_OR_RETURN(Statement statement, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(BindStored(statement, 1, where.bindings));
  Array rows;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return rows;
    if (static_cast<int64_t>(rows.size()) == kMaxFoundRows) {
      return InvalidCall(
          table->name, "limit",
          "More than 100000 rows meet the condition; ask for them with limit and offset.");
    }
    AV_ASSIGN_OR_RETURN(Value row, ReadRow(*table, statement));
    rows.push_back(std::move(row));
  }
}

Result<int64_t> RecordStore::Count(std::string_view table_name, const Value& where) {
  AV_ASSIGN_OR_RETURN(const Table* table, Known(table_name));
  AV_ASSIGN_OR_RETURN(const SqlFragment condition, CompileWhere(*table, "t", where));
  std::string sql = "SELECT count(*) FROM ";
  AppendName(sql, table->name);
  sql.append(" AS t WHERE ").append(condition.sql);
  AV_ASSIGN_OR_RETURN(Statement statement, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(BindStored(statement, 1, condition.bindings));
  AV_ASSIGN_OR_RETURN(const bool found, statement.Step());
  return found ? statement.Int(0) : 0;
}

Result<Value> RecordStore::Update(std::string_view table_name, const Value& id,
                                  const Object& patch) {
  AV_ASSIGN_OR_RETURN(const Table* table, Writable(table_name, Write::kChange));
  AV_ASSIGN_OR_RETURN(const std::vector<Value> key, DraftKey(*table, id));
  AV_ASSIGN_OR_RETURN(const RowDraft draft, DraftUpdate(*table, patch, key, clock_.NowMicros()));
  if (draft.columns.empty()) {
    AV_ASSIGN_OR_RETURN(Value row, SelectRow(database_, *table, key));
    if (row.is_null()) return NoSuchRow(*table);
    return row;
  }
  const Status stored = RunUpdate(database_, *table, draft, key);
  if (!stored.ok())
    return ExplainFailedWrite(database_, *table, {draft.columns, draft.values}, stored);
  if (database_.changes() == 0) return NoSuchRow(*table);
  return SelectRow(database_, *table, key);
}

Result<bool> RecordStore::Delete(std::string_view table_name, const Value& id) {
  AV_ASSIGN_OR_RETURN(const Table* table, Writable(table_name, Write::kChange));
  AV_ASSIGN_OR_RETURN(const std::vector<Value> key, DraftKey(*table, id));
  const Status status = RunDelete(database_, *table, key);
  if (!status.ok()) return ExplainFailedDelete(database_, *table, key, status);
  return database_.changes() > 0;
}

}  // namespace archivolt
