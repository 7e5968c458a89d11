#include "records/audit.h"

#include <algorithm>
#include <iterator>

#include "base/utf.h"
#include "codec/json.h"
#include "codec/json_writer.h"
#include "records/row_sql.h"
#include "storage/authorizer.h"

namespace archivolt {
namespace {

constexpr size_t kMaxValueBytes = 4096;
// SQLite takes JSON of up to 1000 levels for valid, and an entry adds some around a value.
constexpr int64_t kMaxBrackets = 900;
constexpr std::string_view kSecret = "\"[secret]\"";

// Rows of these are told by one entry of the call that writes them, or are no one's doing.
constexpr std::string_view kNotRecorded[] = {
    "audit_log",   "cache_entries",     "embedding_queue",    "import_rejects", "migration_state",
    "rate_limits", "schema_migrations", "vector_collections", "vector_graphs",  "vector_points",
};
constexpr std::string_view kSettings[] = {"conversation_settings", "dynamic_config",
                                          "static_config", "user_preferences"};

bool Holds(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

// Times that the core keeps and words that it makes out of other columns are no change.
bool IsRecorded(const Table& table, const Column& column) {
  if (column.name == "updated_at" || column.name == "identifiers") return false;
  if (!Holds(kSettings, table.name)) return true;
  return !column.is_key() && column.name != "created_at" && column.name != "updated_by" &&
         column.name != "origin_id";
}

std::string ValidUtf8(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const DecodedChar next = DecodeUtf8(text, at);
    AppendUtf8(out, next.value);
    at += next.length;
  }
  return out;
}

void AppendText(std::string_view text, std::string& out) {
  if (IsValidUtf8(text)) {
    AppendJsonString(text, out);
  } else {
    AppendJsonString(ValidUtf8(text), out);
  }
}

std::string_view Cut(std::string_view text) {
  return text.size() <= kMaxValueBytes ? text
                                       : text.substr(0, FloorToCharacter(text, kMaxValueBytes));
}

void AppendNumber(double number, std::string& out) {
  const Result<std::string> json = WriteJson(Value(number));
  out += json.ok() ? *json : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

void AppendValue(const Table& table, const Column& column, const FunctionCall& call, int index,
                 std::string& out) {
  const FunctionCall::Type type = call.type(index);
  if (type == FunctionCall::Type::kNull) {
    out += "null";
    return;
  }
  if (IsSecretColumn(table.name, column.name)) {
    out += kSecret;
    return;
  }
  if (type == FunctionCall::Type::kInteger) {
    const int64_t number = call.Int(index);
    if (column.kind == Kind::kBoolean) {
      out += number != 0 ? "true" : "false";
    } else if (column.kind == Kind::kTimestamp) {
      AppendJsonString(FormatMicros(number), out);
    } else {
      AppendJsonInteger(number, out);
    }
    return;
  }
  if (type == FunctionCall::Type::kReal) {
    AppendNumber(call.Real(index), out);
    return;
  }
  const std::string_view text = call.Text(index);
  if (type == FunctionCall::Type::kBlob) {
    out += "{\"bytes\":";
    AppendJsonInteger(static_cast<int64_t>(text.size()), out);
    out += '}';
  } else if (text.size() > kMaxValueBytes) {
    out += "{\"text\":";
    AppendText(Cut(text), out);
    out += ",\"bytes\":";
    AppendJsonInteger(static_cast<int64_t>(text.size()), out);
    out += '}';
  } else if (column.kind == Kind::kJson && IsValidUtf8(text) &&
             std::ranges::count_if(text, [](char c) { return c == '[' || c == '{'; }) <
                 kMaxBrackets) {
    out += text;
  } else {
    AppendText(text, out);
  }
}

void AppendMember(std::string_view name, std::string& out) {
  out += out.empty() ? '{' : ',';
  AppendJsonString(name, out);
  out += ':';
}

// The value as a person would write it, in JSON's quotes; null for none.
void AppendPlain(const Table& table, const Column& column, const FunctionCall& call, int index,
                 std::string& out) {
  const FunctionCall::Type type = call.type(index);
  if (type == FunctionCall::Type::kText) {
    const std::string_view text = call.Text(index);
    std::string plain(Cut(text));
    if (plain.size() < text.size()) plain += "... (" + std::to_string(text.size()) + " bytes)";
    AppendText(plain, out);
    return;
  }
  std::string json;
  AppendValue(table, column, call, index, json);
  if (type == FunctionCall::Type::kNull) {
    out += json;
  } else {
    AppendJsonString(json, out);
  }
}

// The column after the statement and after what the core corrected of it.
std::string NewValue(const Column& column, std::span<const KeptColumn> kept) {
  std::string given = "NEW.";
  AppendName(given, column.name);
  for (const KeptColumn& known : kept) {
    if (known.column == column.name)
      return "iif(" + known.when + ", " + known.value + ", " + given + ")";
  }
  return given;
}

// event, table, and the columns' values as DescribeChange reads them.
std::string Arguments(const Table& table, RowEvent event, std::span<const KeptColumn> kept) {
  std::string sql =
      std::to_string(static_cast<int>(event)) + ", " + std::to_string(&table - AllTables().data());
  for (const Column& column : table.columns) {
    if (!IsRecorded(table, column)) continue;
    if (event != RowEvent::kInsert) {
      sql += ", OLD.";
      AppendName(sql, column.name);
    }
    if (event != RowEvent::kDelete) sql += ", " + NewValue(column, kept);
  }
  return sql;
}

std::string KeyOf(const Table& table, std::string_view row) {
  // The scope of a setting names its entries; the field has a column of its own.
  const size_t parts = table.name == "conversation_settings" ? 1 : table.key.size();
  std::string sql;
  for (size_t i = 0; i < parts; ++i) {
    if (i > 0) sql += " || '/' || ";
    AppendColumn(sql, row, table.key[i]);
  }
  return sql;
}

// Walks over the columns of a call: visit(column, index of the old value or -1, of the new or -1).
template <typename Visit>
void ForEachColumn(const FunctionCall& call, const Table& table, Visit visit) {
  const auto event = static_cast<RowEvent>(call.Int(0));
  int next = 2;
  for (const Column& column : table.columns) {
    if (!IsRecorded(table, column)) continue;
    const int before = event == RowEvent::kInsert ? -1 : next++;
    const int after = event == RowEvent::kDelete ? -1 : next++;
    if (before >= 0 && after >= 0 && call.Same(before, after)) continue;
    const int only = before < 0 ? after : before;
    if ((before < 0 || after < 0) && call.type(only) == FunctionCall::Type::kNull) continue;
    visit(column, before, after);
  }
}

const Table& TableOf(const FunctionCall& call) {
  return AllTables()[static_cast<size_t>(call.Int(1))];
}

}  // namespace

Status WriteAuditEntry(Database& database, Clock& clock, IdSource& ids, const AuditContext& context,
                       const AuditEntry& entry) {
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database.Prepare(
          "INSERT INTO audit_log(id, user_id, actor, action, resource_type, resource_id, details, "
          "status, created_at) VALUES (?1, (SELECT id FROM users WHERE id = ?2), nullif(?2, ''), "
          "?3, nullif(?4, ''), nullif(?5, ''), ?6, ?7, ?8)"));
  Value details;
  if (!entry.details.is_null()) {
    AV_ASSIGN_OR_RETURN(std::string json, WriteJson(entry.details));
    details = Value(std::move(json));
  }
  AV_RETURN_IF_ERROR(write.BindAll(entry.id.empty() ? ids.NewId() : std::string(entry.id),
                                   context.actor(), entry.action, entry.resource_type,
                                   entry.resource_id, details,
                                   entry.success ? "success" : "failure", clock.NowMicros()));
  return write.Run();
}

std::string AuditStatement(const Table& table, RowEvent event, std::span<const KeptColumn> kept) {
  if (Holds(kNotRecorded, table.name)) return {};
  const bool settings = Holds(kSettings, table.name);
  const bool one_field = table.name == "conversation_settings";
  constexpr std::string_view kActions[] = {"insert", "update", "delete"};
  const std::string_view row = event == RowEvent::kDelete ? "OLD" : "NEW";
  std::string sql =
      "INSERT INTO audit_log(id, user_id, actor, created_at, action, resource_type, resource_id, "
      "field_name, old_value, new_value, value_format) SELECT archivolt_id(), (SELECT id FROM "
      "users WHERE id = archivolt_actor()), archivolt_actor(), archivolt_now(), '";
  sql.append(settings ? "config_change" : kActions[static_cast<size_t>(event)])
      .append("', '")
      .append(table.name)
      .append("', ")
      .append(KeyOf(table, row));
  const std::string arguments = Arguments(table, event, kept);
  if (one_field) {
    // A setting's value is JSON; a text is shown without its quotes.
    const auto plain = [&](RowEvent absent, std::string_view side) -> std::string {
      if (event == absent) return "NULL";
      const std::string value = std::string(side) + ".value";
      return "iif(json_type(" + value + ") = 'text', " + value + " ->> '$', " + value + ")";
    };
    sql.append(", ").append(row).append(".field, ");
    sql.append(plain(RowEvent::kInsert, "OLD"))
        .append(", ")
        .append(plain(RowEvent::kDelete, "NEW"));
    sql.append(", 'text' WHERE archivolt_records()");
    if (event == RowEvent::kUpdate) sql += " AND OLD.value IS NOT NEW.value";
    return sql + ";";
  }
  if (settings) {
    return sql + ", key, value ->> 0, value ->> 1, 'text' FROM json_each(archivolt_fields(" +
           arguments + "));";
  }
  return sql +
         ", NULL, archivolt_side(0), archivolt_side(1), 'json' WHERE archivolt_records() AND "
         "archivolt_change(" +
         arguments + ");";
}

bool DescribeChange(const FunctionCall& call, std::string& before, std::string& after) {
  const Table& table = TableOf(call);
  before.clear();
  after.clear();
  ForEachColumn(call, table, [&](const Column& column, int old_value, int new_value) {
    if (old_value >= 0) {
      AppendMember(column.name, before);
      AppendValue(table, column, call, old_value, before);
    }
    if (new_value >= 0) {
      AppendMember(column.name, after);
      AppendValue(table, column, call, new_value, after);
    }
  });
  if (!before.empty()) before += '}';
  if (!after.empty()) after += '}';
  return !before.empty() || !after.empty();
}

std::string DescribeFields(const FunctionCall& call) {
  const Table& table = TableOf(call);
  std::string out;
  ForEachColumn(call, table, [&](const Column& column, int old_value, int new_value) {
    AppendMember(column.name, out);
    out += '[';
    for (const int value : {old_value, new_value}) {
      if (value < 0) {
        out += "null";
      } else {
        AppendPlain(table, column, call, value, out);
      }
      out += value == old_value ? "," : "]";
    }
  });
  return out.empty() ? "{}" : out + "}";
}

}  // namespace archivolt
