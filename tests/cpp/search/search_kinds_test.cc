// Search over the kinds that are no documents: decisions, stories, code, messages, AI requests.
#include "search/search_fixture.h"
#include "text/identifiers.h"

namespace archivolt {
namespace {

class SearchKindsTest : public SearchTest {
 protected:
  void SetUp() override {
    SearchTest::SetUp();
    Run("INSERT INTO users(id, username) VALUES ('u', 'ann'), ('v', 'ben');"
        "INSERT INTO projects(id, name) VALUES ('p', 'Kept'), ('gone', 'Deleted');"
        "INSERT INTO conversations(id, user_id) VALUES ('c', 'u');"
        "INSERT INTO conversations(id, user_id, project_id) VALUES ('cg', 'u', 'gone')");
  }
  /// Two rows of each kind: one on gardens, one on databases.
  void AddRows() {
    Run("INSERT INTO decisions(id, user_id, title, options, description) VALUES "
        "('d1', 'u', 'Where to plant', '[]', 'Tomatoes and basil in the garden'),"
        "('d2', 'u', 'Where to store', '[]', 'Tables in a relational database');"
        "INSERT INTO stories(id, title, description) VALUES "
        "('s1', 'Water the plants', 'Vegetables in the garden want water'),"
        "('s2', 'Back up the tables', 'A copy of the database every night');"
        "INSERT INTO messages(id, conversation_id, role, content) VALUES "
        "('m1', 'c', 'user', 'How often do tomatoes want water?'),"
        "('m2', 'c', 'user', 'How is the database restored?');"
        "INSERT INTO ai_requests(id, kind, user_id, prompt_text, response_text) VALUES "
        "('r1', 'query', 'u', 'Plan a garden', 'Tomatoes beside basil'),"
        "('r2', 'query', 'u', 'Plan a schema', 'Tables with keys in a database')");
    AddCode("x1", "Garden", "waterPlants(tomatoes)");
    AddCode("x2", "Storage", "openDatabase(tables)");
  }
  void AddCode(const std::string& id, const std::string& title, const std::string& code) {
    auto write = database_->Prepare(
        "INSERT INTO code_examples(id, title, code_content, identifiers) VALUES (?1, ?2, ?3, ?4)");
    ASSERT_TRUE(write.ok());
    ASSERT_TRUE(write->BindAll(id, title, code, IdentifierWords(title + " " + code)).ok());
    ASSERT_TRUE(write->Run().ok());
  }
  void DrainAll() {
    while (true) {
      const auto more = rows_->Drain(1000);
      ASSERT_TRUE(more.ok()) << more.status().message();
      if (!*more) return;
    }
  }
  std::vector<std::string> Ids(Object request) {
    std::vector<std::string> ids;
    for (const Value& hit : Hits(request)) ids.push_back(Of(hit, "id").AsString());
    return ids;
  }
  static Array Kind(std::string_view kind) { return Array{Value(kind)}; }
};

using Strings = std::vector<std::string>;

TEST_F(SearchKindsTest, SemanticFindsEveryKindByMeaningQueuedOrStored) {
  LoadEmbedder();
  AddRows();
  const std::map<std::string, std::string> firsts = {{"decisions", "d1"},
                                                     {"stories", "s1"},
                                                     {"code_examples", "x1"},
                                                     {"messages", "m1"},
                                                     {"ai_requests", "r1"}};
  std::map<std::string, double> scores;
  for (const bool drained : {false, true}) {
    if (drained) DrainAll();
    for (const auto& [kind, first] : firsts) {
      const Array hits = Hits(Object{
          {"query", "vegetable patch irrigation"}, {"kinds", Kind(kind)}, {"mode", "semantic"}});
      ASSERT_EQ(hits.size(), 2U) << kind << drained;
      EXPECT_EQ(Of(hits[0], "id").AsString(), first);
      EXPECT_EQ(Of(hits[0], "kind").AsString(), kind);
      EXPECT_EQ(Leg(hits[0], "bm25"), nullptr);
      ASSERT_NE(Leg(hits[0], "semantic"), nullptr);
      EXPECT_EQ(Leg(hits[0], "semantic")->Find("rank")->AsInt(), 1);
      const double score = Of(hits[0], "score").AsNumber();
      if (drained) {
        EXPECT_NEAR(score, scores[kind], 1e-5) << "stored or not, one scale";
      }
      scores[kind] = score;
    }
    const Strings all =
        Ids(Object{{"query", "vegetable patch irrigation"}, {"mode", "semantic"}, {"limit", 5}});
    for (const std::string& id : all) EXPECT_TRUE(id.ends_with("1")) << id;
    EXPECT_EQ(all.size(), 5U) << "all kinds together, ranked on one scale";
  }
}

TEST_F(SearchKindsTest, HybridJoinsBothLegsOfARow) {
  LoadEmbedder();
  AddRows();
  for (const bool drained : {false, true}) {
    if (drained) DrainAll();
    const Array hits = Hits(Object{{"query", "tomatoes water "}, {"kinds", Kind("messages")}});
    ASSERT_FALSE(hits.empty());
    EXPECT_EQ(Of(hits[0], "id").AsString(), "m1");
    ASSERT_NE(Leg(hits[0], "bm25"), nullptr);
    ASSERT_NE(Leg(hits[0], "semantic"), nullptr);
    const double expected = 0.3 + 0.7 * Leg(hits[0], "semantic")->Find("score")->AsNumber();
    EXPECT_NEAR(Of(hits[0], "score").AsNumber(), expected, 0.05);
  }
}

TEST_F(SearchKindsTest, RowsJustWrittenChangedAndDeletedAreFollowedAtOnce) {
  LoadEmbedder();
  AddRows();
  DrainAll();
  const Object request{{"query", "sailing boats on the sea"},
                       {"kinds", Kind("stories")},
                       {"mode", "semantic"},
                       {"limit", 1}};
  Run("INSERT INTO stories(id, title, description) VALUES ('s3', 'A harbour', 'Ships and boats at "
      "sea')");
  EXPECT_EQ(Ids(request), Strings{"s3"});
  Run("UPDATE stories SET title = 'Kitchen', description = 'Bread and cheese' WHERE id = 's3';"
      "UPDATE stories SET description = 'A sailing boat' WHERE id = 's1'");
  EXPECT_EQ(Ids(request), Strings{"s1"});
  DrainAll();
  EXPECT_EQ(Ids(request), Strings{"s1"});
  Run("DELETE FROM stories WHERE id = 's1'");
  EXPECT_NE(Ids(request), Strings{"s1"});
}

TEST_F(SearchKindsTest, WhereAndDeletedProjectsHoldInBothLegs) {
  LoadEmbedder();
  AddRows();
  Run("UPDATE stories SET status = 'done' WHERE id = 's2'");
  DrainAll();
  for (const char* mode : {"semantic", "keyword", "hybrid"}) {
    EXPECT_EQ(Ids(Object{{"query", "garden database"},
                         {"kinds", Kind("stories")},
                         {"mode", mode},
                         {"where", Object{{"status", "done"}}}}),
              Strings{"s2"})
        << mode;
  }
  Run("UPDATE stories SET project_id = 'gone' WHERE id = 's1';"
      "UPDATE decisions SET project_id = 'gone' WHERE id = 'd1';"
      "UPDATE code_examples SET decision_id = 'd1' WHERE id = 'x1';"
      "UPDATE messages SET conversation_id = 'cg' WHERE id = 'm1';"
      "UPDATE ai_requests SET project_id = 'gone' WHERE id = 'r1'");
  const auto has = [&](const char* mode, const std::string& id) {
    const Strings found =
        Ids(Object{{"query", "garden tomatoes water plants"}, {"mode", mode}, {"limit", 50}});
    return std::find(found.begin(), found.end(), id) != found.end();
  };
  for (const char* mode : {"semantic", "keyword", "hybrid"}) {
    for (const char* id : {"s1", "d1", "x1", "m1", "r1"}) {
      EXPECT_TRUE(has(mode, id)) << mode << id;
      Run("UPDATE projects SET deleted_at = 1 WHERE id = 'gone'");
      EXPECT_FALSE(has(mode, id)) << mode << id;
      Run("UPDATE projects SET deleted_at = NULL WHERE id = 'gone'");
    }
  }
}

TEST_F(SearchKindsTest, PrivateCodeIsItsOwners) {
  LoadEmbedder();
  AddRows();
  Run("UPDATE code_examples SET visibility = 'private', user_id = 'v' WHERE id = 'x1';"
      "UPDATE code_examples SET visibility = 'shared', user_id = 'v' WHERE id = 'x2'");
  DrainAll();
  for (const char* mode : {"semantic", "keyword", "hybrid"}) {
    const auto ids = [&](Object request) {
      request.Set("query", "garden storage ");
      request.Set("kinds", Kind("code_examples"));
      request.Set("mode", mode);
      Strings found = Ids(request);
      std::sort(found.begin(), found.end());
      return found;
    };
    EXPECT_EQ(ids({}), (Strings{"x1", "x2"})) << mode;
    EXPECT_EQ(ids(Object{{"user", "v"}}), (Strings{"x1", "x2"})) << mode;
    EXPECT_EQ(ids(Object{{"user", "u"}}), Strings{"x2"}) << mode;
    EXPECT_EQ(ids(Object{{"conversation", "c"}}), Strings{"x2"}) << mode << ": its user's";
  }
  EXPECT_EQ(Code(Object{{"query", "x"}, {"kinds", Kind("messages")}, {"user", "nobody"}}),
            ErrorCode::NOT_FOUND);
}

TEST_F(SearchKindsTest, CodeIsFoundByTheWordsInsideNames) {
  AddCode("camel", "A", "return getUserName(id)");
  AddCode("snake", "B", "return get_user_name(id)");
  AddCode("other", "C", "return set_color(id)");
  AddCode("plain", "D", "the user of this name");
  const auto ids = [&](const char* query) {
    return Ids(Object{{"query", query}, {"kinds", Kind("code_examples")}, {"mode", "keyword"}});
  };
  const Strings by_words = ids("user name ");
  EXPECT_EQ(std::set<std::string>(by_words.begin(), by_words.end()),
            (std::set<std::string>{"camel", "snake", "plain"}));
  Strings found = ids("getUserName ");
  ASSERT_GE(found.size(), 2U);
  EXPECT_EQ(found[0], "camel") << "the exact form first";
  EXPECT_NE(std::find(found.begin(), found.end(), "snake"), found.end());
  EXPECT_EQ(std::find(found.begin(), found.end(), "other"), found.end());
  found = ids("get_user_name ");
  EXPECT_EQ(found[0], "snake");
  EXPECT_NE(std::find(found.begin(), found.end(), "camel"), found.end());
}

TEST_F(SearchKindsTest, AnotherEmbedderLeavesTheWordsUntilRowsAreEmbeddedAgain) {
  LoadEmbedder();
  AddRows();
  DrainAll();
  ASSERT_TRUE(embedders_.Use(Object{{"model", "other"}, {"dimensions", 3}}).ok());
  const Object request{{"query", "tomatoes "},
                       {"kinds", Kind("messages")},
                       {"vector", Array{1.0, 0.0, 0.0}},
                       {"embed", "external"}};
  // The form of the stored vectors is another: the words are left.
  Object hybrid = request;
  EXPECT_EQ(Code(request), ErrorCode::INVALID_ARGUMENT) << "as long as the old ones are there";
  ASSERT_TRUE(rows_->Texts(100).ok());
  const Array hits = Hits(hybrid);
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_NE(Leg(hits[0], "bm25"), nullptr);
  EXPECT_EQ(Leg(hits[0], "semantic"), nullptr) << "and the hit says so";
  Array vectors;
  for (int i = 0; i < 10; ++i) vectors.push_back(ToBytes(std::vector<float>{1, 0, 0}));
  ASSERT_TRUE(rows_->Vectors(vectors).ok());
  EXPECT_NE(Leg(Hits(hybrid)[0], "semantic"), nullptr);
}

TEST_F(SearchKindsTest, ShortAndCjkWordsAreFoundInEveryKind) {
  Run("INSERT INTO decisions(id, user_id, title, options) VALUES ('d', 'u', '検索の設計', '[]');"
      "INSERT INTO stories(id, title, user_story) VALUES ('s', 'Story', '全文検索を使う');"
      "INSERT INTO code_examples(id, title, code_content) VALUES ('x', 'Code', '// 検索する');"
      "INSERT INTO messages(id, conversation_id, role, content) VALUES ('m', 'c', 'user', "
      "'検索は速い'), ('go', 'c', 'user', 'Go 100% up_to');"
      "INSERT INTO ai_requests(id, kind, user_id, prompt_text) VALUES ('r', 'query', 'u', "
      "'検索とは');"
      "INSERT INTO ai_requests(id, kind, user_id, prompt_text, response_text) VALUES ('r2', "
      "'query', 'u', 'Question', '答えは検索')");
  const std::map<std::string, Strings> expected = {{"decisions", {"d"}},
                                                   {"stories", {"s"}},
                                                   {"code_examples", {"x"}},
                                                   {"messages", {"m"}},
                                                   {"ai_requests", {"r", "r2"}}};
  for (const char* query : {"検索", "索", "検索 "}) {
    for (const auto& [kind, ids] : expected) {
      Strings found = Ids(Object{{"query", query}, {"kinds", Kind(kind)}, {"mode", "keyword"}});
      std::sort(found.begin(), found.end());
      EXPECT_EQ(found, ids) << kind << ' ' << query;
    }
  }
  EXPECT_EQ(Ids(Object{{"query", "go"}, {"kinds", Kind("messages")}, {"mode", "keyword"}}),
            Strings{"go"});
  EXPECT_TRUE(Ids(Object{{"query", "%"}, {"kinds", Kind("messages")}, {"mode", "keyword"}}).empty())
      << "no wildcard";
}

TEST_F(SearchKindsTest, RequestsAreFoundByPromptAndByResponse) {
  AddRows();
  const auto ids = [&](const char* query) {
    return Ids(Object{{"query", query}, {"kinds", Kind("ai_requests")}, {"mode", "keyword"}});
  };
  EXPECT_EQ(ids("schema "), Strings{"r2"});
  EXPECT_EQ(ids("keys "), Strings{"r2"});
  EXPECT_EQ(ids("basil "), Strings{"r1"});
}

TEST_F(SearchKindsTest, AConversationsWeightsCountBeforeTheConfiguredOnes) {
  LoadEmbedder();
  AddRows();
  Run("INSERT INTO conversation_settings(conversation_id, field, value) VALUES ('c', "
      "'bm25_weight', '1'), ('c', 'semantic_weight', '0')");
  const Array hits =
      Hits(Object{{"query", "tomatoes "}, {"kinds", Kind("messages")}, {"conversation", "c"}});
  ASSERT_FALSE(hits.empty());
  // The weight of the words, and what the title adds to it.
  const Value* context = hits[0].AsObject().Find("context");
  EXPECT_NEAR(Of(hits[0], "score").AsNumber() - (context == nullptr ? 0 : context->AsNumber()), 1,
              1e-9);
}

}  // namespace
}  // namespace archivolt
