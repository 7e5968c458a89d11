#include "records/row_sql.h"

namespace archivolt {
namespace {

std::string WhereKey(const Table& table, size_t first_parameter) {
  std::string sql = " WHERE ";
  for (size_t i = 0; i < table.key.size(); ++i) {
    if (i > 0) sql += " AND ";
    AppendName(sql, table.key[i]);
    sql += " = ?" + std::to_string(first_parameter + i);
  }
  return sql;
}

}  // namespace

void AppendName(std::string& sql, std::string_view name) {
  sql.append("\"").append(name).append("\"");
}

std::string Quoted(std::string_view name) {
  std::string sql;
  AppendName(sql, name);
  return sql;
}

void AppendColumn(std::string& sql, std::string_view alias, std::string_view name) {
  if (!alias.empty()) sql.append(alias).append(".");
  AppendName(sql, name);
}

std::string ColumnList(const Table& table, std::string_view alias) {
  std::string sql;
  for (const Column& column : table.columns) {
    if (!sql.empty()) sql += ", ";
    AppendColumn(sql, alias, column.name);
  }
  return sql;
}

std::string SelectByKeySql(const Table& table) {
  std::string sql = "SELECT " + ColumnList(table, "") + " FROM ";
  AppendName(sql, table.name);
  return sql + WhereKey(table, 1);
}

std::string InsertSql(const Table& table, std::span<const Column* const> columns) {
  std::string sql = "INSERT INTO ";
  AppendName(sql, table.name);
  if (columns.empty()) {
    sql += " DEFAULT VALUES";
  } else {
    std::string names;
    std::string parameters;
    for (size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) {
        names += ", ";
        parameters += ", ";
      }
      AppendName(names, columns[i]->name);
      parameters += "?" + std::to_string(i + 1);
    }
    sql.append(" (").append(names).append(") VALUES (").append(parameters).append(")");
  }
  return sql;
}

std::string UpdateSql(const Table& table, std::span<const Column* const> columns) {
  std::string sql = "UPDATE ";
  AppendName(sql, table.name);
  for (size_t i = 0; i < columns.size(); ++i) {
    sql += i == 0 ? " SET " : ", ";
    AppendName(sql, columns[i]->name);
    sql += " = ?" + std::to_string(i + 1);
  }
  return sql + WhereKey(table, columns.size() + 1);
}

std::string DeleteSql(const Table& table) {
  std::string sql = "DELETE FROM ";
  AppendName(sql, table.name);
  return sql + WhereKey(table, 1);
}

}  // namespace archivolt
