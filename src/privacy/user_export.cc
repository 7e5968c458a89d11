#include "privacy/user_export.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "base/utf.h"
#include "codec/json.h"
#include "records/row_codec.h"

namespace archivolt {
namespace {

constexpr size_t kPieceBytes = 256 << 10;

/// What proves or opens something; the file says that they are held.
constexpr std::string_view kWithheld[] = {
    "api_keys.ciphertext",     "api_keys.extra",           "api_keys.key_hash",
    "api_keys.origin_id",      "auth_sessions.data",       "auth_sessions.extra",
    "auth_sessions.origin_id", "auth_sessions.token_hash", "cache_entries.key",
    "users.password_hash",
};
/// Held in numbers that say nothing to a person; the texts they were made of are here.
constexpr std::string_view kCountedOnly = "vector_points";

bool IsWithheld(const Table& table, std::string_view column) {
  return std::ranges::find(kWithheld, std::string(table.name) + "." + std::string(column)) !=
         std::end(kWithheld);
}

/// What JSON cannot hold is told instead of ending the export.
void MakeWritable(const Table& table, Object& row) {
  for (Object::Member& member : row) {
    Value& value = member.value;
    if (!value.is_null() && (value.is_bytes() || IsWithheld(table, member.key))) {
      value = "[withheld]";
    } else if (value.is_string() && !IsValidUtf8(value.AsString())) {
      value = "[not valid UTF-8]";
    } else if (value.is_double() && !std::isfinite(value.AsNumber())) {
      value = "[not a finite number]";
    }
  }
}

}  // namespace

Status UserExport::Begin(std::string_view user) {
  state_.reset();
  AV_ASSIGN_OR_RETURN(PersonalRows rows, PersonalRows::Collect(database_, user, "exported_rows"));
  AV_ASSIGN_OR_RETURN(Value vectors, database_.QueryValue("SELECT count(*) FROM " + rows.table() +
                                                          " WHERE tbl = 'vector_points'"));
  Array withheld;
  for (const std::string_view name : kWithheld) withheld.emplace_back(name);
  AV_ASSIGN_OR_RETURN(std::string head,
                      WriteJson(Value(Object{{"format", "archivolt-user-export"},
                                             {"version", 1},
                                             {"exportedAt", FormatMicros(clock_.NowMicros())},
                                             {"user", user},
                                             {"withheld", std::move(withheld)},
                                             {"vectors", std::move(vectors)}})));
  head.back() = ',';
  head += "\"tables\":{";
  state_ = std::unique_ptr<State>(new State{std::move(rows), std::move(head)});
  return Status::Ok();
}

Result<Value> UserExport::Next() {
  if (state_ == nullptr) {
    return Status(ErrorCode::FAILED_PRECONDITION, "No export is under way. Begin one.");
  }
  State& state = *state_;
  while (!state.done && state.next.size() < kPieceBytes) AV_RETURN_IF_ERROR(Advance(state));
  Value piece(Object{{"text", std::exchange(state.next, std::string())}, {"more", !state.done}});
  if (state.done) End();
  return piece;
}

Status UserExport::Advance(State& state) {
  const std::span<const Table> tables = AllTables();
  if (state.table == tables.size()) {
    state.next += "}}";
    state.done = true;
    return Status::Ok();
  }
  const Table& table = tables[state.table];
  bool more = false;
  if (table.name != kCountedOnly) {
    AV_ASSIGN_OR_RETURN(
        Statement rows,
        database_.Prepare("SELECT " + ColumnList(table, "") + (table.has_pk ? ", pk" : ", NULL") +
                          " FROM " + Quoted(table.name) + " WHERE " +
                          AmongRows(table, state.rows.table(), "own < 2") +
                          (table.has_pk ? " AND pk > ?1 ORDER BY pk" : "")));
    if (table.has_pk) AV_RETURN_IF_ERROR(rows.Bind(1, state.after));
    while (true) {
      AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
      if (!row) break;
      AV_ASSIGN_OR_RETURN(Value value, ReadRow(table, rows));
      MakeWritable(table, value.AsObject());
      AV_ASSIGN_OR_RETURN(const std::string json, WriteJson(value));
      if (state.after < 0) {
        state.next += (state.first_table ? "\"" : ",\"") + std::string(table.name) + "\":[";
        state.first_table = false;
      } else {
        state.next += ",\n";
      }
      state.next += json;
      state.after = table.has_pk ? rows.Int(static_cast<int>(table.columns.size())) : 0;
      more = table.has_pk && state.next.size() >= kPieceBytes;
      if (more) break;
    }
  }
  if (more) return Status::Ok();
  if (state.after >= 0) state.next += "]";
  ++state.table;
  state.after = -1;
  return Status::Ok();
}

}  // namespace archivolt
