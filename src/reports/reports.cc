#include "reports/reports.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/utf.h"
#include "records/catalogue.h"
#include "records/row_codec.h"
#include "reports/report_table.h"
#include "storage/statement.h"
#include "text/query_tokens.h"

namespace archivolt {
namespace {

constexpr int64_t kMicrosPerDay = 86'400'000'000;
constexpr int64_t kMaxOffsetMinutes = 1440;
constexpr size_t kMaxTextBytes = size_t{64} * 1024;

Status Refuse(std::string_view argument, std::string_view expectation) {
  std::string message("The parameter ");
  message.append(argument).append(" of a report ").append(expectation).append(".");
  return Status::InvalidArgument(std::move(message)).With("argument", std::string(argument));
}

/// One word of Report::params.
struct Parameter {
  std::string_view name;
  int64_t fallback = 0;
  bool required = false;
};

/// The next word of `words`, which shrinks; an empty name at the end.
Parameter NextParameter(std::string_view* words) {
  const size_t end = std::min(words->find(' '), words->size());
  Parameter parameter{words->substr(0, end)};
  words->remove_prefix(std::min(end + 1, words->size()));
  const size_t colon = parameter.name.find(':');
  if (colon != std::string_view::npos) {
    for (const char digit : parameter.name.substr(colon + 1)) {
      parameter.fallback = parameter.fallback * 10 + (digit - '0');
    }
    parameter.name = parameter.name.substr(0, colon);
  } else if (parameter.name.ends_with('!')) {
    parameter.required = true;
    parameter.name.remove_suffix(1);
  }
  return parameter;
}

bool IsGiven(const Object& params, std::string_view name) {
  const Value* value = params.Find(name);
  return value != nullptr && !value->is_null();
}

Result<Value> Integer(const Parameter& parameter, const Value& value, int64_t low, int64_t high) {
  if (value.is_null()) return Value(parameter.fallback);
  if (!value.is_int() || value.AsInt() < low || value.AsInt() > high) {
    return Refuse(parameter.name,
                  "must be an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

/// The value that the SQL gets; `matches` becomes false when nothing can be found at all.
Result<Value> Bound(const Report& report, const Parameter& parameter, const Value& value,
                    Clock& clock, bool* matches) {
  const std::string_view name = parameter.name;
  if (name == "limit") return Integer(parameter, value, 1, ReportService::kMaxRows);
  if (name == "utcOffset") {
    return Integer(parameter, value, -kMaxOffsetMinutes, kMaxOffsetMinutes);
  }
  if (value.is_null()) {
    if (name != "since" || report.since_days == 0) return value;
    return Value(clock.NowMicros() - report.since_days * kMicrosPerDay);
  }
  if (!value.is_string()) return Refuse(name, "must be a text");
  const std::string& text = value.AsString();
  if (name == "since" || name == "until") {
    const Result<int64_t> micros = ParseIso8601(text);
    if (!micros.ok()) return Refuse(name, "must be a time such as 2026-01-30T10:30:00.123456Z");
    return Value(*micros);
  }
  if (text.size() > kMaxTextBytes || !IsValidUtf8(text)) {
    return Refuse(name, "must be valid Unicode text of at most 64 KiB");
  }
  if (name == "query") {
    KeywordQuery query = ParseKeywordQuery(text, {.prefix_last = false});
    *matches = *matches && !query.words.empty();
    return Value(std::move(query.words));
  }
  const Table* table = FindTable(report.table);
  const Column* column = table == nullptr ? nullptr : table->Find(name);
  if (column != nullptr && !column->values.empty() &&
      std::ranges::find(column->values, text) == column->values.end()) {
    return Refuse(name, "must be one of the values of its column");
  }
  // SQLite would take the text to end there.
  if (text.find('\0') != std::string::npos) return Refuse(name, "must not hold a NUL character");
  return value;
}

const Report* Choose(std::string_view name, const Object& params, std::string_view* missing) {
  for (const Report& report : AllReports()) {
    if (report.name != name) continue;
    bool complete = true;
    for (std::string_view words = report.params; complete && !words.empty();) {
      const Parameter parameter = NextParameter(&words);
      if (!parameter.required || IsGiven(params, parameter.name)) continue;
      complete = false;
      *missing = parameter.name;
    }
    if (complete) return &report;
  }
  return nullptr;
}

Result<Value> ReadReportRow(const Table* table, const Statement& row) {
  Object object;
  for (int i = 0; i < row.column_count(); ++i) {
    const std::string_view name = row.column_name(i);
    if (name == "pk" || name == "password_hash") continue;
    const Column* column = table == nullptr ? nullptr : table->Find(name);
    if (column != nullptr) {
      AV_ASSIGN_OR_RETURN(Value value, FromStored(*table, *column, row, i));
      object.Append(std::string(name), std::move(value));
    } else if (name.ends_with("_at") && !row.IsNull(i)) {
      object.Append(std::string(name), FormatMicros(row.Int(i)));
    } else {
      object.Append(std::string(name), row.Column(i));
    }
  }
  return Value(std::move(object));
}

Result<Array> Rows(Database& database, std::string_view sql, std::string_view table,
                   const Object& members) {
  AV_ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  AV_RETURN_IF_ERROR(statement.BindMembers(members));
  Array rows;
  for (;;) {
    AV_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return rows;
    AV_ASSIGN_OR_RETURN(Value row, ReadReportRow(FindTable(table), statement));
    rows.push_back(std::move(row));
  }
}

}  // namespace

Result<Value> ReportService::Run(std::string_view name, const Object& params) {
  std::string_view missing;
  const Report* report = Choose(name, params, &missing);
  if (report == nullptr) {
    if (!missing.empty()) return Refuse(missing, "must be given");
    return Status::InvalidArgument("There is no report of that name.").With("argument", "name");
  }
  Object members;
  bool matches = true;
  for (std::string_view words = report->params; !words.empty();) {
    const Parameter parameter = NextParameter(&words);
    const Value* given = params.Find(parameter.name);
    AV_ASSIGN_OR_RETURN(Value bound, Bound(*report, parameter, given == nullptr ? Value() : *given,
                                           clock_, &matches));
    members.Append(std::string(parameter.name), std::move(bound));
  }
  for (const Object::Member& member : params) {
    if (members.Find(member.key) == nullptr) {
      return Status::InvalidArgument("The report takes no such parameter.")
          .With("argument", IsValidUtf8(member.key) ? member.key : "params");
    }
  }
  if (!matches && !report->single) return Value(Array());
  AV_ASSIGN_OR_RETURN(Array rows, Rows(database_, report->sql, report->table, members));
  if (!report->single) return Value(std::move(rows));
  if (rows.empty()) return Value();
  if (!report->detail.empty()) {
    AV_ASSIGN_OR_RETURN(Array detail,
                        Rows(database_, report->detail_sql, report->detail_table, members));
    rows[0].AsObject().Append(std::string(report->detail), std::move(detail));
  }
  return std::move(rows[0]);
}

}  // namespace archivolt
