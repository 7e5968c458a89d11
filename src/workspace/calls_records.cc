// Calls to tables, SQL and transactions.
#include <optional>
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

constexpr int64_t kMaxSliceMillis = 10'000;

}  // namespace

Result<Value> CallRecordsInsert(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  AV_ASSIGN_OR_RETURN(const Object* row, ObjectArgument(params, "row"));
  return services.records.Insert(table, *row);
}

Result<Value> CallRecordsInsertMany(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  AV_ASSIGN_OR_RETURN(const Array* rows, ArrayArgument(params, "rows"));
  AV_ASSIGN_OR_RETURN(std::vector<std::string> ids, services.records.InsertMany(table, *rows));
  Array result;
  result.reserve(ids.size());
  for (std::string& id : ids) result.emplace_back(std::move(id));
  return Value(Object{{"ids", std::move(result)}});
}

Result<Value> CallRecordsGet(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  return services.records.Get(table, Argument(params, "id"));
}

Result<Value> CallRecordsFind(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  FindOptions options;
  options.where = Argument(params, "where");
  options.order_by = Argument(params, "orderBy");
  AV_ASSIGN_OR_RETURN(options.offset, IntegerArgument(params, "offset", 0, 0, INT64_MAX));
  if (!Argument(params, "limit").is_null()) {
    AV_ASSIGN_OR_RETURN(options.limit, IntegerArgument(params, "limit", 0, 0, kMaxFoundRows));
  }
  const std::string label = "find " + table;
  const SlowQueries::Timing timing(&services.slow_queries, label);
  AV_ASSIGN_OR_RETURN(Array rows, services.records.Find(table, options));
  return Value(std::move(rows));
}

Result<Value> CallRecordsCount(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  const std::string label = "count " + table;
  const SlowQueries::Timing timing(&services.slow_queries, label);
  AV_ASSIGN_OR_RETURN(const int64_t count,
                      services.records.Count(table, Argument(params, "where")));
  return Value(count);
}

Result<Value> CallRecordsUpdate(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  AV_ASSIGN_OR_RETURN(const Object* patch, ObjectArgument(params, "patch"));
  return services.records.Update(table, Argument(params, "id"), *patch);
}

Result<Value> CallRecordsDelete(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  AV_ASSIGN_OR_RETURN(const bool deleted, services.records.Delete(table, Argument(params, "id")));
  return Value(deleted);
}

Result<Value> CallSqlQuery(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string sql, TextArgument(params, "sql"));
  QueryOptions options;
  AV_ASSIGN_OR_RETURN(options.budget_ms,
                      IntegerArgument(params, "budgetMs", -1, 0, kMaxSliceMillis));
  AV_ASSIGN_OR_RETURN(options.secrets, BooleanArgument(params, "secrets", false));
  return services.sql.Query(sql, Argument(params, "params"), options);
}

Result<Value> CallSqlNext(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t budget,
                      IntegerArgument(params, "budgetMs", -1, 0, kMaxSliceMillis));
  if (budget >= 0) return services.sql.Next(budget);
  services.sql.GiveUp();
  return Value();
}

Result<Value> CallSqlExecute(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string sql, TextArgument(params, "sql"));
  return services.sql.Execute(sql, Argument(params, "params"));
}

Result<Value> CallSqlBatch(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const Array* statements, ArrayArgument(params, "statements"));
  return services.sql.Batch(*statements);
}

Result<Value> CallTxBegin(WorkspaceServices& services, const Object&) {
  if (services.transaction.has_value()) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "A transaction is open already. Finish it before beginning another.");
  }
  AV_ASSIGN_OR_RETURN(services.transaction, Transaction::Begin(*services.database));
  return Value();
}

namespace {

Result<Transaction> TakeTransaction(WorkspaceServices& services) {
  if (!services.transaction.has_value()) {
    return Status(ErrorCode::FAILED_PRECONDITION, "No transaction is open.");
  }
  Transaction transaction = std::move(*services.transaction);
  services.transaction.reset();
  return transaction;
}

}  // namespace

Result<Value> CallTxCommit(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, TakeTransaction(services));
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value();
}

Result<Value> CallTxRollback(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, TakeTransaction(services));
  AV_RETURN_IF_ERROR(transaction.Rollback());
  return Value();
}

}  // namespace archivolt
