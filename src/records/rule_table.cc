// The rules themselves, as data; what becomes of one is in rules.cc.
#include "records/rules.h"

namespace archivolt {
namespace {

using Text = std::string_view;
using enum RuleKind;

// Which systems promised a rule for their own rows as well.
constexpr Text kLocal = "'local'";
constexpr Text kGemini = "'local','gemini_ea'";
constexpr Text kArchi = "'local','archi'";
constexpr Text kAutoDevHub = "'local','autodevhub'";

constexpr Rule NotBlank(Text table, Text column, Text origins = kLocal) {
  return {.table = table, .column = column, .kind = kNotBlank, .origins = origins};
}
constexpr Rule Form(Text table, Text column, RuleKind kind, Text origins = kLocal) {
  return {.table = table, .column = column, .kind = kind, .origins = origins};
}
constexpr Rule Range(Text table, Text column, double min, double max, Text origins = kLocal) {
  return {
      .table = table, .column = column, .kind = kRange, .min = min, .max = max, .origins = origins};
}
constexpr Rule AtLeast(Text table, Text column, double min, Text origins = kLocal) {
  return Range(table, column, min, kNoUpper, origins);
}
constexpr Rule OneOf(Text table, Text column, Text values) {
  return {.table = table, .column = column, .kind = kOneOf, .text = values};
}
constexpr Rule Order(Text table, Text later, Text earlier) {
  return {.table = table, .column = later, .kind = kOrder, .text = earlier};
}
constexpr Rule After(Text table, Text later, Text earlier) {
  return {.table = table, .column = later, .kind = kAfter, .text = earlier};
}
constexpr Rule Sql(Text table, Text column, Text name, Text columns, Text wrong, Text expectation,
                   Text origins = kLocal) {
  return {.table = table,
          .column = column,
          .kind = kSql,
          .text = wrong,
          .name = name,
          .columns = columns,
          .expectation = expectation,
          .origins = origins};
}

constexpr Text kStoryStatus = "draft, backlog, ready, in_progress, review, blocked, done, archived";
constexpr Text kEpicStatus =
    "draft, backlog, planned, ready, active, in_progress, review, blocked, done, completed, "
    "cancelled, archived";
constexpr Text kMessageElsewhere = "must name a message of the same conversation";
constexpr Text kConversation = "conversation";

constexpr Rule kRules[] = {
    NotBlank("users", "username"),
    Form("users", "email", kEmail, kGemini),
    Form("users", "avatar_url", kWebUrl),
    AtLeast("users", "login_count", 0),

    Range("user_preferences", "temperature", 0, 2, kArchi),
    AtLeast("user_preferences", "max_tokens", 1, kArchi),
    Range("user_preferences", "top_p", 0, 1),
    AtLeast("user_preferences", "top_k", 0),
    AtLeast("user_preferences", "num_documents", 0),

    After("auth_sessions", "expires_at", "created_at"),
    After("api_keys", "expires_at", "created_at"),
    NotBlank("teams", "name"),
    NotBlank("tags", "name"),
    Sql("tags", "name", "unique", "name",
        "EXISTS (SELECT 1 FROM tags WHERE name = archivolt_trim(NEW.name) AND pk <> NEW.pk)",
        "must be unique", ""),

    NotBlank("projects", "name"),
    // Rows of Gemini EA have an index for it. Without an owner there is nobody to confuse them.
    Sql("projects", "name", "unique", "name owner_id deleted_at",
        "NEW.deleted_at IS NULL AND EXISTS (SELECT 1 FROM projects p WHERE p.owner_id = "
        "NEW.owner_id AND p.name = archivolt_trim(NEW.name) AND p.origin = 'local' AND "
        "p.deleted_at IS NULL AND p.pk <> NEW.pk)",
        "must be unique among the projects of an owner"),
    Form("projects", "repository_url", kRepositoryUrl, kGemini),

    NotBlank("epics", "title"),
    AtLeast("epics", "story_points", 0),
    OneOf("epics", "status", kEpicStatus),
    OneOf("epics", "priority", "low, medium, high, critical"),
    Form("epics", "start_date", kDate),
    Form("epics", "end_date", kDate),
    Order("epics", "end_date", "start_date"),
    NotBlank("sprints", "name"),
    Form("sprints", "start_date", kDate),
    Form("sprints", "end_date", kDate),
    Order("sprints", "end_date", "start_date"),

    NotBlank("stories", "title", kAutoDevHub),
    Range("stories", "story_points", 0, 21, kAutoDevHub),
    OneOf("stories", "status", kStoryStatus),
    Form("stories", "acceptance_criteria", kArray),
    Form("stories", "tasks", kArray),
    Form("stories", "tags", kArray),
    Order("stories", "completed_at", "created_at"),
    Sql("story_dependencies", "depends_on_ref", "self", "story_id depends_on_ref",
        "NEW.depends_on_ref = NEW.story_id", "must not be the story itself"),
    Sql("story_dependencies", "depends_on_id", "cycle", "story_id depends_on_id",
        "EXISTS (WITH RECURSIVE reached(id) AS (SELECT NEW.depends_on_id UNION SELECT "
        "d.depends_on_id FROM reached r JOIN story_dependencies d ON d.story_id = r.id WHERE "
        "d.depends_on_id IS NOT NULL) SELECT 1 FROM reached WHERE id = NEW.story_id)",
        "must not lead back to the story"),
    NotBlank("tasks", "title"),
    AtLeast("tasks", "position", 0),
    AtLeast("tasks", "estimate_hours", 0),
    Order("tasks", "completed_at", "created_at"),

    NotBlank("decisions", "title"),
    Form("decisions", "options", kArray),
    Form("decisions", "tags", kArray),
    Form("decisions", "related_tech_packs", kArray),
    NotBlank("code_examples", "title"),
    Form("code_examples", "tags", kArray),

    Form("validations", "errors", kArray),
    Form("validations", "warnings", kArray),
    Form("validations", "missing_documents", kArray),
    Form("validations", "recommendations", kArray),
    AtLeast("validation_errors", "position", 0),
    NotBlank("cloud_estimates", "environment"),
    AtLeast("cloud_estimates", "monthly_cost_e2", 0),
    AtLeast("cloud_estimates", "compute_cost_e2", 0),
    AtLeast("cloud_estimates", "storage_cost_e2", 0),
    AtLeast("cloud_estimates", "network_cost_e2", 0),
    Sql("cloud_estimates", "currency", "currency", "currency",
        "NEW.currency NOT GLOB '[A-Z][A-Z][A-Z]'", "must be three capital letters such as USD"),
    Form("cloud_estimates", "optimization_opportunities", kArray),
    AtLeast("cost_projections", "cost_e2", 0),
    Form("cost_projections", "period_start", kDate),
    NotBlank("achievements", "achievement_type"),
    NotBlank("achievements", "achievement_name"),
    AtLeast("achievements", "points", 0),

    NotBlank("documents", "filename"),
    Form("documents", "url", kWebUrl),
    AtLeast("documents", "size_bytes", 0),
    AtLeast("documents", "chunks_count", 0),
    Form("documents", "tags", kArray),
    AtLeast("document_chunks", "chunk_index", 0),
    AtLeast("document_chunks", "start_char", 0),
    Order("document_chunks", "end_char", "start_char"),
    AtLeast("code_symbols", "complexity", 0),

    Order("conversations", "archived_at", "created_at"),
    NotBlank("conversation_settings", "field"),
    Sql("conversation_settings", "value", "range", "field value",
        "CASE NEW.field WHEN 'temperature' THEN NOT (NEW.value ->> '$' BETWEEN 0 AND 2) "
        "WHEN 'max_tokens' THEN NOT (NEW.value ->> '$' >= 1) "
        "WHEN 'top_p' THEN NOT (NEW.value ->> '$' BETWEEN 0 AND 1) "
        "WHEN 'bm25_weight' THEN NOT (NEW.value ->> '$' BETWEEN 0 AND 1) "
        "WHEN 'semantic_weight' THEN NOT (NEW.value ->> '$' BETWEEN 0 AND 1) END",
        "must be within the range of its field"),
    Sql("feedback", "comment", "required", "kind comment",
        "NEW.kind = 'comment' AND ifnull(archivolt_trim(NEW.comment), '') = ''",
        "must say something when the feedback is a comment"),

    NotBlank("agent_traces", "pipeline_name"),
    Form("agent_traces", "events", kArray),
    AtLeast("agent_traces", "total_tool_calls", 0),
    AtLeast("agent_traces", "total_tokens_used", 0),
    AtLeast("agent_traces", "total_duration_ms", 0),
    Order("agent_traces", "completed_at", "started_at"),
    Sql("agent_traces", "message_id", kConversation, "conversation_id message_id",
        "(SELECT conversation_id FROM messages WHERE id = NEW.message_id) <> NEW.conversation_id",
        kMessageElsewhere),
    Sql("agent_traces", "user_message_id", kConversation, "conversation_id user_message_id",
        "(SELECT conversation_id FROM messages WHERE id = NEW.user_message_id) <> "
        "NEW.conversation_id",
        kMessageElsewhere),
    NotBlank("agent_tool_calls", "tool_name"),
    AtLeast("agent_tool_calls", "step_number", 0),
    Sql("agent_tool_calls", "message_id", kConversation, "conversation_id message_id",
        "(SELECT conversation_id FROM messages WHERE id = NEW.message_id) <> NEW.conversation_id",
        kMessageElsewhere),
    Sql("agent_tool_calls", "trace_id", kConversation, "conversation_id trace_id",
        "(SELECT conversation_id FROM agent_traces WHERE id = NEW.trace_id) <> "
        "NEW.conversation_id",
        "must name a trace of the same conversation"),
    Sql("ab_comparisons", "user_prompt_message_id", kConversation,
        "conversation_id user_prompt_message_id",
        "(SELECT conversation_id FROM messages WHERE id = NEW.user_prompt_message_id) <> "
        "NEW.conversation_id",
        kMessageElsewhere),
    Sql("ab_comparisons", "response_a_message_id", kConversation,
        "conversation_id response_a_message_id",
        "(SELECT conversation_id FROM messages WHERE id = NEW.response_a_message_id) <> "
        "NEW.conversation_id",
        kMessageElsewhere),
    Sql("ab_comparisons", "response_b_message_id", kConversation,
        "conversation_id response_b_message_id",
        "(SELECT conversation_id FROM messages WHERE id = NEW.response_b_message_id) <> "
        "NEW.conversation_id",
        kMessageElsewhere),
    Sql("ab_comparisons", "response_b_message_id", "distinct",
        "response_a_message_id response_b_message_id",
        "NEW.response_a_message_id = NEW.response_b_message_id",
        "must be another message than response A"),
    Order("ab_comparisons", "preference_at", "created_at"),

    Range("ai_requests", "temperature", 0, 2),
    AtLeast("ai_requests", "max_tokens", 1),
    AtLeast("ai_requests", "tokens_used", 0),
    AtLeast("ai_requests", "duration", 0),
    Order("ai_requests", "completed_at", "created_at"),

    NotBlank("static_config", "deployment_name"),
    NotBlank("static_config", "embedding_model"),
    Range("static_config", "embedding_dimensions", 1, 65535),
    AtLeast("static_config", "chunk_size", 1),
    AtLeast("static_config", "chunk_overlap", 0),
    Sql("static_config", "chunk_overlap", "order", "chunk_size chunk_overlap",
        "NEW.chunk_overlap >= NEW.chunk_size", "must be less than chunk_size"),
    OneOf("static_config", "distance_metric", "cosine, l2, ip"),
    AtLeast("static_config", "session_lifetime_days", 1),
    Range("dynamic_config", "temperature", 0, 2, kArchi),
    AtLeast("dynamic_config", "max_tokens", 1, kArchi),
    Range("dynamic_config", "bm25_weight", 0, 1, kArchi),
    Range("dynamic_config", "semantic_weight", 0, 1, kArchi),
    Range("dynamic_config", "top_p", 0, 1),
    AtLeast("dynamic_config", "top_k", 0),
    AtLeast("dynamic_config", "repetition_penalty", 0),
    AtLeast("dynamic_config", "num_documents_to_retrieve", 0),
    AtLeast("dynamic_config", "verbosity", 0),
    AtLeast("rate_limits", "hits", 0),
};

}  // namespace

std::span<const Rule> AllRules() { return kRules; }

}  // namespace archivolt
