// Text and array operators; the others are in where_operators.cc.
#include <algorithm>
#include <string>
#include <utility>

#include "base/utf.h"
#include "records/row_codec.h"
#include "records/where_parts.h"

namespace archivolt {
namespace {

// SQLite matches no LIKE pattern above 4096 bytes in this build; escaping at most doubles the text.
constexpr size_t kMaxPatternBytes = 2000;

bool IsTextual(const WhereTarget& target) {
  const Kind kind = target.column->kind;
  return target.is_json() || kind == Kind::kText || kind == Kind::kDate;
}

std::string EscapedForLike(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') escaped += '\\';
    escaped += c;
  }
  return escaped;
}

// The first text after all texts that start with `prefix`, or empty when there is none.
std::string AfterPrefix(std::string_view prefix) {
  while (!prefix.empty()) {
    const size_t last = FloorToCharacter(prefix, prefix.size() - 1);
    const char32_t character = DecodeUtf8(prefix, last).value;
    prefix = prefix.substr(0, last);
    if (character == 0x10FFFF) continue;
    std::string next(prefix);
    AppendUtf8(next, character == 0xD7FF ? char32_t{0xE000} : character + 1);
    return next;
  }
  return {};
}

// Over text in order rather than by LIKE, so that an index serves it.
void AppendPrefix(const WhereTarget& target, const std::string& prefix, SqlFragment& out) {
  out.sql += '(';
  AppendKindGuard(target, Value(prefix), out);
  AppendTargetValue(target, out);
  out.sql += " >= ";
  AppendParameter(Value(prefix), out);
  if (std::string end = AfterPrefix(prefix); !end.empty()) {
    out.sql += " AND ";
    AppendTargetValue(target, out);
    out.sql += " < ";
    AppendParameter(Value(std::move(end)), out);
  }
  out.sql += ')';
}

Status AppendHasOne(const WhereTarget& target, const Value& wanted, SqlFragment& out) {
  AV_ASSIGN_OR_RETURN(Value value, WhereOperand(target, "has", wanted));
  out.sql.append("EXISTS (SELECT 1 FROM json_each(")
      .append(target.column_sql)
      .append(", ?) AS e WHERE ");
  out.bindings.emplace_back(target.json_path);
  if (value.is_bool()) {
    out.sql += "e.type = ";
    AppendJsonBoolean(value.AsBool(), out);
  } else {
    out.sql += value.is_string() ? "e.type = 'text'" : "e.type IN ('integer', 'real')";
    out.sql += " AND e.value = ";
    AppendParameter(std::move(value), out);
  }
  out.sql += ')';
  return Status::Ok();
}

}  // namespace

Status AppendTextMatch(const WhereTarget& target, std::string_view name, const Value& operand,
                       SqlFragment& out) {
  if (!IsTextual(target)) return MisusedOperator(target, name, "can be used on text only");
  if (!operand.is_string()) return MisusedOperator(target, name, "takes a text");
  const std::string& text = operand.AsString();
  AV_RETURN_IF_ERROR(CheckText(*target.table, target.column->name, text));
  if (text.size() > kMaxPatternBytes) {
    return MisusedOperator(target, name,
                           "takes a text of up to " + std::to_string(kMaxPatternBytes) + " bytes");
  }
  if (name == "startsWith") {
    AppendPrefix(target, text, out);
    return Status::Ok();
  }
  if (name == "like" &&
      (text.size() - std::min(text.size(), text.find_last_not_of('\\') + 1)) % 2 != 0) {
    return MisusedOperator(target, name, "takes a pattern that does not end in a single \\");
  }
  out.sql += '(';
  AppendTargetValue(target, out);
  out.sql += " LIKE ";
  AppendParameter(Value(name == "like" ? text : "%" + EscapedForLike(text) + "%"), out);
  out.sql += " ESCAPE '\\')";
  return Status::Ok();
}

Status AppendHas(const WhereTarget& target, std::string_view name, const Value& operand,
                 SqlFragment& out) {
  constexpr size_t kMaxWanted = 100;
  if (!target.is_json()) return MisusedOperator(target, name, "can be used on JSON arrays only");
  const Array one = {operand};
  if (name != "has") {
    if (!operand.is_array() || operand.AsArray().size() > kMaxWanted) {
      return MisusedOperator(target, name, "takes an array of up to 100 values");
    }
  }
  const Array& wanted = name == "has" ? one : operand.AsArray();
  out.sql += '(';
  AppendTargetType(target, out);
  out.sql += " = 'array' AND (";
  if (wanted.empty()) out.sql += name == "hasAll" ? '1' : '0';
  for (size_t i = 0; i < wanted.size(); ++i) {
    if (i > 0) out.sql += name == "hasAny" ? " OR " : " AND ";
    AV_RETURN_IF_ERROR(AppendHasOne(target, wanted[i], out));
  }
  out.sql += "))";
  return Status::Ok();
}

}  // namespace archivolt
