#include "storage/insert_triggers.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

// In the copy of SQLite that is compiled (cmake/third_party.cmake).
extern "C" int archivolt_without_triggers;

namespace archivolt {
namespace {

constexpr std::string_view kBlanks = " \n";

void SkipBlanks(std::string_view& sql) {
  sql.remove_prefix(std::min(sql.find_first_not_of(kBlanks), sql.size()));
}

// Takes the next words off, if they are these.
bool Take(std::string_view& sql, std::initializer_list<std::string_view> words) {
  std::string_view rest = sql;
  for (const std::string_view word : words) {
    SkipBlanks(rest);
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    if (!rest.empty() && kBlanks.find(rest.front()) == std::string_view::npos) return false;
  }
  sql = rest;
  return true;
}

// The statement of a trigger for many rows; empty for one of another form.
std::string ForManyRows(std::string_view body, std::string_view table, std::string_view condition) {
  // A text may hold any of what is looked for, and a statement may read the table.
  if (std::ranges::count(body, ';') != 1 || body.find("SELECT") != std::string_view::npos)
    return {};
  body = body.substr(0, body.find(';'));
  const size_t values = body.find("VALUES (");
  if (!body.starts_with("INSERT") || !body.ends_with(')') || values == std::string_view::npos ||
      body.find("VALUES (", values + 1) != std::string_view::npos)
    return {};
  std::string sql(body.substr(0, values));
  std::string_view list = body.substr(values + std::string_view("VALUES (").size());
  list.remove_suffix(1);
  if (list.find_first_of("()") != std::string_view::npos) return {};
  sql.append("SELECT ").append(list).append(" FROM main.\"").append(table);
  sql += "\" AS NEW WHERE NEW.rowid BETWEEN ?1 AND ?2";
  if (!condition.empty()) sql.append(" AND (").append(condition).append(")");
  return sql;
}

}  // namespace

Result<std::optional<std::vector<std::string>>> InsertTriggers(Database& database,
                                                               std::string_view table) {
  AV_ASSIGN_OR_RETURN(
      Statement triggers,
      database.Prepare("SELECT name, sql FROM main.sqlite_schema WHERE type = 'trigger' AND "
                       "tbl_name = ?1 ORDER BY rowid"));
  AV_RETURN_IF_ERROR(triggers.Bind(1, table));
  std::optional<std::vector<std::string>> statements(std::in_place);
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool found, triggers.Step());
    if (!found) return statements;
    std::string_view sql = triggers.Text(1);
    const bool known = Take(sql, {"CREATE", "TRIGGER", triggers.Text(0)});
    if (known && (Take(sql, {"AFTER", "DELETE", "ON", table}) || Take(sql, {"AFTER", "UPDATE"})))
      continue;
    std::string_view condition;
    std::string statement;
    if (known && Take(sql, {"AFTER", "INSERT", "ON", table})) {
      const size_t begin = sql.find("BEGIN");
      std::string_view head = sql.substr(0, begin);
      if (Take(head, {"WHEN"})) std::swap(condition, head);
      SkipBlanks(head);
      std::string_view body = sql.substr(std::min(begin, sql.size()));
      if (head.empty() && Take(body, {"BEGIN"})) {
        SkipBlanks(body);
        statement = ForManyRows(body, table, condition);
      }
    }
    if (statement.empty()) return std::optional<std::vector<std::string>>();
    statements->push_back(std::move(statement));
  }
}

WithoutTriggers::WithoutTriggers() { ++archivolt_without_triggers; }
WithoutTriggers::~WithoutTriggers() { --archivolt_without_triggers; }

}  // namespace archivolt
