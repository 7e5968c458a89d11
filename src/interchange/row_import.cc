#include "interchange/row_import.h"

#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "records/constraint_errors.h"
#include "records/record_errors.h"
#include "records/row_codec.h"
#include "records/row_sql.h"

namespace archivolt {
namespace {

/// The statements of one batch. Parameters 1..n are the columns, those after them the defaults.
struct Statements {
  std::string exists;
  std::string insert;
  std::string update;  // empty: rows are never changed
};

struct Plan {
  const Table* table = nullptr;
  std::vector<const Column*> columns;
  size_t given = 0;           // of columns, the rest are defaults
  std::vector<size_t> key;    // places of the key in columns
  std::vector<Value> values;  // of the row at hand; the defaults stay
  Statements sql;
};

Result<const Column*> ColumnOf(const Table& table, const Value& name) {
  const Column* column = name.is_string() ? table.Find(name.AsString()) : nullptr;
  if (column == nullptr) {
    return UnknownColumn(table, name.is_string() ? std::string_view(name.AsString()) : "");
  }
  if (column->generated())
    return InvalidColumn(table, column->name, "generated", "is computed and cannot be written");
  return column;
}

void AppendKey(const Plan& plan, std::string& sql) {
  for (size_t i = 0; i < plan.key.size(); ++i) {
    sql += i == 0 ? " WHERE " : " AND ";
    AppendName(sql, plan.columns[plan.key[i]]->name);
    sql.append(" = ?").append(std::to_string(plan.key[i] + 1));
  }
}

// Words of code that changes are made anew: exactly where the schema's trigger takes the row's old
// words out of the index, so that they are still there for it.
std::string ForgetIdentifiers(const Plan& plan) {
  if (plan.table->name != "code_examples") return {};
  std::string changed;
  for (size_t i = 0; i < plan.given; ++i) {
    const std::string_view name = plan.columns[i]->name;
    if (name == "identifiers") return {};
    const std::string parameter = "?" + std::to_string(i + 1);
    if (name == "code_content") changed += " OR code_content IS NOT " + parameter;
    if (name == "title") {
      changed += " OR archivolt_trim(title) IS NOT archivolt_trim(" + parameter + ")";
    }
  }
  if (changed.empty()) return {};
  return ", identifiers = iif(0" + changed + ", NULL, identifiers)";
}

std::string UpdateWhereDifferent(const Plan& plan) {
  std::string set;
  std::string differs;
  for (size_t i = 0; i < plan.given; ++i) {
    const Column& column = *plan.columns[i];
    if (column.is_key()) continue;
    const std::string parameter = "?" + std::to_string(i + 1);
    set += set.empty() ? " SET " : ", ";
    AppendName(set, column.name);
    set.append(" = ").append(parameter);
    differs += differs.empty() ? " AND (" : " OR ";
    AppendName(differs, column.name);
    differs.append(" IS NOT ").append(parameter);
  }
  if (set.empty()) return {};
  set += ForgetIdentifiers(plan);
  std::string sql = "UPDATE ";
  AppendName(sql, plan.table->name);
  sql += set;
  AppendKey(plan, sql);
  return sql + differs + ")";
}

Result<Value> Stored(const Table& table, const Column& column, const Value& value) {
  if (column.kind != Kind::kJson || value.is_null()) return ToStored(table, column, value);
  // As it was written there: to be given back, and read without making it anew.
  if (!value.is_string())
    return InvalidColumn(table, column.name, "type", "must be the text of a JSON value");
  AV_ASSIGN_OR_RETURN(Value parsed, ParseJson(value.AsString()));
  AV_RETURN_IF_ERROR(ToStored(table, column, parsed).status());
  return value;
}

Result<Plan> PlanOf(const RowImport::Batch& batch) {
  Plan plan;
  plan.table = FindTable(batch.table);
  if (plan.table == nullptr || plan.table->access == Access::kCollections) {
    return InvalidCall(Printable(batch.table), "table", "Nothing is imported into such a table.");
  }
  const Table& table = *plan.table;
  for (const Value& name : batch.columns) {
    AV_ASSIGN_OR_RETURN(const Column* column, ColumnOf(table, name));
    plan.columns.push_back(column);
  }
  plan.given = plan.columns.size();
  plan.values.resize(plan.given);
  for (const Object::Member& member : batch.defaults) {
    AV_ASSIGN_OR_RETURN(const Column* column, ColumnOf(table, Value(member.key)));
    AV_ASSIGN_OR_RETURN(Value value, Stored(table, *column, member.value));
    plan.columns.push_back(column);
    plan.values.push_back(std::move(value));
  }
  for (const std::string_view name : table.key) {
    size_t place = 0;
    while (place < plan.given && plan.columns[place]->name != name) ++place;
    if (place == plan.given)
      return InvalidColumn(table, name, "key", "must be given to name a row");
    plan.key.push_back(place);
  }
  plan.sql.exists = "SELECT 1 FROM ";
  AppendName(plan.sql.exists, table.name);
  AppendKey(plan, plan.sql.exists);
  plan.sql.insert = InsertSql(table, plan.columns);
  if (table.access != Access::kAppendOnly) plan.sql.update = UpdateWhereDifferent(plan);
  return plan;
}

// Text and bytes stay where they are: `values` must outlive the statement's run.
Status BindPlaces(Statement& statement, std::span<const Value> values) {
  for (size_t i = 0; i < values.size(); ++i) {
    const int place = static_cast<int>(i) + 1;
    const Value& value = values[i];
    if (value.is_string()) {
      AV_RETURN_IF_ERROR(statement.BindBorrowed(place, std::string_view(value.AsString())));
    } else if (value.is_bytes()) {
      AV_RETURN_IF_ERROR(statement.BindBorrowed(place, value.AsBytes()));
    } else {
      AV_RETURN_IF_ERROR(statement.Bind(place, value));
    }
  }
  return Status::Ok();
}

bool IsTheRowsOwn(ErrorCode code) {
  return code == ErrorCode::INVALID_ARGUMENT || code == ErrorCode::CONSTRAINT ||
         code == ErrorCode::ALREADY_EXISTS;
}

constexpr std::string_view kFinish[] = {
    "UPDATE story_dependencies SET depends_on_id = (SELECT t.id FROM stories t WHERE t.origin = ?1 "
    "AND t.origin_id = depends_on_ref) WHERE depends_on_id IS NULL AND story_id IN (SELECT id FROM "
    "stories WHERE origin = ?1)",
    "UPDATE documents SET chunks_count = (SELECT count(*) FROM document_chunks c WHERE "
    "c.document_id = documents.id) WHERE origin = ?1 AND chunks_count IS NULL AND EXISTS (SELECT 1 "
    "FROM document_chunks c WHERE c.document_id = documents.id)",
    "UPDATE conversations SET last_message_at = (SELECT max(m.created_at) FROM messages m WHERE "
    "m.conversation_id = conversations.id) WHERE origin = ?1 AND last_message_at IS NULL",
};

enum class Outcome { kAdded, kUpdated, kUnchanged };

}  // namespace

Result<Value> RowImport::Write(const Batch& batch) {
  AV_ASSIGN_OR_RETURN(Plan plan, PlanOf(batch));
  const Table& table = *plan.table;
  AV_ASSIGN_OR_RETURN(Statement exists, database_.Prepare(plan.sql.exists));
  AV_ASSIGN_OR_RETURN(Statement insert, database_.Prepare(plan.sql.insert));
  std::optional<Statement> update;
  if (!plan.sql.update.empty()) {
    AV_ASSIGN_OR_RETURN(update, database_.Prepare(plan.sql.update));
  }

  // Only the key is bound for the look-up, by the numbers that it has in all three.
  const auto is_there = [&]() -> Result<bool> {
    exists.Reset();
    for (const size_t place : plan.key) {
      AV_RETURN_IF_ERROR(exists.Bind(static_cast<int>(place) + 1, plan.values[place]));
    }
    return exists.Step();
  };
  const auto write = [&](const Array& row) -> Result<Outcome> {
    const AuditContext::Import import(audit_);
    for (size_t i = 0; i < plan.given; ++i) {
      AV_ASSIGN_OR_RETURN(plan.values[i], Stored(table, *plan.columns[i], row[i]));
    }
    AV_ASSIGN_OR_RETURN(const bool there, is_there());
    if (there && !update.has_value()) return Outcome::kUnchanged;
    Statement& statement = there ? *update : insert;
    statement.Reset();
    const std::span<const Value> values(plan.values);
    AV_RETURN_IF_ERROR(BindPlaces(statement, there ? values.first(plan.given) : values));
    const Status stored = statement.Run();
    if (!stored.ok()) return ExplainFailedWrite(database_, table, {plan.columns, values}, stored);
    if (!there) return Outcome::kAdded;
    return database_.changes() > 0 ? Outcome::kUpdated : Outcome::kUnchanged;
  };

  int64_t counts[3] = {};
  Array rejects;
  for (size_t i = 0; i < batch.rows.size(); ++i) {
    const Value& row = batch.rows[i];
    if (!row.is_array() || row.AsArray().size() != plan.given)
      return InvalidCall(table.name, "rows", "A row is an array of a value for each column.");
    const Result<Outcome> outcome = write(row.AsArray());
    if (outcome.ok()) {
      ++counts[static_cast<size_t>(*outcome)];
    } else if (IsTheRowsOwn(outcome.status().code())) {
      rejects.emplace_back(Array{static_cast<int64_t>(i), outcome.status().message()});
    } else {
      return outcome.status();
    }
  }
  if (table.name == "code_examples") AV_RETURN_IF_ERROR(guards_.FillIdentifiers());
  return Value(Object{{"added", counts[0]},
                      {"updated", counts[1]},
                      {"unchanged", counts[2]},
                      {"rejects", std::move(rejects)}});
}

Status RowImport::Finish(std::string_view origin) {
  const AuditContext::Import import(audit_);
  for (const std::string_view sql : kFinish) {
    AV_ASSIGN_OR_RETURN(Statement update, database_.Prepare(sql));
    AV_RETURN_IF_ERROR(update.Bind(1, origin));
    AV_RETURN_IF_ERROR(update.Run());
  }
  return Status::Ok();
}

}  // namespace archivolt
