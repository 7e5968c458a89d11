// The rules on write: what a row made here must obey beyond types, lengths and the schema's CHECKs.
//
// One declarative table; row_guards.h makes triggers of it, so that every path obeys: tables,
// services, callers' SQL and cascades. A rule names the origins whose rows it holds for: those of
// other systems must be able to hold what their real exports hold (schema/README.md, 21). Of an
// update only the columns that change are judged. Errors: CONSTRAINT {table, column, rule}, for
// "unique" ALREADY_EXISTS.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace archivolt {

enum class RuleKind : uint8_t {
  kNotBlank,       // more than blanks; stored without those at its ends
  kEmail,          // IsEmailAddress
  kWebUrl,         // http, https
  kRepositoryUrl,  // also ssh, git, user@host:path
  kRange,          // min to max
  kOneOf,          // one of the texts, separated by ", "
  kArray,          // a JSON array
  kDate,           // a day of the calendar
  kOrder,          // not before the column that `text` names
  kAfter,          // later than the column that `text` names
  kSql,            // `text` is the condition of a wrong row
};

/// Bounds of kRange that are none.
inline constexpr double kNoLower = -1e308;
inline constexpr double kNoUpper = 1e308;

struct Rule {
  std::string_view table;
  std::string_view column;
  RuleKind kind;
  double min = kNoLower;
  double max = kNoUpper;
  std::string_view text = {};
  /// Of kSql: the rule's name, the columns it looks at (separated by blanks), and what is expected.
  std::string_view name = {};
  std::string_view columns = {};
  std::string_view expectation = {};
  /// Origins as an SQL list; "" = every row.
  std::string_view origins = "'local'";
};

/// All of them, those of a table together.
std::span<const Rule> AllRules();

/// "range", "email", ...: the detail `rule` of the error.
std::string_view RuleName(const Rule& rule);

/// "must be 0 to 21": what completes "<table>.<column> ...".
std::string RuleExpectation(const Rule& rule);

/// An SQL condition over NEW that is true for a wrong row, its origin included.
std::string RuleViolation(const Rule& rule);

/// SQL for the origin of the row NEW or OLD (`row`) of a table: its column, its parent's, or
/// 'local'.
std::string OriginOf(std::string_view table, std::string_view row);

}  // namespace archivolt
