#include "records/sql.h"

#include <string>
#include <utility>

#include "storage/statement.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

Status BindParams(Statement& statement, const Value& params) {
  if (params.is_null()) return statement.BindValues({});
  if (params.is_array()) return statement.BindValues(params.AsArray());
  if (params.is_object()) return statement.BindMembers(params.AsObject());
  return Status::InvalidArgument("params must be an array or an object, not " +
                                 std::string(params.KindName()) + ".")
      .With("argument", "params");
}

}  // namespace

Result<Value> SqlService::Query(std::string_view sql, const Value& params) {
  const SlowQueries::Timing timing(slow_, sql);
  AV_ASSIGN_OR_RETURN(Statement statement, database_.PrepareReadOnly(sql));
  AV_RETURN_IF_ERROR(BindParams(statement, params));
  const int width = statement.column_count();
  Array columns;
  for (int i = 0; i < width; ++i) columns.emplace_back(statement.column_name(i));
  Array rows;
  for (;;) {
    AV_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) break;
    if (static_cast<int64_t>(rows.size()) == kMaxRows) {
      return Status::InvalidArgument(
                 "The query yields more than 1000000 rows. Add a LIMIT and read in pages.")
          .With("argument", "sql");
    }
    Array row;
    row.reserve(static_cast<size_t>(width));
    for (int i = 0; i < width; ++i) row.push_back(statement.Column(i));
    rows.emplace_back(std::move(row));
  }
  return Value(Object{{"columns", std::move(columns)}, {"rows", std::move(rows)}});
}

Result<Value> SqlService::Execute(std::string_view sql, const Value& params) {
  const SlowQueries::Timing timing(slow_, sql);
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  int64_t changes = 0;
  {
    AV_ASSIGN_OR_RETURN(Statement statement, database_.PrepareWrite(sql));
    AV_RETURN_IF_ERROR(BindParams(statement, params));
    AV_RETURN_IF_ERROR(statement.Run());
    changes = database_.changes();
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value(Object{{"changes", changes}});
}

Result<Value> SqlService::Batch(const Array& statements) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  Array results;
  for (size_t i = 0; i < statements.size(); ++i) {
    const Value* sql = statements[i].is_object() ? statements[i].AsObject().Find("sql") : nullptr;
    if (sql == nullptr || !sql->is_string()) {
      return Status::InvalidArgument("Each statement of a batch is an object with the text `sql`.")
          .With("statement", static_cast<int64_t>(i));
    }
    const Value* params = statements[i].AsObject().Find("params");
    Result<Value> result = Execute(sql->AsString(), params == nullptr ? Value() : *params);
    if (!result.ok()) return result.status().With("statement", static_cast<int64_t>(i));
    results.push_back(std::move(result).value());
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value(std::move(results));
}

}  // namespace archivolt
