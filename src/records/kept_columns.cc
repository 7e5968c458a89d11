#include "records/kept_columns.h"

#include "records/rules.h"

namespace archivolt {
namespace {

using Text = std::string_view;

// A time that is set when a row comes into a state and was not given.
struct Stamp {
  Text table;
  Text column;
  Text state;   // condition over the row @
  bool leaves;  // whether it becomes NULL again when the row leaves the state
};
constexpr Stamp kStamps[] = {
    {"stories", "completed_at", "@.status = 'done'", true},
    {"tasks", "completed_at", "@.status IN ('done','completed')", true},
    {"ai_requests", "completed_at", "@.status IN ('completed','failed')", true},
    {"agent_traces", "completed_at", "@.status <> 'running'", true},
    {"conversations", "archived_at", "@.status = 'archived'", true},
    {"documents", "deleted_at", "@.is_deleted = 1", true},
    {"documents", "indexed_at", "@.status = 'indexed'", false},
    {"ab_comparisons", "preference_at", "@.preference IS NOT NULL", true},
    {"achievements", "earned_at", "1", false},
    {"validations", "validation_date", "1", false},
    {"cloud_estimates", "estimate_date", "1", false},
    {"user_teams", "joined_at", "1", false},
};

struct Following {
  Text table;
  RowEvent event;
  Text sql;
};
// Without messages a conversation has its own beginning for the time of the last one.
#define LAST_MESSAGE                                                                         \
  "UPDATE conversations SET last_message_at = ifnull((SELECT max(created_at) FROM messages " \
  "WHERE conversation_id = conversations.id), created_at), updated_at = archivolt_now() WHERE id "
constexpr Following kFollowing[] = {
    {"messages", RowEvent::kInsert, LAST_MESSAGE "= NEW.conversation_id AND NEW.origin = 'local'"},
    {"messages", RowEvent::kUpdate,
     LAST_MESSAGE "IN (OLD.conversation_id, NEW.conversation_id) AND NEW.origin = 'local' AND "
                  "(NEW.content IS NOT OLD.content OR NEW.created_at IS NOT OLD.created_at OR "
                  "NEW.conversation_id <> OLD.conversation_id)"},
    {"messages", RowEvent::kDelete, LAST_MESSAGE "= OLD.conversation_id AND OLD.origin = 'local'"},
    {"auth_sessions", RowEvent::kInsert,
     "UPDATE users SET login_count = login_count + 1, last_login_at = ifnull(NEW.created_at, "
     "archivolt_now()), updated_at = archivolt_now() WHERE id = NEW.user_id AND NEW.origin = "
     "'local'"},
    // Whoever silences the audit trail to take in a whole document counts its chunks as well: each
    // update would rewrite the document's row, with all of its content.
    {"document_chunks", RowEvent::kInsert,
     "UPDATE documents SET chunks_count = ifnull(chunks_count, (SELECT count(*) - 1 FROM "
     "document_chunks WHERE document_id = NEW.document_id)) + 1, updated_at = archivolt_now() "
     "WHERE id = NEW.document_id AND NEW.origin = 'local' AND archivolt_records()"},
    {"document_chunks", RowEvent::kUpdate,
     "UPDATE documents SET chunks_count = (SELECT count(*) FROM document_chunks WHERE document_id "
     "= documents.id), updated_at = archivolt_now() WHERE id IN (OLD.document_id, "
     "NEW.document_id) AND NEW.document_id IS NOT OLD.document_id AND NEW.origin = 'local' AND "
     "archivolt_records()"},
    {"document_chunks", RowEvent::kDelete,
     "UPDATE documents SET chunks_count = max(ifnull(chunks_count - 1, (SELECT count(*) FROM "
     "document_chunks WHERE document_id = OLD.document_id)), 0), updated_at = archivolt_now() "
     "WHERE id = OLD.document_id AND OLD.origin = 'local' AND archivolt_records()"},
    {"agent_tool_calls", RowEvent::kInsert,
     "UPDATE agent_traces SET total_tool_calls = (SELECT count(*) FROM agent_tool_calls WHERE "
     "trace_id = NEW.trace_id) WHERE id = NEW.trace_id AND NEW.origin = 'local'"},
    {"agent_tool_calls", RowEvent::kUpdate,
     "UPDATE agent_traces SET total_tool_calls = (SELECT count(*) FROM agent_tool_calls WHERE "
     "trace_id = agent_traces.id) WHERE id IN (OLD.trace_id, NEW.trace_id) AND NEW.trace_id IS "
     "NOT OLD.trace_id AND NEW.origin = 'local'"},
    {"agent_tool_calls", RowEvent::kDelete,
     "UPDATE agent_traces SET total_tool_calls = (SELECT count(*) FROM agent_tool_calls WHERE "
     "trace_id = OLD.trace_id) WHERE id = OLD.trace_id AND OLD.origin = 'local'"},
};
#undef LAST_MESSAGE

std::string Of(Text row, Text column) { return std::string(row).append(".").append(column); }

// The condition over the row, never NULL.
std::string InState(const Stamp& stamp, Text row) {
  std::string sql = "((";
  for (const char c : stamp.state) {
    if (c == '@') {
      sql += row;
    } else {
      sql += c;
    }
  }
  return sql + ") IS TRUE)";
}

void AddStamp(const Stamp& stamp, RowEvent event, Text origin, std::vector<KeptColumn>& out) {
  const std::string given = Of("NEW", stamp.column);
  const std::string local = std::string(origin) + " = 'local'";
  if (event == RowEvent::kInsert) {
    out.push_back({stamp.column, given + " IS NULL AND " + InState(stamp, "NEW") + " AND " + local,
                   "archivolt_now()"});
    return;
  }
  if (stamp.state == "1") return;
  std::string when = InState(stamp, "NEW") + " AND NOT " + InState(stamp, "OLD") + " AND " + given +
                     " IS NULL AND " + local;
  if (!stamp.leaves) {
    out.push_back({stamp.column, when, "archivolt_now()"});
    return;
  }
  when = "(" + when + ") OR (" + InState(stamp, "OLD") + " AND NOT " + InState(stamp, "NEW") +
         " AND " + given + " IS " + Of("OLD", stamp.column) + " AND " + given +
         " IS NOT NULL AND " + local + ")";
  out.push_back({stamp.column, when, "iif(" + InState(stamp, "NEW") + ", archivolt_now(), NULL)"});
}

}  // namespace

std::vector<KeptColumn> KeptColumns(const Table& table, RowEvent event, bool with_identifiers) {
  std::vector<KeptColumn> out;
  const std::string origin = OriginOf(table.name, "NEW");
  const bool inserts = event == RowEvent::kInsert;
  for (const Column& column : table.columns) {
    if (column.kind != Kind::kTimestamp || !column.nullable()) {
      if (column.name != "updated_at" || inserts) continue;
    }
    if (inserts && (column.name == "created_at" || column.name == "updated_at")) {
      AddStamp({table.name, column.name, "1", false}, event, origin, out);
    } else if (column.name == "updated_at") {
      // What a caller's SQL says the time is does not count; the core's own SQL may set it.
      out.push_back({column.name,
                     "(NEW.updated_at IS OLD.updated_at OR archivolt_called()) AND "
                     "NEW.updated_at IS NOT archivolt_now()",
                     "archivolt_now()"});
    }
  }
  for (const Stamp& stamp : kStamps) {
    if (stamp.table == table.name) AddStamp(stamp, event, origin, out);
  }
  for (const Rule& rule : AllRules()) {
    if (rule.table != table.name || rule.kind != RuleKind::kNotBlank) continue;
    const std::string given = Of("NEW", rule.column);
    const std::string trimmed = "archivolt_trim(" + given + ")";
    std::string when = given + " <> " + trimmed;
    if (!inserts) when = given + " IS NOT " + Of("OLD", rule.column) + " AND " + when;
    if (!rule.origins.empty())
      when.append(" AND ").append(origin).append(" IN (").append(rule.origins).append(")");
    out.push_back({rule.column, when, trimmed});
  }
  if (with_identifiers && table.name == "code_examples") {
    const std::string words = "archivolt_identifiers(NEW.title, NEW.code_content)";
    std::string when = "NEW.identifiers IS NOT " + words;
    if (!inserts) {
      when =
          "(NEW.title IS NOT OLD.title OR NEW.code_content IS NOT OLD.code_content OR "
          "NEW.identifiers IS NOT OLD.identifiers) AND " +
          when;
      // Another time tells the index's triggers that it is the core that changes the words.
      for (KeptColumn& column : out) {
        if (column.column != "updated_at") continue;
        column.when = "(" + column.when + ") OR (" + when + ")";
        column.value = "max(archivolt_now(), ifnull(NEW.updated_at + 1, 0))";
      }
    }
    out.push_back({"identifiers", when, words});
  }
  return out;
}

std::string FollowingUpdates(std::string_view table, RowEvent event) {
  std::string sql;
  for (const Following& following : kFollowing) {
    if (following.table == table && following.event == event)
      sql.append(following.sql).append(" AND archivolt_keep(1);");
  }
  return sql;
}

}  // namespace archivolt
