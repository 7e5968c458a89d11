#include "records/row_draft.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "records/record_errors.h"
#include "records/row_codec.h"

namespace archivolt {
namespace {

// Moments that begin with the row itself, unless the caller knows better.
constexpr std::string_view kTimesOfInsert[] = {"created_at",      "updated_at",     "started_at",
                                               "called_at",       "estimate_date",  "earned_at",
                                               "last_message_at", "validation_date"};

bool Names(const RowDraft& draft, std::string_view column) {
  return std::any_of(draft.columns.begin(), draft.columns.end(),
                     [&](const Column* named) { return named->name == column; });
}

Result<const Column*> WritableColumn(const Table& table, std::string_view name) {
  const Column* column = table.Find(name);
  if (column == nullptr) return UnknownColumn(table, name);
  if (column->generated()) {
    return InvalidColumn(table, column->name, "generated", "is computed and cannot be written");
  }
  return column;
}

void FillTime(const Table& table, std::string_view name, int64_t now_micros, RowDraft& draft) {
  const Column* column = table.Find(name);
  if (column != nullptr && column->kind == Kind::kTimestamp && !Names(draft, name)) {
    draft.Add(*column, Value(now_micros));
  }
}

}  // namespace

void RowDraft::Add(const Column& column, Value value) {
  columns.push_back(&column);
  values.push_back(std::move(value));
}

Result<RowDraft> DraftInsert(const Table& table, const Object& row, int64_t now_micros,
                             IdSource& ids) {
  RowDraft draft;
  for (const Object::Member& member : row) {
    AV_ASSIGN_OR_RETURN(const Column* column, WritableColumn(table, member.key));
    if (Names(draft, column->name)) {
      return InvalidColumn(table, column->name, "column", "must be named once");
    }
    AV_ASSIGN_OR_RETURN(Value value, ToStored(table, *column, member.value));
    draft.Add(*column, std::move(value));
  }
  if (table.has_id && !Names(draft, "id")) draft.Add(*table.Find("id"), Value(ids.NewId()));
  for (const std::string_view name : kTimesOfInsert) FillTime(table, name, now_micros, draft);
  // A login is a use; a key that was issued has not been used.
  if (table.name == "auth_sessions") FillTime(table, "last_used_at", now_micros, draft);
  for (const Column& column : table.columns) {
    if (column.nullable() || column.has_default() || column.generated() ||
        Names(draft, column.name))
      continue;
    return InvalidColumn(table, column.name, "required", "must be given");
  }
  return draft;
}

Result<RowDraft> DraftUpdate(const Table& table, const Object& patch, const std::vector<Value>& key,
                             int64_t now_micros) {
  RowDraft draft;
  for (const Object::Member& member : patch) {
    AV_ASSIGN_OR_RETURN(const Column* column, WritableColumn(table, member.key));
    if (Names(draft, column->name)) {
      return InvalidColumn(table, column->name, "column", "must be named once");
    }
    AV_ASSIGN_OR_RETURN(Value value, ToStored(table, *column, member.value));
    const auto place = std::find(table.key.begin(), table.key.end(), column->name);
    if (place != table.key.end()) {
      if (key[static_cast<size_t>(place - table.key.begin())] == value) continue;
      return InvalidColumn(table, column->name, "key", "names the row and cannot be changed");
    }
    if (column->name == "updated_at") continue;
    draft.Add(*column, std::move(value));
  }
  if (!draft.columns.empty()) FillTime(table, "updated_at", now_micros, draft);
  return draft;
}

Result<std::vector<Value>> DraftKey(const Table& table, const Value& id) {
  std::vector<Value> key;
  if (!id.is_object()) {
    if (table.key.size() != 1) {
      std::string message = "A row of ";
      message.append(table.name).append(" is named by an object with");
      for (const std::string_view column : table.key) message.append(" ").append(column);
      return InvalidCall(table.name, "key", message + ".");
    }
    AV_ASSIGN_OR_RETURN(Value value, ToStored(table, *table.Find(table.key[0]), id));
    key.push_back(std::move(value));
    return key;
  }
  for (const std::string_view name : table.key) {
    const Column* column = table.Find(name);
    const Value* value = id.AsObject().Find(name);
    if (value == nullptr) return InvalidColumn(table, name, "key", "must be given to name a row");
    AV_ASSIGN_OR_RETURN(Value stored, ToStored(table, *column, *value));
    key.push_back(std::move(stored));
  }
  if (id.AsObject().size() != table.key.size()) {
    return InvalidCall(table.name, "key", "A row is named by its key columns and no others.");
  }
  return key;
}

}  // namespace archivolt
