#include "records/where_operators.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "base/utf.h"
#include "codec/json.h"
#include "records/record_errors.h"
#include "records/row_codec.h"
#include "records/where_compiler.h"

namespace archivolt {
namespace {

// SQLite matches no LIKE pattern above 50,000 bytes; escaping at most doubles the text.
constexpr size_t kMaxPatternBytes = 10'000;

Status Misused(const WhereTarget& target, std::string_view name, std::string_view expectation) {
  std::string text = "with ";
  text.append(Printable(name)).append(" ").append(expectation);
  return InvalidColumn(*target.table, target.column->name, "operator", text);
}

bool IsScalar(const Value& value) {
  return value.is_bool() || value.is_number() || value.is_string();
}

bool IsBlob(const WhereTarget& target) { return target.column->kind == Kind::kBlob; }

bool IsTextual(const WhereTarget& target) {
  const Kind kind = target.column->kind;
  return target.is_json() || kind == Kind::kText || kind == Kind::kDate;
}

bool IsOrdered(const WhereTarget& target) {
  return !IsBlob(target) && target.column->kind != Kind::kBoolean;
}

// An operand as the column is compared with it. In JSON true and 1 differ, so booleans stay what
// they are.
Result<Value> Operand(const WhereTarget& target, std::string_view name, const Value& value) {
  if (IsBlob(target)) return Misused(target, name, "cannot be used on bytes; isNull can");
  if (!target.is_json()) return ToOperand(*target.table, *target.column, value);
  if (!IsScalar(value)) {
    return Misused(target, name, "takes a text, a number or a boolean inside JSON");
  }
  if (value.is_string()) {
    AV_RETURN_IF_ERROR(CheckText(*target.table, target.column->name, value.AsString()));
  }
  return value;
}

void AppendParameter(Value value, SqlFragment& out) {
  out.sql += '?';
  out.bindings.push_back(std::move(value));
}

void AppendBooleanLiteral(bool value, SqlFragment& out) { out.sql += value ? "'true'" : "'false'"; }

void AppendIsNull(const WhereTarget& target, bool is_null, SqlFragment& out) {
  AppendTargetValue(target, out);
  out.sql += is_null ? " IS NULL" : " IS NOT NULL";
}

// SQLite orders numbers before texts and would find every text greater than 5; json_type keeps the
// kinds apart.
void AppendKindGuard(const WhereTarget& target, const Value& operand, SqlFragment& out) {
  if (!target.is_json()) return;
  AppendTargetType(target, out);
  out.sql += operand.is_string() ? " = 'text' AND " : " IN ('integer', 'real') AND ";
}

void AppendEquals(const WhereTarget& target, Value operand, SqlFragment& out) {
  if (target.is_json() && operand.is_bool()) {
    AppendTargetType(target, out);
    out.sql += " = ";
    AppendBooleanLiteral(operand.AsBool(), out);
    return;
  }
  out.sql += '(';
  AppendKindGuard(target, operand, out);
  AppendTargetValue(target, out);
  out.sql += " = ";
  AppendParameter(std::move(operand), out);
  out.sql += ')';
}

Status AppendEquality(const WhereTarget& target, std::string_view name, const Value& operand,
                      SqlFragment& out) {
  const bool negated = name == "ne";
  if (operand.is_null()) {
    AppendIsNull(target, !negated, out);
    return Status::Ok();
  }
  AV_ASSIGN_OR_RETURN(Value value, Operand(target, name, operand));
  if (negated) out.sql += '(';
  AppendEquals(target, std::move(value), out);
  if (negated) out.sql += ") IS NOT TRUE";
  return Status::Ok();
}

Status AppendNullTest(const WhereTarget& target, std::string_view name, const Value& operand,
                      SqlFragment& out) {
  if (!operand.is_bool()) return Misused(target, name, "takes true or false");
  AppendIsNull(target, operand.AsBool(), out);
  return Status::Ok();
}

Status CheckList(const WhereTarget& target, std::string_view name, const Value& operand) {
  if (!operand.is_array()) return Misused(target, name, "takes an array");
  if (operand.AsArray().size() > kMaxWhereListLength) {
    return Misused(target, name,
                   "takes an array of up to " + std::to_string(kMaxWhereListLength) + " values");
  }
  return Status::Ok();
}

// One JSON parameter whatever the length, so that lists of all lengths share a statement.
Status AppendListParameter(const WhereTarget& target, Array values, SqlFragment& out) {
  Result<std::string> list = WriteJson(Value(std::move(values)));
  if (!list.ok()) return Misused(target, "in", "takes values that JSON can hold");
  out.sql += '?';
  out.bindings.emplace_back(std::move(list).value());
  return Status::Ok();
}

Status AppendMembership(const WhereTarget& target, std::string_view name, const Value& operand,
                        SqlFragment& out) {
  AV_RETURN_IF_ERROR(CheckList(target, name, operand));
  Array values;
  bool with_null = false;
  bool with_true = false;
  bool with_false = false;
  for (const Value& item : operand.AsArray()) {
    if (item.is_null()) {
      with_null = true;
      continue;
    }
    AV_ASSIGN_OR_RETURN(Value value, Operand(target, name, item));
    if (value.is_bool()) {
      (value.AsBool() ? with_true : with_false) = true;
    } else {
      values.push_back(std::move(value));
    }
  }
  out.sql += "((";
  if (target.is_json()) {
    // The kind is compared with the value, for 1 and true are one number to json_extract.
    out.sql += "EXISTS (SELECT 1 FROM json_each(?) AS w WHERE ";
    Result<std::string> list = WriteJson(Value(std::move(values)));
    if (!list.ok()) return Misused(target, name, "takes values that JSON can hold");
    out.bindings.emplace_back(std::move(list).value());
    out.sql += "(w.type = 'text') = (";
    AppendTargetType(target, out);
    out.sql += " = 'text') AND ";
    AppendTargetType(target, out);
    out.sql += " IN ('text', 'integer', 'real') AND w.value = ";
    AppendTargetValue(target, out);
    out.sql += ')';
    for (const bool wanted : {true, false}) {
      if (!(wanted ? with_true : with_false)) continue;
      out.sql += " OR ";
      AppendTargetType(target, out);
      out.sql += " = ";
      AppendBooleanLiteral(wanted, out);
    }
  } else {
    AppendTargetValue(target, out);
    out.sql += " IN (SELECT value FROM json_each(";
    AV_RETURN_IF_ERROR(AppendListParameter(target, std::move(values), out));
    out.sql += "))";
  }
  if (with_null) {
    out.sql += " OR ";
    AppendIsNull(target, true, out);
  }
  out.sql += name == "nin" ? ") IS NOT TRUE)" : "))";
  return Status::Ok();
}

std::string_view Comparison(std::string_view name) {
  if (name == "lt") return " < ";
  if (name == "lte") return " <= ";
  if (name == "gt") return " > ";
  return " >= ";
}

Status AppendOrdering(const WhereTarget& target, std::string_view name, const Value& operand,
                      SqlFragment& out) {
  if (!IsOrdered(target)) return Misused(target, name, "cannot be used on a boolean or bytes");
  if (operand.is_null()) return Misused(target, name, "takes a value, not null");
  AV_ASSIGN_OR_RETURN(Value value, Operand(target, name, operand));
  if (value.is_bool()) return Misused(target, name, "takes a text or a number");
  out.sql += '(';
  AppendKindGuard(target, value, out);
  AppendTargetValue(target, out);
  out.sql += Comparison(name);
  AppendParameter(std::move(value), out);
  out.sql += ')';
  return Status::Ok();
}

Status AppendBetween(const WhereTarget& target, std::string_view name, const Value& operand,
                     SqlFragment& out) {
  if (!operand.is_array() || operand.AsArray().size() != 2) {
    return Misused(target, name, "takes an array of two values");
  }
  out.sql += '(';
  AV_RETURN_IF_ERROR(AppendOrdering(target, "gte", operand.AsArray()[0], out));
  out.sql += " AND ";
  AV_RETURN_IF_ERROR(AppendOrdering(target, "lte", operand.AsArray()[1], out));
  out.sql += ')';
  return Status::Ok();
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

Status AppendTextMatch(const WhereTarget& target, std::string_view name, const Value& operand,
                       SqlFragment& out) {
  if (!IsTextual(target)) return Misused(target, name, "can be used on text only");
  if (!operand.is_string()) return Misused(target, name, "takes a text");
  const std::string& text = operand.AsString();
  AV_RETURN_IF_ERROR(CheckText(*target.table, target.column->name, text));
  if (text.size() > kMaxPatternBytes) {
    return Misused(target, name,
                   "takes a text of up to " + std::to_string(kMaxPatternBytes) + " bytes");
  }
  if (name == "startsWith") {
    AppendPrefix(target, text, out);
    return Status::Ok();
  }
  if (name == "like" &&
      (text.size() - std::min(text.size(), text.find_last_not_of('\\') + 1)) % 2 != 0) {
    return Misused(target, name, "takes a pattern that does not end in a single \\");
  }
  out.sql += '(';
  AppendTargetValue(target, out);
  out.sql += " LIKE ";
  AppendParameter(Value(name == "like" ? text : "%" + EscapedForLike(text) + "%"), out);
  out.sql += " ESCAPE '\\')";
  return Status::Ok();
}

Status AppendHasOne(const WhereTarget& target, const Value& wanted, SqlFragment& out) {
  AV_ASSIGN_OR_RETURN(Value value, Operand(target, "has", wanted));
  out.sql.append("EXISTS (SELECT 1 FROM json_each(")
      .append(target.column_sql)
      .append(", ?) AS e WHERE ");
  out.bindings.emplace_back(target.json_path);
  if (value.is_bool()) {
    out.sql += "e.type = ";
    AppendBooleanLiteral(value.AsBool(), out);
  } else {
    out.sql += value.is_string() ? "e.type = 'text'" : "e.type IN ('integer', 'real')";
    out.sql += " AND e.value = ";
    AppendParameter(std::move(value), out);
  }
  out.sql += ')';
  return Status::Ok();
}

Status AppendHas(const WhereTarget& target, std::string_view name, const Value& operand,
                 SqlFragment& out) {
  constexpr size_t kMaxWanted = 100;
  if (!target.is_json()) return Misused(target, name, "can be used on JSON arrays only");
  const Array one = {operand};
  if (name != "has") {
    if (!operand.is_array() || operand.AsArray().size() > kMaxWanted) {
      return Misused(target, name, "takes an array of up to 100 values");
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

using Append = Status (*)(const WhereTarget&, std::string_view, const Value&, SqlFragment&);

struct Operator {
  std::string_view name;
  Append append;
};

constexpr std::array<Operator, 16> kOperators = {{
    {"eq", AppendEquality},
    {"ne", AppendEquality},
    {"isNull", AppendNullTest},
    {"in", AppendMembership},
    {"nin", AppendMembership},
    {"lt", AppendOrdering},
    {"lte", AppendOrdering},
    {"gt", AppendOrdering},
    {"gte", AppendOrdering},
    {"between", AppendBetween},
    {"like", AppendTextMatch},
    {"contains", AppendTextMatch},
    {"startsWith", AppendTextMatch},
    {"has", AppendHas},
    {"hasAny", AppendHas},
    {"hasAll", AppendHas},
}};

}  // namespace

Status AppendCondition(const WhereTarget& target, std::string_view name, const Value& operand,
                       SqlFragment& out) {
  for (const Operator& candidate : kOperators) {
    if (candidate.name == name) return candidate.append(target, name, operand, out);
  }
  return Misused(
      target, name,
      "has no such operator; there are eq, ne, in, nin, isNull, lt, lte, gt, gte, between, like, "
      "contains, startsWith, has, hasAny and hasAll");
}

}  // namespace archivolt
