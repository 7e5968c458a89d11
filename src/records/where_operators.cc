#include "records/where_operators.h"

#include <array>
#include <string>
#include <utility>

#include "codec/json.h"
#include "records/where_compiler.h"
#include "records/where_parts.h"

namespace archivolt {
namespace {

bool IsOrdered(const WhereTarget& target) {
  return target.column->kind != Kind::kBlob && target.column->kind != Kind::kBoolean;
}

void AppendIsNull(const WhereTarget& target, bool is_null, SqlFragment& out) {
  AppendTargetValue(target, out);
  out.sql += is_null ? " IS NULL" : " IS NOT NULL";
}

void AppendEquals(const WhereTarget& target, Value operand, SqlFragment& out) {
  if (target.is_json() && operand.is_bool()) {
    AppendTargetType(target, out);
    out.sql += " = ";
    AppendJsonBoolean(operand.AsBool(), out);
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
  AV_ASSIGN_OR_RETURN(Value value, WhereOperand(target, name, operand));
  if (negated) out.sql += '(';
  AppendEquals(target, std::move(value), out);
  if (negated) out.sql += ") IS NOT TRUE";
  return Status::Ok();
}

Status AppendNullTest(const WhereTarget& target, std::string_view name, const Value& operand,
                      SqlFragment& out) {
  if (!operand.is_bool()) return MisusedOperator(target, name, "takes true or false");
  AppendIsNull(target, operand.AsBool(), out);
  return Status::Ok();
}

Status CheckList(const WhereTarget& target, std::string_view name, const Value& operand) {
  if (!operand.is_array()) return MisusedOperator(target, name, "takes an array");
  if (operand.AsArray().size() > kMaxWhereListLength) {
    return MisusedOperator(
        target, name, "takes an array of up to " + std::to_string(kMaxWhereListLength) + " values");
  }
  return Status::Ok();
}

// One JSON parameter whatever the length, so that lists of all lengths share a statement.
Status AppendListParameter(const WhereTarget& target, std::string_view name, Array values,
                           SqlFragment& out) {
  Result<std::string> list = WriteJson(Value(std::move(values)));
  if (!list.ok()) return MisusedOperator(target, name, "takes values that JSON can hold");
  AppendParameter(Value(std::move(list).value()), out);
  return Status::Ok();
}

// What a list asks for: null and booleans are compared apart from the other values.
struct WantedValues {
  Array values;
  bool null = false;
  bool yes = false;
  bool no = false;
};

Result<WantedValues> ReadList(const WhereTarget& target, std::string_view name,
                              const Value& operand) {
  AV_RETURN_IF_ERROR(CheckList(target, name, operand));
  WantedValues wanted;
  for (const Value& item : operand.AsArray()) {
    if (item.is_null()) {
      wanted.null = true;
      continue;
    }
    AV_ASSIGN_OR_RETURN(Value value, WhereOperand(target, name, item));
    if (value.is_bool()) {
      (value.AsBool() ? wanted.yes : wanted.no) = true;
    } else {
      wanted.values.push_back(std::move(value));
    }
  }
  return wanted;
}

// The kinds are compared with the values, for 1 and true are one number to json_extract.
Status AppendJsonMembership(const WhereTarget& target, std::string_view name, WantedValues& wanted,
                            SqlFragment& out) {
  out.sql += "EXISTS (SELECT 1 FROM json_each(";
  AV_RETURN_IF_ERROR(AppendListParameter(target, name, std::move(wanted.values), out));
  out.sql += ") AS w WHERE (w.type = 'text') = (";
  AppendTargetType(target, out);
  out.sql += " = 'text') AND ";
  AppendTargetType(target, out);
  out.sql += " IN ('text', 'integer', 'real') AND w.value = ";
  AppendTargetValue(target, out);
  out.sql += ')';
  for (const bool value : {true, false}) {
    if (!(value ? wanted.yes : wanted.no)) continue;
    out.sql += " OR ";
    AppendTargetType(target, out);
    out.sql += " = ";
    AppendJsonBoolean(value, out);
  }
  return Status::Ok();
}

Status AppendMembership(const WhereTarget& target, std::string_view name, const Value& operand,
                        SqlFragment& out) {
  AV_ASSIGN_OR_RETURN(WantedValues wanted, ReadList(target, name, operand));
  out.sql += "((";
  if (target.is_json()) {
    AV_RETURN_IF_ERROR(AppendJsonMembership(target, name, wanted, out));
  } else {
    AppendTargetValue(target, out);
    out.sql += " IN (SELECT value FROM json_each(";
    AV_RETURN_IF_ERROR(AppendListParameter(target, name, std::move(wanted.values), out));
    out.sql += "))";
  }
  if (wanted.null) {
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
  if (!IsOrdered(target)) {
    return MisusedOperator(target, name, "cannot be used on a boolean or bytes");
  }
  if (operand.is_null()) return MisusedOperator(target, name, "takes a value, not null");
  AV_ASSIGN_OR_RETURN(Value value, WhereOperand(target, name, operand));
  if (value.is_bool()) return MisusedOperator(target, name, "takes a text or a number");
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
    return MisusedOperator(target, name, "takes an array of two values");
  }
  out.sql += '(';
  AV_RETURN_IF_ERROR(AppendOrdering(target, "gte", operand.AsArray()[0], out));
  out.sql += " AND ";
  AV_RETURN_IF_ERROR(AppendOrdering(target, "lte", operand.AsArray()[1], out));
  out.sql += ')';
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
  return MisusedOperator(
      target, name,
      "has no such operator; there are eq, ne, in, nin, isNull, lt, lte, gt, gte, between, like, "
      "contains, startsWith, has, hasAny and hasAll");
}

}  // namespace archivolt
