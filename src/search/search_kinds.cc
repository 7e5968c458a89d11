#include "search/search_kinds.h"

namespace archivolt {
namespace {

// A title says more about what a thing is than any one sentence of it.
constexpr SearchKind kKinds[] = {
    {"documents",
     "documents",
     "document_chunks_fts",
     {3.0, 1.0},
     "",
     // Only chunks in the trigram index can hold CJK; its docsize table lists them.
     "SELECT c.pk, c.chunk_text FROM document_chunks_trigram_docsize d JOIN document_chunks c ON "
     "c.pk = d.id "
     "WHERE c.chunk_text LIKE ?1 ESCAPE '\\' OR c.heading LIKE ?1 ESCAPE '\\' ORDER BY d.id",
     "",
     true},
    {"decisions",
     "decisions",
     "decisions_fts",
     {3.0, 1.0, 1.0},
     "SELECT id, title, coalesce(description || char(10, 10), '') || coalesce(rationale, '') FROM "
     "decisions WHERE pk = ?1",
     "SELECT pk, title || ' ' || coalesce(description, '') || ' ' || coalesce(rationale, '') AS "
     "body FROM decisions "
     "WHERE body LIKE ?1 ESCAPE '\\' ORDER BY pk",
     "decisions t ON t.project_id = p.id",
     false},
    {"stories",
     "stories",
     "stories_fts",
     {3.0, 1.5, 1.0},
     "SELECT id, title, coalesce(user_story || char(10, 10), '') || coalesce(description, '') FROM "
     "stories WHERE pk = ?1",
     "SELECT pk, title || ' ' || coalesce(user_story, '') || ' ' || coalesce(description, '') AS "
     "body FROM stories "
     "WHERE body LIKE ?1 ESCAPE '\\' ORDER BY pk",
     "stories t ON t.project_id = p.id OR t.epic_id IN (SELECT e.id FROM epics e WHERE "
     "e.project_id "
     "= p.id)",
     false},
    {"code_examples",
     "code_examples",
     "code_examples_fts",
     // A part of a name counts less than a word that stands there as it was asked for.
     {3.0, 1.5, 1.0, 0.7},
     "SELECT id, title, coalesce(description || char(10, 10), '') || code_content FROM "
     "code_examples WHERE pk = ?1",
     "SELECT pk, title || ' ' || coalesce(description, '') || ' ' || code_content AS body FROM "
     "code_examples "
     "WHERE body LIKE ?1 ESCAPE '\\' ORDER BY pk",
     "decisions d ON d.project_id = p.id CROSS JOIN code_examples t ON t.decision_id = d.id",
     false},
    {"messages",
     "messages",
     "messages_fts",
     {1.0},
     "SELECT m.id, coalesce(c.title, m.role), m.content FROM messages m LEFT JOIN conversations c "
     "ON c.id = m.conversation_id WHERE m.pk = ?1",
     "SELECT pk, content FROM messages WHERE content LIKE ?1 ESCAPE '\\' ORDER BY pk",
     "conversations c ON c.project_id = p.id CROSS JOIN messages t ON t.conversation_id = c.id",
     false},
    {"ai_requests",
     "ai_requests",
     "ai_requests_fts",
     {1.5, 1.0},
     "SELECT id, coalesce(nullif(substr(prompt_text, 1, 80), ''), request_type, agent_type, kind), "
     "coalesce(prompt_text || char(10, 10), '') || coalesce(response_text, '') FROM ai_requests "
     "WHERE pk = ?1",
     "SELECT pk, coalesce(prompt_text, '') || ' ' || coalesce(response_text, '') AS body FROM "
     "ai_requests "
     "WHERE body LIKE ?1 ESCAPE '\\' ORDER BY pk",
     "ai_requests t ON t.project_id = p.id",
     false},
};

}  // namespace

std::span<const SearchKind> AllSearchKinds() { return kKinds; }

const SearchKind* FindSearchKind(std::string_view name) {
  for (const SearchKind& kind : kKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

}  // namespace archivolt
