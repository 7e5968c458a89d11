#include "reports/report_table.h"

namespace archivolt {
namespace {

// Durations come in two units; index ix_ai_requests_user_ms holds this very expression.
#define MS "duration * CASE duration_unit WHEN 's' THEN 1000 ELSE 1 END"
#define DAY(time) "date((" time " + :utcOffset * 60000000) / 1e6, 'unixepoch')"
#define WITHIN(time) \
  "(:since IS NULL OR " time " >= :since) AND (:until IS NULL OR " time " < :until) "
#define USER_RANGE "FROM ai_requests WHERE user_id = :user AND " WITHIN("created_at")
// Older rows name their model by a configuration only.
#define MESSAGE_MODEL "coalesce(m.model_used, l.config_name)"
#define LEGACY_CONFIG "LEFT JOIN legacy_configs l ON l.id = m.legacy_config_id "
// A story belongs to a project by itself or through its epic.
#define STORY_OF_PROJECT                                                \
  "(s.project_id = :project OR (s.project_id IS NULL AND s.epic_id IN " \
  "(SELECT id FROM epics WHERE project_id = :project))) "
#define CREATOR                                                                             \
  "coalesce(nullif(trim(ifnull(u.first_name, '') || ' ' || ifnull(u.last_name, '')), ''), " \
  "u.display_name, u.username) AS creator_name "
#define FEEDBACK                                             \
  "count(*) FILTER (WHERE f.kind = 'like') AS likes, "       \
  "count(*) FILTER (WHERE f.kind = 'dislike') AS dislikes, " \
  "count(*) FILTER (WHERE f.kind = 'comment') AS comments, " \
  "count(*) FILTER (WHERE f.incorrect = 1) AS incorrect, "   \
  "count(*) FILTER (WHERE f.unhelpful = 1) AS unhelpful, "   \
  "count(*) FILTER (WHERE f.inappropriate = 1) AS inappropriate "
#define MESSAGE_FEEDBACK                                                                \
  "SELECT m.id AS message_id, m.conversation_id, " MESSAGE_MODEL " AS model, " FEEDBACK \
  "FROM messages m " LEGACY_CONFIG
#define MESSAGE_ROWS                                                                     \
  "SELECT m.*, l.config_name, " MESSAGE_MODEL " AS model FROM messages m " LEGACY_CONFIG \
  "WHERE " WITHIN("m.created_at")
#define AB_SIDE(side, first)                                                             \
  "SELECT coalesce(x.model_" side ", l.config_name) AS model, x.preference AS p, '" side \
  "' AS side, " first                                                                    \
  " AS first FROM ab_comparisons x LEFT JOIN legacy_configs l ON l.id = "                \
  "x.legacy_config_" side                                                                \
  "_id WHERE (:conversation IS NULL OR x.conversation_id = "                             \
  ":conversation) AND " WITHIN("x.created_at")
#define CLOUD_COSTS \
  "SELECT " DAY("estimate_date") " AS day, environment, currency, count(*) AS estimates, "        \
  "sum(monthly_cost_e2) AS monthly_cost_e2, sum(compute_cost_e2) AS compute_cost_e2, "            \
  "sum(storage_cost_e2) AS storage_cost_e2, sum(network_cost_e2) AS network_cost_e2 "             \
  "FROM cloud_estimates WHERE " WITHIN("estimate_date")
#define CLOUD_GROUPS \
  "GROUP BY day, environment, currency ORDER BY day DESC, environment, currency LIMIT :limit"

constexpr Report kReports[] = {
    {"abWins", "conversation since until limit:100", "",
     "SELECT model, count(*) AS comparisons, count(*) FILTER (WHERE p = side) AS wins, "
     "count(*) FILTER (WHERE p IN ('a', 'b') AND p <> side) AS losses, "
     "count(*) FILTER (WHERE p = 'tie') AS ties, count(*) FILTER (WHERE p = 'skip') AS skips, "
     "count(*) FILTER (WHERE p IS NULL) AS pending, sum(first) AS shown_first, "
     "count(*) FILTER (WHERE p = side AND first) AS wins_shown_first "
     "FROM (" AB_SIDE("a", "x.is_config_a_first") "UNION ALL " AB_SIDE(
         "b", "1 - x.is_config_a_first") ") GROUP BY model ORDER BY wins DESC, comparisons DESC, "
                                         "model LIMIT :limit"},
    {"cloudCosts", "project! since until utcOffset:0 limit:100", "",
     CLOUD_COSTS "AND project_id = :project " CLOUD_GROUPS},
    {"cloudCosts", "since until utcOffset:0 limit:100", "", CLOUD_COSTS CLOUD_GROUPS},
    {"feedbackByModel", "since until limit:100", "",
     "SELECT " MESSAGE_MODEL " AS model, count(DISTINCT f.message_id) AS messages, " FEEDBACK
     "FROM feedback f JOIN messages m ON m.id = f.message_id " LEGACY_CONFIG
     "WHERE " WITHIN("f.feedback_at") "GROUP BY 1 ORDER BY messages DESC, model LIMIT :limit"},
    {"latestRequests", "user! kind until limit:20", "ai_requests",
     "SELECT * FROM ai_requests WHERE user_id = :user AND (:kind IS NULL OR kind = :kind) AND "
     "(:until IS NULL OR created_at < :until) ORDER BY created_at DESC, pk DESC LIMIT :limit"},
    {"messageFeedback", "message! limit:1", "",
     MESSAGE_FEEDBACK "LEFT JOIN feedback f ON f.message_id = m.id WHERE m.id = :message "
                      "GROUP BY m.pk LIMIT :limit"},
    {"messageFeedback", "conversation! limit:100", "",
     MESSAGE_FEEDBACK "JOIN feedback f ON f.message_id = m.id WHERE m.conversation_id = "
                      ":conversation GROUP BY m.pk ORDER BY m.created_at, m.pk LIMIT :limit"},
    {"messagesWithModel", "conversation! since until limit:20", "messages",
     MESSAGE_ROWS "AND m.conversation_id = :conversation "
                  "ORDER BY m.created_at DESC, m.pk DESC LIMIT :limit"},
    {"messagesWithModel", "since until limit:20", "messages",
     MESSAGE_ROWS "ORDER BY m.created_at DESC, m.pk DESC LIMIT :limit"},
    {"projectStories", "project! status limit:100", "stories",
     "SELECT s.*, " CREATOR "FROM stories s LEFT JOIN users u ON u.id = s.created_by "
     "WHERE " STORY_OF_PROJECT "AND (:status IS NULL OR s.status = :status) ORDER BY CASE "
     "s.priority WHEN 'critical' THEN 1 WHEN 'high' THEN 2 WHEN 'medium' THEN 3 WHEN 'low' THEN 4 "
     "ELSE 5 END, s.created_at DESC, s.pk DESC LIMIT :limit"},
    {"searchRequests", "query! user limit:20", "ai_requests",
     "SELECT r.*, -f.rank AS score FROM ai_requests_fts f JOIN ai_requests r ON r.pk = f.rowid "
     "WHERE ai_requests_fts MATCH :query AND (:user IS NULL OR r.user_id = :user) "
     "ORDER BY f.rank LIMIT :limit"},
    {"searchStories", "query! project limit:20", "stories",
     "SELECT s.*, -f.rank AS score FROM stories_fts f JOIN stories s ON s.pk = f.rowid "
     "WHERE stories_fts MATCH :query AND (:project IS NULL OR " STORY_OF_PROJECT
     ") ORDER BY f.rank LIMIT :limit"},
    {"trace", "trace!", "agent_traces", "SELECT * FROM agent_traces WHERE id = :trace", true, 0,
     "tool_calls", "agent_tool_calls",
     "SELECT * FROM agent_tool_calls WHERE trace_id = :trace OR (trace_id IS NULL AND message_id = "
     "(SELECT message_id FROM agent_traces WHERE id = :trace)) ORDER BY step_number, called_at, pk "
     "LIMIT 1000"},
    {"usageByModel", "user since until utcOffset:0 limit:100", "",
     "SELECT day, model, count(*) AS requests, sum(failed) AS failed, ifnull(sum(tokens), 0) AS "
     "tokens_used, avg(ms) AS average_ms, sum(cost) AS cost FROM ("
     "SELECT " DAY(
         "created_at") " AS day, model, status IS 'failed' AS failed, tokens_used AS "
                       "tokens, " MS " AS ms, CASE WHEN json_type(metadata, '$.cost') IN "
                       "('integer', 'real') THEN "
                       "metadata ->> '$.cost' END AS cost FROM ai_requests WHERE created_at >= "
                       ":since AND "
                       "(:until IS NULL OR created_at < :until) AND (:user IS NULL OR user_id = "
                       ":user) "
                       "UNION ALL SELECT " DAY(
                           "t.started_at") ", " MESSAGE_MODEL ", t.status = 'failed', "
                                           "t.total_tokens_used, t.total_duration_ms, NULL FROM "
                                           "agent_traces t LEFT JOIN messages m ON "
                                           "m.id = t.message_id " LEGACY_CONFIG
                                           "WHERE t.started_at >= :since AND (:until IS NULL OR "
                                           "t.started_at < :until) AND (:user IS NULL OR EXISTS "
                                           "(SELECT 1 FROM conversations c WHERE "
                                           "c.id = t.conversation_id AND c.user_id = :user))) "
                                           "GROUP BY day, model ORDER BY day DESC, tokens_used "
                                           "DESC, model LIMIT :limit",
     false, 30},
    {"userActivity", "user! kind since", "ai_requests",
     "SELECT (SELECT count(*) FROM stories WHERE created_by = :user AND created_at > :since) AS "
     "stories, (SELECT count(*) FROM ai_requests WHERE user_id = :user AND created_at > :since AND "
     "(:kind IS NULL OR kind = :kind)) AS requests, (SELECT max(created_at) FROM stories WHERE "
     "created_by = :user) AS last_story_at, (SELECT max(created_at) FROM ai_requests WHERE user_id "
     "= :user) AS last_request_at",
     true, 7},
    {"userLookup", "user!", "users", "SELECT * FROM users WHERE id = :user", true},
    {"userStatistics", "user! since until", "",
     "WITH n AS MATERIALIZED (SELECT count(*) AS requests, count(*) FILTER (WHERE status = "
     "'completed') AS completed, count(*) FILTER (WHERE status = 'failed') AS failed, "
     "ifnull(sum(tokens_used), 0) AS tokens_used, count(duration) AS timed, avg(" MS
     ") AS average_ms, max(" MS ") AS max_ms, min(created_at) AS first_at, max(created_at) AS "
     "last_at " USER_RANGE ") SELECT n.*, "
     "(SELECT " MS " " USER_RANGE "AND " MS " IS NOT NULL ORDER BY " MS
     " LIMIT 1 OFFSET (SELECT max(0, (timed + 1) / 2 - 1) FROM n)) AS median_ms, "
     "(SELECT " MS " " USER_RANGE "AND " MS " IS NOT NULL ORDER BY " MS
     " LIMIT 1 OFFSET (SELECT max(0, (timed * 95 + 99) / 100 - 1) FROM n)) AS p95_ms FROM n",
     true},
};

}  // namespace

std::span<const Report> AllReports() { return kReports; }

}  // namespace archivolt
