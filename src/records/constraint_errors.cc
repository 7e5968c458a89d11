#include "records/constraint_errors.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "records/row_sql.h"

namespace archivolt {
namespace {

std::string_view TextDetail(const Status& status, std::string_view name) {
  const Status::DetailValue* value = status.Find(name);
  const std::string* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

// Whether a row with this value exists. A failing look-up counts as yes: it is not what is to be
// explained.
bool RowExists(Database& database, std::string_view table, std::string_view column,
               const Value& value) {
  std::string sql = "SELECT 1 FROM ";
  AppendName(sql, table);
  sql += " WHERE ";
  AppendName(sql, column);
  sql += " = ?1 LIMIT 1";
  Result<Statement> statement = database.Prepare(sql);
  if (!statement.ok() || !statement->Bind(1, value).ok()) return true;
  const Result<bool> found = statement->Step();
  return !found.ok() || *found;
}

Status Renamed(const Status& status, std::string message) {
  Status renamed(status.code(), std::move(message));
  for (const auto& [key, value] : status.detail()) renamed = std::move(renamed).With(key, value);
  return renamed;
}

Status ExplainDanglingKey(Database& database, const Table& table, const WrittenValues& written,
                          Status status) {
  for (size_t i = 0; i < written.columns.size(); ++i) {
    const Column& column = *written.columns[i];
    if (column.references_table.empty() || written.values[i].is_null()) continue;
    if (RowExists(database, column.references_table, column.references_column, written.values[i]))
      continue;
    std::string message(table.name);
    message.append(".")
        .append(column.name)
        .append(" refers to a row of ")
        .append(column.references_table);
    message.append(" that does not exist. Write that row first.");
    return Renamed(status, std::move(message))
        .With("table", std::string(table.name))
        .With("column", std::string(column.name))
        .With("references", std::string(column.references_table));
  }
  return std::move(status).With("table", std::string(table.name));
}

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

bool NamesColumn(std::string_view expression, std::string_view column) {
  for (size_t at = expression.find(column); at != std::string_view::npos;
       at = expression.find(column, at + 1)) {
    const size_t end = at + column.size();
    const bool starts = at == 0 || !IsNameCharacter(expression[at - 1]);
    const bool ends = end == expression.size() || !IsNameCharacter(expression[end]);
    if (starts && ends) return true;
  }
  return false;
}

// The columns that a CHECK's expression names, as far as the storage layer passes it on.
Status ExplainCheck(const Table& table, Status status) {
  const std::string_view expression = TextDetail(status, "constraint");
  std::string columns;
  for (const Column& column : table.columns) {
    if (!NamesColumn(expression, column.name)) continue;
    if (!columns.empty()) columns += ", ";
    columns += column.name;
  }
  std::string message = "The row breaks a rule of ";
  message.append(table.name);
  if (!expression.empty()) message.append(": ").append(expression);
  Status named = Renamed(status, message + ".").With("table", std::string(table.name));
  return columns.empty() ? named : std::move(named).With("column", columns);
}

// An index over an expression is reported by its name alone; its plain columns are looked up.
Status ExplainUnique(Database& database, const Table& table, Status status) {
  status = std::move(status).With("table", std::string(table.name));
  if (status.Find("column") != nullptr) return status;
  Result<Statement> statement = database.Prepare(
      "SELECT name FROM pragma_index_info(?1) WHERE name IS NOT NULL ORDER BY seqno");
  if (!statement.ok() || !statement->Bind(1, TextDetail(status, "constraint")).ok()) return status;
  std::string columns;
  while (true) {
    const Result<bool> row = statement->Step();
    if (!row.ok() || !*row) break;
    if (!columns.empty()) columns += ", ";
    columns += statement->Text(0);
  }
  if (columns.empty()) return status;
  Status named =
      Renamed(status, status.message() + " (" + std::string(table.name) + ": " + columns + ")");
  return std::move(named).With("column", columns);
}

}  // namespace

Status ExplainFailedWrite(Database& database, const Table& table, const WrittenValues& written,
                          Status status) {
  const std::string_view rule = TextDetail(status, "rule");
  if (status.code() == ErrorCode::ALREADY_EXISTS)
    return ExplainUnique(database, table, std::move(status));
  if (status.code() != ErrorCode::CONSTRAINT) return status;
  if (rule == "foreign key") return ExplainDanglingKey(database, table, written, std::move(status));
  if (rule == "check") return ExplainCheck(table, std::move(status));
  return std::move(status).With("table", std::string(table.name));
}

Status ExplainFailedDelete(Database& database, const Table& table, std::span<const Value> key,
                           Status status) {
  if (status.code() != ErrorCode::CONSTRAINT) return status;
  status = std::move(status).With("table", std::string(table.name));
  if (TextDetail(status, "rule") != "foreign key" || key.size() != 1) return status;
  for (const Table& child : AllTables()) {
    for (const Column& column : child.columns) {
      if (column.references_table != table.name || column.references_column != table.key[0])
        continue;
      if (!RowExists(database, child.name, column.name, key[0])) continue;
      std::string message("The row is still referred to by ");
      message.append(child.name)
          .append(".")
          .append(column.name)
          .append(". Delete or change those rows first.");
      return Renamed(status, std::move(message))
          .With("references", std::string(child.name))
          .With("column", std::string(column.name));
    }
  }
  return status;
}

}  // namespace archivolt
