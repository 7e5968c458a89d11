#include "records/where_parts.h"

#include <utility>

#include "records/record_errors.h"
#include "records/row_codec.h"

namespace archivolt {
namespace {

bool IsScalar(const Value& value) {
  return value.is_bool() || value.is_number() || value.is_string();
}

bool IsBlob(const WhereTarget& target) { return target.column->kind == Kind::kBlob; }

}  // namespace

Status MisusedOperator(const WhereTarget& target, std::string_view name,
                       std::string_view expectation) {
  std::string text = "with ";
  text.append(Printable(name)).append(" ").append(expectation);
  return InvalidColumn(*target.table, target.column->name, "operator", text);
}

Result<Value> WhereOperand(const WhereTarget& target, std::string_view name, const Value& value) {
  if (IsBlob(target)) return MisusedOperator(target, name, "cannot be used on bytes; isNull can");
  if (!target.is_json()) return ToOperand(*target.table, *target.column, value);
  if (!IsScalar(value)) {
    return MisusedOperator(target, name, "takes a text, a number or a boolean inside JSON");
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

void AppendJsonBoolean(bool value, SqlFragment& out) { out.sql += value ? "'true'" : "'false'"; }

void AppendKindGuard(const WhereTarget& target, const Value& operand, SqlFragment& out) {
  if (!target.is_json()) return;
  AppendTargetType(target, out);
  out.sql += operand.is_string() ? " = 'text' AND " : " IN ('integer', 'real') AND ";
}

}  // namespace archivolt
