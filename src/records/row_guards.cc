#include "records/row_guards.h"

#include <iterator>
#include <vector>

#include "records/audit.h"
#include "records/catalogue.h"
#include "records/kept_columns.h"
#include "records/row_sql.h"
#include "records/rules.h"
#include "records/value_forms.h"

namespace archivolt {
namespace {

constexpr std::string_view kEvents[] = {"INSERT", "UPDATE", "DELETE"};

// A wrong value of a new row, or of a column that an update changes.
void AddRule(std::string_view table, std::string_view column, std::string_view name,
             std::string_view expectation, std::string_view columns, std::string_view violation,
             RowEvent event, std::string& sql) {
  sql += " WHEN ";
  if (event == RowEvent::kUpdate) {
    std::string_view rest = columns;
    sql += '(';
    while (!rest.empty()) {
      const size_t blank = rest.find(' ');
      const std::string_view one = rest.substr(0, blank);
      rest = blank == std::string_view::npos ? std::string_view() : rest.substr(blank + 1);
      sql.append("NEW.").append(one).append(" IS NOT OLD.").append(one);
      if (!rest.empty()) sql += " OR ";
    }
    sql += ") AND ";
  }
  sql.append(violation)
      .append(" THEN RAISE(ABORT, '")
      .append(table)
      .append(".")
      .append(column)
      .append("|")
      .append(name)
      .append("|")
      .append(expectation)
      .append("')");
}

std::string Checks(const Table& table, RowEvent event) {
  std::string sql;
  if (event == RowEvent::kDelete) return sql;
  if (table.has_id) {
    AddRule(table.name, "id", "id", "must be 1 to 200 characters", "id",
            "length(NEW.id) NOT BETWEEN 1 AND 200", event, sql);
  }
  for (const Rule& rule : AllRules()) {
    if (rule.table != table.name) continue;
    std::string columns(rule.kind == RuleKind::kSql ? rule.columns : rule.column);
    if (rule.kind == RuleKind::kOrder || rule.kind == RuleKind::kAfter)
      columns.append(" ").append(rule.text);
    if (table.Find("origin") != nullptr) columns += " origin";
    AddRule(table.name, rule.column, RuleName(rule), RuleExpectation(rule), columns,
            RuleViolation(rule), event, sql);
  }
  return sql.empty() ? sql : "SELECT CASE" + sql + " END;";
}

std::string Corrections(const Table& table, const std::vector<KeptColumn>& kept) {
  if (kept.empty()) return {};
  std::string set;
  std::string when;
  for (const KeptColumn& column : kept) {
    set += set.empty() ? " SET " : ", ";
    AppendName(set, column.column);
    set += " = iif(" + column.when + ", " + column.value + ", NEW.";
    AppendName(set, column.column);
    set += ")";
    when += when.empty() ? "((" : ") OR (";
    when += column.when;
  }
  std::string sql = "UPDATE ";
  AppendName(sql, table.name);
  sql += set + " WHERE ";
  for (const std::string_view key : table.key) {
    AppendName(sql, key);
    sql += " = NEW.";
    AppendName(sql, key);
    sql += " AND ";
  }
  return sql + when + ")) AND archivolt_keep(1);";
}

std::string Body(const Table& table, RowEvent event, bool with_identifiers) {
  std::vector<KeptColumn> kept;
  if (event != RowEvent::kDelete) kept = KeptColumns(table, event, with_identifiers);
  std::string updates = Corrections(table, kept) + FollowingUpdates(table.name, event);
  if (!updates.empty()) updates += "SELECT archivolt_keep(0);";
  return Checks(table, event) + updates + AuditStatement(table, event, kept);
}

}  // namespace

const ScalarFunction RowGuards::kFunctions[] = {
    // Whether a guard has to act; a row's time starts here, when it is first asked for.
    {"archivolt_acts", 0, false,
     [](FunctionCall& call, void* owner) {
       auto& guards = *static_cast<RowGuards*>(owner);
       const bool acts = !guards.passing_ && !guards.keeping();
       if (acts) guards.now_ = 0;
       call.Answer(static_cast<int64_t>(acts));
     }},
    {"archivolt_keep", 1, false,
     [](FunctionCall& call, void* owner) {
       auto& guards = *static_cast<RowGuards*>(owner);
       const bool keeps = !guards.context_.imports();
       if (keeps) guards.keeping_run_ = call.Int(0) != 0 ? guards.database_.runs() : 0;
       call.Answer(static_cast<int64_t>(keeps));
     }},
    {"archivolt_now", 0, false,
     [](FunctionCall& call, void* owner) {
       auto& guards = *static_cast<RowGuards*>(owner);
       if (guards.now_ == 0) guards.now_ = guards.clock_.NowMicros();
       call.Answer(guards.now_);
     }},
    {"archivolt_called", 0, false,
     [](FunctionCall& call, void* owner) {
       call.Answer(
           static_cast<int64_t>(static_cast<RowGuards*>(owner)->database_.runs_callers_sql()));
     }},
    {"archivolt_records", 0, false,
     [](FunctionCall& call, void* owner) {
       call.Answer(static_cast<int64_t>(static_cast<RowGuards*>(owner)->context_.records()));
     }},
    {"archivolt_actor", 0, false,
     [](FunctionCall& call, void* owner) {
       const std::string& actor = static_cast<RowGuards*>(owner)->context_.actor();
       if (!actor.empty()) call.Answer(actor);
     }},
    {"archivolt_id", 0, false,
     [](FunctionCall& call, void* owner) {
       call.Answer(static_cast<RowGuards*>(owner)->ids_.NewId());
     }},
    {"archivolt_change", -1, false,
     [](FunctionCall& call, void* owner) {
       auto& guards = *static_cast<RowGuards*>(owner);
       const bool changed =
           guards.context_.records() && DescribeChange(call, guards.before_, guards.after_);
       call.Answer(static_cast<int64_t>(changed));
     }},
    {"archivolt_side", 1, false,
     [](FunctionCall& call, void* owner) {
       const auto& guards = *static_cast<RowGuards*>(owner);
       const std::string& side = call.Int(0) == 0 ? guards.before_ : guards.after_;
       if (!side.empty()) call.Answer(side);
     }},
    {"archivolt_fields", -1, false,
     [](FunctionCall& call, void* owner) {
       const auto& guards = *static_cast<RowGuards*>(owner);
       call.Answer(guards.context_.records() ? DescribeFields(call) : std::string("{}"));
     }},
    {"archivolt_trim", 1, true,
     [](FunctionCall& call, void*) {
       if (call.type(0) == FunctionCall::Type::kText) call.Answer(TrimBlanks(call.Text(0)));
     }},
    {"archivolt_form", 2, true,
     [](FunctionCall& call, void*) {
       const std::string_view text = call.Text(1);
       if (call.type(1) != FunctionCall::Type::kText) return;
       const bool fits = call.Int(0) == 0
                             ? IsEmailAddress(text)
                             : IsUrl(text, call.Int(0) == 1 ? UrlForm::kWeb : UrlForm::kRepository);
       call.Answer(static_cast<int64_t>(fits));
     }},
    // The last one, which Install leaves out when there are no words.
    {"archivolt_identifiers", 2, false,
     [](FunctionCall& call, void* owner) {
       const auto& guards = *static_cast<RowGuards*>(owner);
       std::string text(call.Text(0));
       call.Answer(guards.words_(text.append(" ").append(call.Text(1))));
     }},
};

Status RowGuards::Install() {
  if (database_.read_only() || installed_) return Status::Ok();
  for (const ScalarFunction& function : kFunctions) {
    if (registered_ || (words_ == nullptr && &function == std::end(kFunctions) - 1)) continue;
    AV_RETURN_IF_ERROR(database_.CreateFunction(function, this));
  }
  registered_ = true;
  std::vector<std::string_view> names;
  for (const Table& table : AllTables()) names.push_back(table.name);
  database_.GuardTables(names, [this](std::string_view table) { return Guard(table); });
  installed_ = true;
  return FillIdentifiers();
}

Result<bool> RowGuards::Fits(const Table& table) {
  AV_ASSIGN_OR_RETURN(Statement columns,
                      database_.Prepare("SELECT count(*) FROM pragma_table_info(?1)"));
  AV_RETURN_IF_ERROR(columns.Bind(1, table.name));
  AV_RETURN_IF_ERROR(columns.Step().status());
  return columns.Int(0) == std::ssize(table.columns) + (table.has_pk ? 1 : 0);
}

Status RowGuards::Guard(std::string_view name) {
  const Table& table = *FindTable(name);
  // An older schema lacks columns; nothing writes there before it is brought up.
  AV_ASSIGN_OR_RETURN(const bool fits, Fits(table));
  if (!fits) return Status::Ok();
  for (const RowEvent event : {RowEvent::kInsert, RowEvent::kUpdate, RowEvent::kDelete}) {
    const std::string body = Body(table, event, words_ != nullptr);
    if (body.empty()) continue;
    const std::string_view verb = kEvents[static_cast<size_t>(event)];
    std::string sql = "archivolt_";
    sql.append(verb).append("_").append(name).append(" AFTER ").append(verb).append(" ON main.");
    AppendName(sql, name);
    AV_RETURN_IF_ERROR(Make(sql.append(" WHEN archivolt_acts() BEGIN ").append(body)));
  }
  // REPLACE deletes without asking for the right to.
  if (name != "audit_log") return Status::Ok();
  return Make(
      "archivolt_keep_audit_log BEFORE DELETE ON main.audit_log WHEN archivolt_called() BEGIN "
      "SELECT RAISE(ABORT, 'audit_log.id|access|names an entry that is there, and entries are "
      "never replaced');");
}

Status RowGuards::Make(std::string_view trigger) {
  names_.emplace(trigger.substr(0, trigger.find(' ')));
  return database_.Execute("CREATE TEMP TRIGGER IF NOT EXISTS " + std::string(trigger) + " END");
}

Status RowGuards::FillIdentifiers() {
  // An older schema lacks the column.
  if (words_ == nullptr) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const bool fits, Fits(*FindTable("code_examples")));
  if (!fits) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const Value missing,
                      database_.QueryValue(
                          "SELECT EXISTS (SELECT 1 FROM code_examples WHERE identifiers IS NULL)"));
  if (missing.AsInt() == 0) return Status::Ok();
  AV_ASSIGN_OR_RETURN(
      Statement fill,
      database_.Prepare("UPDATE code_examples SET identifiers = archivolt_identifiers(title, "
                        "code_content) WHERE identifiers IS NULL AND archivolt_keep(1)"));
  return fill.Run();
}

Status RowGuards::Remove() {
  database_.GuardTables({}, nullptr);
  installed_ = false;
  while (!names_.empty()) {
    AV_RETURN_IF_ERROR(database_.Execute("DROP TRIGGER IF EXISTS temp." + *names_.begin()));
    names_.erase(names_.begin());
  }
  return Status::Ok();
}

}  // namespace archivolt
