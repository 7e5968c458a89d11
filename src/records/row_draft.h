// A row on its way into the database: checked columns with their stored values.
//
// Owns what a new or changed row must name and must not name, and what the core fills in (id,
// created_at, updated_at). Does not touch the database.
#pragma once

#include <cstdint>
#include <vector>

#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"

namespace archivolt {

struct RowDraft {
  std::vector<const Column*> columns;
  std::vector<Value> values;  // as ToStored gives them; bytes are views of the row

  void Add(const Column& column, Value value);
};

/// Checks a row to insert and fills in id, created_at and updated_at where the table has them and
/// the row does not. Errors: INVALID_ARGUMENT {table, column, rule}; rule "required" for a column
/// that must be given.
Result<RowDraft> DraftInsert(const Table& table, const Object& row, int64_t now_micros,
                             IdSource& ids);

/// Checks a patch. updated_at is always `now_micros`: the one that the patch may name is of the row
/// as it was read. Key columns may be named with the value they have (`key`, in the order of
/// table.key); another one is refused.
Result<RowDraft> DraftUpdate(const Table& table, const Object& patch, const std::vector<Value>& key,
                             int64_t now_micros);

/// The stored values of the key columns. `id` is the value of the one key column, or an object with
/// all of them.
Result<std::vector<Value>> DraftKey(const Table& table, const Value& id);

}  // namespace archivolt
