#include "records/order_by.h"

#include <algorithm>
#include <vector>

#include "records/record_errors.h"
#include "records/row_sql.h"

namespace archivolt {
namespace {

constexpr size_t kMaxTerms = 8;

struct Term {
  std::string_view column;
  bool descending = false;
};

Result<Term> ParseTerm(const Table& table, const Value& value) {
  if (!value.is_string()) {
    return InvalidCall(table.name, "orderBy",
                       "orderBy takes \"column\", \"-column\" or an array of those.");
  }
  std::string_view name = value.AsString();
  const bool descending = name.starts_with('-');
  if (descending) name.remove_prefix(1);
  const Column* column = table.Find(name);
  if (column == nullptr) return UnknownColumn(table, name);
  if (column->kind == Kind::kJson || column->kind == Kind::kBlob) {
    return InvalidColumn(table, column->name, "orderBy", "holds values that have no order");
  }
  return Term{column->name, descending};
}

void AppendTerm(std::string& sql, std::string_view alias, std::string_view column,
                bool descending) {
  if (!sql.empty()) sql += ", ";
  AppendColumn(sql, alias, column);
  if (descending) sql += " DESC";
}

}  // namespace

Result<std::string> CompileOrderBy(const Table& table, std::string_view alias,
                                   const Value& order_by) {
  std::vector<Term> terms;
  if (order_by.is_array()) {
    if (order_by.AsArray().size() > kMaxTerms) {
      return InvalidCall(table.name, "orderBy", "orderBy takes no more than 8 columns.");
    }
    for (const Value& item : order_by.AsArray()) {
      AV_ASSIGN_OR_RETURN(const Term term, ParseTerm(table, item));
      terms.push_back(term);
    }
  } else if (!order_by.is_null()) {
    AV_ASSIGN_OR_RETURN(const Term term, ParseTerm(table, order_by));
    terms.push_back(term);
  }

  std::string sql;
  for (const Term& term : terms) AppendTerm(sql, alias, term.column, term.descending);
  const bool descending = !terms.empty() && terms.back().descending;
  if (table.has_pk) {
    AppendTerm(sql, alias, "pk", descending);
    return sql;
  }
  for (const std::string_view key : table.key) {
    const bool named = std::any_of(terms.begin(), terms.end(),
                                   [&](const Term& term) { return term.column == key; });
    if (!named) AppendTerm(sql, alias, key, descending);
  }
  return sql;
}

}  // namespace archivolt
