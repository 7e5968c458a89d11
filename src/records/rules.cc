#include "records/rules.h"

#include <cmath>

#include "records/catalogue.h"

namespace archivolt {
namespace {

using Text = std::string_view;
using enum RuleKind;

// Tables without an origin of their own: where their rows' parent is named.
struct Parent {
  Text table;
  Text parent;
  Text key;
};
constexpr Parent kParents[] = {
    {"user_preferences", "users", "user_id"},
    {"story_dependencies", "stories", "story_id"},
    {"validation_errors", "validations", "validation_id"},
    {"cost_projections", "cloud_estimates", "estimate_id"},
    {"conversation_settings", "conversations", "conversation_id"},
    {"feedback", "messages", "message_id"},
};

// Bounds are whole numbers.
std::string Number(double value) { return std::to_string(std::llround(value)); }

std::string Joined(std::initializer_list<Text> parts) {
  std::string out;
  for (const Text part : parts) out += part;
  return out;
}

// "a, b" -> "'a', 'b'".
std::string Quoted(Text list) {
  std::string out = "'";
  for (size_t i = 0; i < list.size(); ++i) {
    if (list[i] == ',') {
      out += "', '";
      ++i;
    } else {
      out += list[i];
    }
  }
  return out + "'";
}

std::string WrongValue(const Rule& rule, const std::string& value) {
  switch (rule.kind) {
    case kNotBlank:
      return Joined({"archivolt_trim(", value, ") = ''"});
    case kEmail:
      return Joined({"NOT archivolt_form(0, ", value, ")"});
    case kWebUrl:
      return Joined({"NOT archivolt_form(1, ", value, ")"});
    case kRepositoryUrl:
      return Joined({"NOT archivolt_form(2, ", value, ")"});
    case kRange: {
      if (rule.max == kNoUpper) return Joined({value, " < ", Number(rule.min)});
      return Joined({value, " NOT BETWEEN ", Number(rule.min), " AND ", Number(rule.max)});
    }
    case kOneOf:
      return Joined({value, " NOT IN (", Quoted(rule.text), ")"});
    case kArray:
      return Joined({"json_type(", value, ") <> 'array'"});
    case kDate:
      return Joined({value, " <> ifnull(date(", value, "), '')"});
    case kOrder:
      return Joined({value, " < NEW.", rule.text});
    case kAfter:
      return Joined({value, " <= NEW.", rule.text});
    case kSql:
      break;
  }
  return std::string(rule.text);
}

}  // namespace

std::string_view RuleName(const Rule& rule) {
  switch (rule.kind) {
    case kNotBlank:
      return "not blank";
    case kEmail:
      return "email";
    case kWebUrl:
    case kRepositoryUrl:
      return "url";
    case kRange:
      return "range";
    case kOneOf:
      return "enum";
    case kArray:
      return "array";
    case kDate:
      return "date";
    case kOrder:
    case kAfter:
      return "order";
    case kSql:
      break;
  }
  return rule.name;
}

std::string RuleExpectation(const Rule& rule) {
  switch (rule.kind) {
    case kNotBlank:
      return "must hold more than blanks";
    case kEmail:
      return "must be an e-mail address such as ada@example.com";
    case kWebUrl:
      return "must be a URL that begins with http:// or https://";
    case kRepositoryUrl:
      return "must be a URL of http, https, ssh or git, or have the form git@host:path";
    case kRange:
      if (rule.max == kNoUpper) return Joined({"must be ", Number(rule.min), " or more"});
      return Joined({"must be ", Number(rule.min), " to ", Number(rule.max)});
    case kOneOf:
      return Joined({"must be one of ", rule.text});
    case kArray:
      return "must be a JSON array";
    case kDate:
      return "must be a day of the calendar, YYYY-MM-DD";
    case kOrder:
      return Joined({"must not be before ", rule.text});
    case kAfter:
      return Joined({"must be later than ", rule.text});
    case kSql:
      break;
  }
  return std::string(rule.expectation);
}

std::string RuleViolation(const Rule& rule) {
  std::string sql = "(" + WrongValue(rule, Joined({"NEW.", rule.column})) + ")";
  if (!rule.origins.empty())
    sql += Joined({" AND ", OriginOf(rule.table, "NEW"), " IN (", rule.origins, ")"});
  return sql;
}

std::string OriginOf(std::string_view table, std::string_view row) {
  const Table* known = FindTable(table);
  if (known != nullptr && known->Find("origin") != nullptr) return Joined({row, ".origin"});
  for (const Parent& parent : kParents) {
    if (parent.table == table) {
      return Joined(
          {"(SELECT origin FROM ", parent.parent, " WHERE id = ", row, ".", parent.key, ")"});
    }
  }
  return "'local'";
}

}  // namespace archivolt
