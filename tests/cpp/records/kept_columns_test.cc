// Columns that follow from other columns or rows, by records and by SQL.
#include "records/kept_columns.h"

#include <gtest/gtest.h>

#include <string>

#include "guarded_fixture.h"

namespace archivolt {
namespace {

// Letters in lower case, parted before capitals and at what is no letter.
std::string Words(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool upper = c >= 'A' && c <= 'Z';
    const bool letter = upper || (c >= 'a' && c <= 'z');
    if ((upper || !letter) && !out.empty() && out.back() != ' ') out += ' ';
    if (letter) out += static_cast<char>(upper ? c + 32 : c);
  }
  return out;
}

class KeptColumnsTest : public GuardedTest {
 protected:
  Value At(std::string_view table, const std::string& id, std::string_view column) {
    return Ask("SELECT " + std::string(column) + " FROM " + std::string(table) + " WHERE id = ?1",
               Value(Array{id}));
  }
};

TEST_F(KeptColumnsTest, TimesAreFilledInAndKept) {
  MustSql("INSERT INTO teams(id, name) VALUES ('t', 'x')");
  const Value made = At("teams", "t", "created_at");
  ASSERT_TRUE(made.is_int());
  EXPECT_EQ(At("teams", "t", "updated_at"), made);
  MustSql("UPDATE teams SET description = 'd'");
  const Value changed = At("teams", "t", "updated_at");
  EXPECT_GT(changed.AsInt(), made.AsInt());
  // What a caller says the time is does not count.
  MustSql("UPDATE teams SET description = 'e', updated_at = 5");
  EXPECT_GT(At("teams", "t", "updated_at").AsInt(), changed.AsInt());
  EXPECT_EQ(At("teams", "t", "created_at"), made);
  // Rows of other systems say what they say.
  MustSql("INSERT INTO teams(id, origin, name) VALUES ('o', 'archi', 'x')");
  EXPECT_TRUE(At("teams", "o", "created_at").is_null());
  // The core's own SQL may set it, and what it leaves alone is kept.
  ASSERT_TRUE(own_database_->Execute("UPDATE teams SET updated_at = 7 WHERE id = 't'").ok());
  EXPECT_EQ(At("teams", "t", "updated_at"), Value(7));
}

TEST_F(KeptColumnsTest, CascadesKeepUpdatedAtToo) {
  const std::string user = User("ada");
  const std::string story = InsertedId("stories", Object{{"title", "s"}, {"assignee_id", user}});
  const Value before = At("stories", story, "updated_at");
  ASSERT_TRUE(*store_->Delete("users", Value(user)));
  EXPECT_GT(At("stories", story, "updated_at").AsInt(), before.AsInt());
  EXPECT_EQ(Entries("stories", story).size(), 2U);
}

TEST_F(KeptColumnsTest, AStateSetsItsTimeAndTakesItBack) {
  const std::string story = InsertedId("stories", Object{{"title", "s"}, {"status", "ready"}});
  EXPECT_TRUE(At("stories", story, "completed_at").is_null());
  const Result<Value> done = store_->Update("stories", Value(story), Object{{"status", "done"}});
  ASSERT_TRUE(done.ok());
  EXPECT_TRUE(Field(*done, "completed_at").is_string());
  const Array entries = Entries("stories", story);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(Field(Side(entries[1], "new_value"), "completed_at"), Field(*done, "completed_at"));
  MustSql("UPDATE stories SET status = 'review'");
  EXPECT_TRUE(At("stories", story, "completed_at").is_null());
  // A time that is given stays.
  MustSql("UPDATE stories SET status = 'done', completed_at = 4102444800000000");
  EXPECT_EQ(At("stories", story, "completed_at"), Value(int64_t{4102444800000000}));
}

TEST_F(KeptColumnsTest, AConversationKnowsItsLastMessage) {
  const std::string one = InsertedId("conversations", Object{});
  const std::string two = InsertedId("conversations", Object{});
  const Value started = At("conversations", one, "updated_at");
  const auto write = [&](const char* id, const std::string& in, int64_t at) {
    MustSql(
        "INSERT INTO messages(id, conversation_id, role, content, created_at) VALUES (?1, ?2, "
        "'user', 'x', ?3)",
        Value(Array{id, in, at}));
  };
  write("a", one, 100);
  write("b", one, 300);
  write("c", one, 200);
  EXPECT_EQ(At("conversations", one, "last_message_at"), Value(300));
  EXPECT_GT(At("conversations", one, "updated_at").AsInt(), started.AsInt());
  MustSql("DELETE FROM messages WHERE id = 'b'");
  EXPECT_EQ(At("conversations", one, "last_message_at"), Value(200));
  MustSql("UPDATE messages SET conversation_id = ?1 WHERE id = 'c'", Value(Array{two}));
  EXPECT_EQ(At("conversations", one, "last_message_at"), Value(100));
  EXPECT_EQ(At("conversations", two, "last_message_at"), Value(200));
  MustSql("DELETE FROM messages");
  EXPECT_EQ(At("conversations", one, "last_message_at"), At("conversations", one, "created_at"));
  // What follows by itself is no one's act.
  EXPECT_EQ(Entries("conversations").size(), 2U);
}

TEST_F(KeptColumnsTest, LoginsAreCounted) {
  const std::string user = User("ada");
  MustSql("INSERT INTO auth_sessions(id, user_id, created_at, expires_at) VALUES ('s', ?1, 5, 9)",
          Value(Array{user}));
  MustSql("INSERT INTO auth_sessions(id, origin, user_id, expires_at) VALUES ('o', 'archi', ?1, 9)",
          Value(Array{user}));
  EXPECT_EQ(At("users", user, "login_count"), Value(1));
  EXPECT_EQ(At("users", user, "last_login_at"), Value(5));
}

TEST_F(KeptColumnsTest, ChunksAreCounted) {
  const std::string document = InsertedId("documents", Object{{"filename", "a.md"}});
  const auto count = [&] { return At("documents", document, "chunks_count"); };
  for (int i = 0; i < 3; ++i) {
    Inserted("document_chunks",
             Object{{"document_id", document}, {"chunk_index", i}, {"chunk_text", "x"}});
  }
  EXPECT_EQ(count(), Value(3));
  MustSql("DELETE FROM document_chunks WHERE chunk_index = 1");
  EXPECT_EQ(count(), Value(2));
  MustSql("UPDATE document_chunks SET document_id = NULL WHERE chunk_index = 0");
  EXPECT_EQ(count(), Value(1));
  {
    // Who silences the trail counts by himself.
    const AuditContext::Silence silence(audit_);
    Inserted("document_chunks",
             Object{{"document_id", document}, {"chunk_index", 9}, {"chunk_text", "x"}});
  }
  EXPECT_EQ(count(), Value(1));
}

TEST_F(KeptColumnsTest, ToolCallsOfATraceAreCounted) {
  const std::string talk = InsertedId("conversations", Object{});
  const std::string message =
      InsertedId("messages", Object{{"conversation_id", talk}, {"role", "user"}, {"content", "x"}});
  const std::string time = "2026-01-30T10:00:00Z";
  const std::string trace = InsertedId("agent_traces", Object{{"conversation_id", talk},
                                                              {"pipeline_name", "qa"},
                                                              {"started_at", time},
                                                              {"created_at", time}});
  for (int i = 0; i < 2; ++i) {
    Inserted("agent_tool_calls", Object{{"conversation_id", talk},
                                        {"message_id", message},
                                        {"trace_id", trace},
                                        {"step_number", i},
                                        {"tool_name", "search"},
                                        {"called_at", time}});
  }
  EXPECT_EQ(At("agent_traces", trace, "total_tool_calls"), Value(2));
  MustSql("DELETE FROM agent_tool_calls WHERE step_number = 0");
  EXPECT_EQ(At("agent_traces", trace, "total_tool_calls"), Value(1));
  ASSERT_TRUE(store_->Update("agent_traces", Value(trace), Object{{"status", "completed"}}).ok());
  EXPECT_TRUE(At("agent_traces", trace, "completed_at").is_int());
}

TEST_F(KeptColumnsTest, WordsInsideIdentifiersFollowTheCode) {
  MustSql(
      "INSERT INTO code_examples(id, title, code_content) VALUES ('old', 'a', 'parseHttpHeader')");
  guards_->KeepIdentifiers(&Words);
  ASSERT_TRUE(guards_->Remove().ok());
  // The functions of a connection are registered once.
  guards_ = std::make_unique<RowGuards>(*own_database_, clock_, ids_, audit_);
  guards_->KeepIdentifiers(&Words);
  ASSERT_TRUE(guards_->Install().ok());
  const auto found = [&](const char* word) {
    return Ask("SELECT count(*) FROM code_examples_fts WHERE code_examples_fts MATCH ?1",
               Value(Array{"identifiers:" + std::string(word)}));
  };
  EXPECT_EQ(found("http"), Value(1));  // filled in when the guards came
  const std::string id =
      InsertedId("code_examples", Object{{"title", " getUserName "}, {"code_content", "x"}});
  EXPECT_EQ(At("code_examples", id, "identifiers"), Value("get user name x"));
  EXPECT_EQ(found("user"), Value(1));
  MustSql("UPDATE code_examples SET code_content = 'findTeam(); read_file()' WHERE id = ?1",
          Value(Array{id}));
  EXPECT_EQ(found("team"), Value(1));
  MustSql("UPDATE code_examples SET title = ' setColour' WHERE id = ?1", Value(Array{id}));
  EXPECT_EQ(found("user"), Value(0));
  EXPECT_EQ(found("colour"), Value(1));
  MustSql("UPDATE code_examples SET identifiers = 'nonsense'");
  MustSql("UPDATE code_examples SET identifiers = NULL, updated_at = 9");
  EXPECT_EQ(found("nonsense"), Value(0));
  EXPECT_EQ(found("colour"), Value(1));
  EXPECT_EQ(At("code_examples", id, "title"), Value("setColour"));
  const Status sound = own_database_->Execute(
      "INSERT INTO code_examples_fts(code_examples_fts, rank) VALUES ('integrity-check', 1)");
  EXPECT_TRUE(sound.ok()) << sound.message();
  MustSql("DELETE FROM code_examples");
  EXPECT_EQ(found("colour"), Value(0));
}

}  // namespace
}  // namespace archivolt
