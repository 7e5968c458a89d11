#include "records/sql.h"

#include <optional>
#include <string>
#include <utility>

#include "storage/statement.h"
#include "storage/transaction.h"
#include "storage/undone_together.h"

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

size_t SizeOf(const Value& value) {
  if (value.is_string()) return value.AsString().size();
  return value.is_bytes() ? value.AsBytes().size() : 0;
}

}  // namespace

// A query whose rows are not all read.
struct SqlService::Cursor {
  Cursor(SlowQueries* slow, std::string_view text) : sql(text), timing(slow, sql) {}
  const std::string sql;
  const SlowQueries::Timing timing;
  Statement statement;
  int64_t rows = 0;
  size_t bytes = 0;
};

SqlService::SqlService(Database& database, SlowQueries* slow) : database_(database), slow_(slow) {}

SqlService::~SqlService() = default;

Result<Value> SqlService::Query(std::string_view sql, const Value& params, QueryOptions options) {
  auto cursor = std::make_unique<Cursor>(slow_, sql);
  AV_ASSIGN_OR_RETURN(cursor->statement, database_.PrepareReadOnly(sql, options.secrets));
  AV_RETURN_IF_ERROR(BindParams(cursor->statement, params));
  Array columns;
  for (int i = 0; i < cursor->statement.column_count(); ++i) {
    columns.emplace_back(cursor->statement.column_name(i));
  }
  cursor_ = std::move(cursor);
  Result<Value> first = Next(options.budget_ms);
  if (first.ok()) first->AsObject().Set("columns", std::move(columns));
  return first;
}

Result<Value> SqlService::Next(int64_t budget_ms) {
  // Whatever goes wrong ends the query.
  std::unique_ptr<Cursor> cursor = std::move(cursor_);
  if (cursor == nullptr) {
    return Status(ErrorCode::FAILED_PRECONDITION, "No query has rows left. Ask it anew.");
  }
  const int64_t end =
      budget_ms < 0 || slow_ == nullptr ? INT64_MAX : slow_->Now() + budget_ms * 1000;
  Statement& statement = cursor->statement;
  Object slice;
  Array rows;
  for (;;) {
    AV_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) break;
    Array row;
    row.reserve(static_cast<size_t>(statement.column_count()));
    for (int i = 0; i < statement.column_count(); ++i) {
      row.push_back(statement.Column(i));
      cursor->bytes += SizeOf(row.back());
    }
    if (++cursor->rows > kMaxRows || cursor->bytes > kMaxBytes) {
      return Status::InvalidArgument(
                 "The query yields more than 1000000 rows or 256 MiB. Add a LIMIT and read in "
                 "pages.")
          .With("argument", "sql");
    }
    rows.emplace_back(std::move(row));
    if (end != INT64_MAX && slow_->Now() >= end) {
      slice.Set("more", true);
      cursor_ = std::move(cursor);
      break;
    }
  }
  slice.Set("rows", std::move(rows));
  return Value(std::move(slice));
}

void SqlService::GiveUp() { cursor_.reset(); }

Result<Value> SqlService::Write(std::string_view sql, const Value& params) {
  AV_ASSIGN_OR_RETURN(Statement statement, database_.PrepareWrite(sql));
  AV_RETURN_IF_ERROR(BindParams(statement, params));
  AV_RETURN_IF_ERROR(statement.Run());
  return Value(Object{{"changes", database_.changes()}});
}

Result<Value> SqlService::Execute(std::string_view sql, const Value& params) {
  const SlowQueries::Timing timing(slow_, sql);
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  std::optional<UndoneTogether> together(std::in_place);
  AV_ASSIGN_OR_RETURN(Value result, Write(sql, params));
  together.reset();
  AV_RETURN_IF_ERROR(transaction.Commit());
  return result;
}

Result<Value> SqlService::Batch(const Array& statements) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  Array results;
  std::optional<UndoneTogether> together(std::in_place);
  for (size_t i = 0; i < statements.size(); ++i) {
    const Value* sql = statements[i].is_object() ? statements[i].AsObject().Find("sql") : nullptr;
    if (sql == nullptr || !sql->is_string()) {
      return Status::InvalidArgument("Each statement of a batch is an object with the text `sql`.")
          .With("statement", static_cast<int64_t>(i));
    }
    const Value* params = statements[i].AsObject().Find("params");
    const SlowQueries::Timing timing(slow_, sql->AsString());
    Result<Value> result = Write(sql->AsString(), params == nullptr ? Value() : *params);
    if (!result.ok()) return result.status().With("statement", static_cast<int64_t>(i));
    results.push_back(std::move(result).value());
  }
  together.reset();
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value(std::move(results));
}

}  // namespace archivolt
