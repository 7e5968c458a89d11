#include "records/where_target.h"

#include <utility>

#include "base/utf.h"
#include "records/record_errors.h"
#include "records/row_sql.h"

namespace archivolt {
namespace {

constexpr size_t kMaxNameBytes = 400;
constexpr size_t kMaxIndexDigits = 9;
constexpr size_t kMaxIndexes = 8;

Status BadPath(const Table& table, const Column& column) {
  return InvalidColumn(table, column.name, "path",
                       "takes a path of up to 16 names such as metadata.a.b[0]");
}

bool IsPathName(std::string_view name) {
  if (name.empty() || name.size() > kMaxNameBytes) return false;
  for (const char c : name) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '"' || c == '\\' || c == '[' ||
        c == ']') {
      return false;
    }
  }
  return true;
}

// "[0][12]" and nothing else.
bool AreIndexes(std::string_view text) {
  size_t count = 0;
  while (!text.empty()) {
    const size_t close = text.find(']');
    if (text.front() != '[' || close == std::string_view::npos) return false;
    const std::string_view digits = text.substr(1, close - 1);
    if (digits.empty() || digits.size() > kMaxIndexDigits ||
        digits.find_first_not_of("0123456789") != std::string_view::npos) {
      return false;
    }
    if (++count > kMaxIndexes) return false;
    text.remove_prefix(close + 1);
  }
  return true;
}

Result<std::string> JsonPath(const Table& table, const Column& column, std::string_view path) {
  if (!IsValidUtf8(path)) return BadPath(table, column);
  std::string json_path = "$";
  size_t names = 0;
  while (true) {
    const size_t dot = path.find('.');
    const std::string_view step = path.substr(0, dot);
    const size_t bracket = step.find('[');
    const std::string_view name = step.substr(0, bracket);
    const std::string_view indexes =
        bracket == std::string_view::npos ? std::string_view() : step.substr(bracket);
    if (++names > kMaxPathNames || !IsPathName(name) || !AreIndexes(indexes))
      return BadPath(table, column);
    json_path.append(".\"").append(name).append("\"").append(indexes);
    if (dot == std::string_view::npos) return json_path;
    path.remove_prefix(dot + 1);
  }
}

WhereTarget TargetOf(const Table& table, const Column& column, std::string_view alias,
                     std::string json_path) {
  WhereTarget target;
  target.table = &table;
  target.column = &column;
  AppendColumn(target.column_sql, alias, column.name);
  target.json_path = std::move(json_path);
  return target;
}

}  // namespace

Result<WhereTarget> ResolveTarget(const Table& table, std::string_view alias,
                                  std::string_view key) {
  const size_t dot = key.find('.');
  const Column* column = table.Find(key.substr(0, dot));
  if (column == nullptr) return UnknownColumn(table, key.substr(0, dot));
  if (dot == std::string_view::npos) {
    return TargetOf(table, *column, alias, column->kind == Kind::kJson ? "$" : "");
  }
  if (column->kind != Kind::kJson) {
    return InvalidColumn(table, column->name, "path", "holds no JSON, so no path leads into it");
  }
  return ResolvePayloadTarget(table, *column, alias, key.substr(dot + 1));
}

Result<WhereTarget> ResolvePayloadTarget(const Table& table, const Column& column,
                                         std::string_view alias, std::string_view key) {
  AV_ASSIGN_OR_RETURN(std::string json_path, JsonPath(table, column, key));
  return TargetOf(table, column, alias, std::move(json_path));
}

void AppendTargetValue(const WhereTarget& target, SqlFragment& out) {
  if (!target.is_json()) {
    out.sql += target.column_sql;
    return;
  }
  out.sql.append("json_extract(").append(target.column_sql).append(", ?)");
  out.bindings.emplace_back(target.json_path);
}

void AppendTargetType(const WhereTarget& target, SqlFragment& out) {
  out.sql.append("json_type(").append(target.column_sql).append(", ?)");
  out.bindings.emplace_back(target.json_path);
}

}  // namespace archivolt
