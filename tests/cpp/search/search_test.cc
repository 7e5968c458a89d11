#include "search/search.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "search/search_fixture.h"

namespace archivolt {
namespace {

TEST_F(SearchTest, HybridFindsByWordAndByMeaning) {
  LoadEmbedder();
  AddHandbook();
  EXPECT_EQ(Found(Object{{"query", "bcrypt"}}).front(), "auth.md");
  EXPECT_EQ(Found(Object{{"query", "disaster recovery of data"}}).front(), "backup.md")
      << "shares no word with it";
  EXPECT_EQ(Found(Object{{"query", "vegetables"}}).front(), "garden.md");
  EXPECT_EQ(Found(Object{{"query", "disaster recovery of data "}, {"mode", "keyword"}}).size(), 0U);
}

TEST_F(SearchTest, HitsSayWhereTheyAreAndWhy) {
  LoadEmbedder();
  const std::string text = "# Größe 😀\n\nIntro.\n\n## Tuning\n\nRaise shared_buffers first.\n";
  ids_by_name_["a.md"] = Add("a.md", text);
  const Array hits = Hits(Object{{"query", "shared_buffers "},
                                 {"snippet", Object{{"before", "<b>"}, {"after", "</b>"}}}});
  ASSERT_FALSE(hits.empty());
  const Value& hit = hits.front();
  EXPECT_EQ(Of(hit, "kind").AsString(), "documents");
  EXPECT_EQ(Of(hit, "title").AsString(), "Größe 😀 › Tuning");
  EXPECT_EQ(Of(hit, "heading").AsString(), "Größe 😀 > Tuning");
  const size_t begin = Utf8OffsetOf(text, static_cast<size_t>(Of(hit, "start").AsInt()));
  const size_t end = Utf8OffsetOf(text, static_cast<size_t>(Of(hit, "end").AsInt()));
  EXPECT_EQ(text.substr(begin, end - begin), Of(hit, "text").AsString());
  EXPECT_NE(Of(hit, "snippet").AsString().find("<b>shared</b>"), std::string::npos)
      << Of(hit, "snippet").AsString();
  ASSERT_NE(Leg(hit, "bm25"), nullptr);
  EXPECT_EQ(Leg(hit, "bm25")->Find("rank")->AsInt(), 1);
  EXPECT_GT(Leg(hit, "bm25")->Find("score")->AsNumber(), 0) << "higher is better, unlike SQLite's";
  ASSERT_NE(Leg(hit, "semantic"), nullptr);
  EXPECT_GE(Leg(hit, "semantic")->Find("rank")->AsInt(), 1);
}

TEST_F(SearchTest, WeightedScoreIsTheFormulaOfItsLegs) {
  LoadEmbedder();
  AddHandbook();
  const std::string query = "database restore machine ";
  std::vector<float> vector(embedders_.builtin()->dimensions());
  const double coverage = static_cast<double>(embedders_.builtin()->Embed(query, vector));
  ASSERT_GT(coverage, 0.9);
  const auto check = [&](double keyword_weight, double semantic_weight, const Object& request) {
    const Array hits = Hits(request);
    ASSERT_GT(hits.size(), 3U);
    double top = 0;
    for (const Value& hit : hits) {
      if (Leg(hit, "bm25") != nullptr)
        top = std::max(top, Leg(hit, "bm25")->Find("score")->AsNumber());
    }
    double last = 1e9;
    for (const Value& hit : hits) {
      const double bm25 =
          Leg(hit, "bm25") == nullptr ? 0 : Leg(hit, "bm25")->Find("score")->AsNumber() / top;
      const double cosine =
          Leg(hit, "semantic") == nullptr ? 0 : Leg(hit, "semantic")->Find("score")->AsNumber();
      const Value* context = hit.AsObject().Find("context");
      EXPECT_NEAR(Of(hit, "score").AsNumber() - (context == nullptr ? 0 : context->AsNumber()),
                  keyword_weight * bm25 + semantic_weight * coverage * cosine, 1e-6);
      if (request.Find("fusion") != nullptr) {
        EXPECT_EQ(context, nullptr);
      }
      EXPECT_LE(Of(hit, "score").AsNumber(), last);
      last = Of(hit, "score").AsNumber();
    }
  };
  const Object base{{"query", query}, {"kinds", Array{"documents"}}};
  check(0.3, 0.7, base);
  Object weighted = base;
  weighted.Set("fusion", Object{{"method", "weighted"}, {"bm25", 0.8}, {"semantic", 0.2}});
  check(0.8, 0.2, weighted);
  Run("INSERT INTO dynamic_config(origin, bm25_weight, semantic_weight, updated_at) VALUES "
      "('local', 0.5, 0.4, 0)");
  check(0.5, 0.4, base);
}

TEST_F(SearchTest, NearWordsAndTheOtherPassagesOfADocumentAddToItsScore) {
  ids_by_name_["a.md"] = Add("a.md", "# Notes\n\n## Autovacuum\n\nThe daemon looks at tables.\n");
  ids_by_name_["b.md"] =
      Add("b.md", "# Notes\n\n## One\n\nThe daemon rests.\n\n## Two\n\nThe daemon works.\n");
  // Without an embedder only words count: "daemon" and "looking", which meets "looks", stand side
  // by side.
  const Array hits = Hits(Object{{"query", "autovacuum daemon looking "}});
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(Of(hits[0], "documentId").AsString(), ids_by_name_["a.md"]);
  EXPECT_NEAR(Of(hits[0], "context").AsNumber(), 0.08, 1e-9);
  const double alike = Of(hits[1], "score").AsNumber() - Of(hits[1], "context").AsNumber();
  EXPECT_NEAR(Of(hits[1], "context").AsNumber(), 0.05 * alike / 3, 1e-9);
  EXPECT_NEAR(Of(hits[2], "context").AsNumber(), 0.05 * alike / 3, 1e-9);
  const Array words = Hits(Object{{"query", "autovacuum daemon looking "}, {"mode", "keyword"}});
  EXPECT_EQ(words[0].AsObject().Find("context"), nullptr);
}

TEST_F(SearchTest, AMeaningIsEmbeddedInThePlaceOfTheQuery) {
  LoadEmbedder();
  AddHandbook();
  const auto scores = [this](const Object& request) {
    std::map<std::string, double> out;
    for (const Value& hit : Hits(request)) {
      if (Leg(hit, "semantic") != nullptr)
        out[Of(hit, "id").AsString()] = Leg(hit, "semantic")->Find("score")->AsNumber();
    }
    return out;
  };
  const Object meant{{"query", "bcrypt "}, {"meaning", "vegetables"}, {"mode", "semantic"}};
  EXPECT_EQ(scores(meant), scores(Object{{"query", "vegetables"}, {"mode", "semantic"}}));
  EXPECT_EQ(Found(meant).front(), "garden.md");
  const Array hybrid = Hits(Object{{"query", "bcrypt "}, {"meaning", "vegetables"}});
  EXPECT_TRUE(std::any_of(hybrid.begin(), hybrid.end(), [this](const Value& hit) {
    return Leg(hit, "bm25") != nullptr &&
           Of(hit, "text").AsString().find("bcrypt") != std::string::npos;
  }));
}

TEST_F(SearchTest, RrfUsesTheRanksShown) {
  LoadEmbedder();
  AddHandbook();
  const Array hits = Hits(Object{{"query", "database copy "},
                                 {"kinds", Array{"documents"}},
                                 {"fusion", Object{{"method", "rrf"}, {"k", 10}}}});
  ASSERT_FALSE(hits.empty());
  for (const Value& hit : hits) {
    double expected = 0;
    for (const char* leg : {"bm25", "semantic"}) {
      if (Leg(hit, leg) != nullptr)
        expected += 1.0 / (10.0 + static_cast<double>(Leg(hit, leg)->Find("rank")->AsInt()));
    }
    EXPECT_NEAR(Of(hit, "score").AsNumber(), expected, 1e-12);
  }
}

TEST_F(SearchTest, ModesUseTheirLegsOnly) {
  LoadEmbedder();
  AddHandbook();
  for (const Value& hit : Hits(Object{{"query", "storage"}, {"mode", "keyword"}})) {
    EXPECT_EQ(Leg(hit, "semantic"), nullptr);
    EXPECT_NE(Leg(hit, "bm25"), nullptr);
  }
  const Array semantic = Hits(Object{{"query", "storage"}, {"mode", "semantic"}});
  EXPECT_EQ(semantic.size(), 10U);
  for (const Value& hit : semantic) {
    EXPECT_EQ(Leg(hit, "bm25"), nullptr);
    EXPECT_DOUBLE_EQ(Of(hit, "score").AsNumber(), Leg(hit, "semantic")->Find("score")->AsNumber());
  }
}

TEST_F(SearchTest, WordsTheTableLacksLeaveItToTheKeywords) {
  LoadEmbedder();
  AddHandbook();
  ids_by_name_["odd.md"] = Add("odd.md", "# Codename\n\nThe project zzyzxqwv is secret.");
  const auto found = Found(Object{{"query", "zzyzxqwv"}});
  ASSERT_EQ(found.size(), 1U) << "no semantic noise";
  EXPECT_EQ(found.front(), "odd.md");
}

TEST_F(SearchTest, HostileQueriesAreOnlyText) {
  LoadEmbedder();
  AddHandbook();
  std::string many;
  for (int i = 0; i < 10000; ++i) many += "word" + std::to_string(i) + " ";
  const std::vector<std::string> queries = {"C++",
                                            "log-in (page",
                                            "\"",
                                            "\"\"\"",
                                            "NEAR(a b)",
                                            "a AND",
                                            "NOT",
                                            "OR OR",
                                            "*",
                                            "^x",
                                            "chunk_text:x",
                                            "- -",
                                            "col : x",
                                            std::string("nul\0byte", 8),
                                            "'; DROP TABLE documents; --",
                                            "{a b}",
                                            "+",
                                            "a + b",
                                            many,
                                            "\xFF\xFE",
                                            "%_\\",
                                            "😀",
                                            "日本",
                                            "日本語の検索"};
  for (const std::string& query : queries) {
    for (const char* mode : {"keyword", "hybrid", "semantic"}) {
      const auto answer = Search(Object{{"query", query}, {"mode", mode}});
      EXPECT_TRUE(answer.ok()) << query << ": " << answer.status().message();
    }
  }
  EXPECT_TRUE(Hits(Object{{"query", "?!"}, {"mode", "keyword"}}).empty());
  EXPECT_EQ(Code(Object{{"query", ""}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 12);
}

TEST_F(SearchTest, DeletedFailedAndDeselectedDocumentsAreNotFound) {
  LoadEmbedder();
  AddHandbook();
  Run("INSERT INTO users(id, username) VALUES ('u1', 'ann');"
      "INSERT INTO conversations(id, user_id) VALUES ('c1', 'u1')");
  const auto has = [&](Object request, const std::string& name) {
    request.Set("query", "copy of the database");
    const auto found = Found(request);
    return std::find(found.begin(), found.end(), name) != found.end();
  };
  ASSERT_TRUE(has({}, "backup.md"));
  Run("UPDATE documents SET is_deleted = 1 WHERE filename = 'backup.md'");
  for (const char* mode : {"keyword", "semantic", "hybrid"})
    EXPECT_FALSE(has(Object{{"mode", mode}}, "backup.md")) << mode;
  Run("UPDATE documents SET is_deleted = 0 WHERE filename = 'backup.md'");
  EXPECT_TRUE(has({}, "backup.md")) << "the kept filter follows the database";
  Run("UPDATE documents SET status = 'failed' WHERE filename = 'backup.md'");
  EXPECT_FALSE(has({}, "backup.md"));
  Run("UPDATE documents SET status = 'indexed' WHERE filename = 'backup.md'");

  const std::string& id = ids_by_name_["backup.md"];
  ASSERT_TRUE(documents_->Select(Object{{"id", id}, {"enabled", false}, {"user", "u1"}}).ok());
  EXPECT_TRUE(has({}, "backup.md"));
  EXPECT_FALSE(has(Object{{"user", "u1"}}, "backup.md"));
  EXPECT_FALSE(has(Object{{"conversation", "c1"}}, "backup.md"));
  EXPECT_FALSE(has(Object{{"conversation", "c1"}, {"mode", "semantic"}}, "backup.md"));
  ASSERT_TRUE(
      documents_->Select(Object{{"id", id}, {"enabled", true}, {"conversation", "c1"}}).ok());
  EXPECT_TRUE(has(Object{{"conversation", "c1"}}, "backup.md"));
  EXPECT_EQ(Code(Object{{"query", "x"}, {"conversation", "c9"}}), ErrorCode::NOT_FOUND);
}

TEST_F(SearchTest, WhereFiltersBothLegsBeforeRanking) {
  LoadEmbedder();
  AddHandbook();
  for (const char* mode : {"keyword", "semantic", "hybrid"}) {
    const auto found = Found(
        Object{{"query", "storage database logs tests"},
               {"mode", mode},
               {"where", Object{{"filename", Object{{"in", Array{"logs.md", "garden.md"}}}}}}});
    const std::set<std::string> names(found.begin(), found.end());
    EXPECT_TRUE(names.contains("logs.md")) << mode;
    EXPECT_LE(names.size(), 2U) << mode;
    for (const std::string& name : names)
      EXPECT_TRUE(name == "logs.md" || name == "garden.md") << name;
  }
  EXPECT_EQ(Code(Object{{"query", "x"}, {"where", Object{{"no_such_column", 1}}}}),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(SearchTest, RemovedDocumentsAndCascadesLeaveNoHits) {
  LoadEmbedder();
  AddHandbook();
  const Object request{{"query", "tomatoes and basil"}, {"mode", "semantic"}, {"limit", 3}};
  ASSERT_EQ(Found(request).front(), "garden.md");
  Run("DELETE FROM documents WHERE filename = 'garden.md'");  // behind the back of the index
  const auto found = Found(request);
  EXPECT_EQ(std::find(found.begin(), found.end(), "garden.md"), found.end());
  EXPECT_EQ(found.size(), 3U) << "the next one takes its place";
  ASSERT_TRUE(*documents_->Remove(ids_by_name_["backup.md"]));
  const auto after = Found(Object{{"query", "copy the database every night"}});
  EXPECT_EQ(std::find(after.begin(), after.end(), "backup.md"), after.end());
}

TEST_F(SearchTest, ChunksThatTakeAnOldNumberKeepTheirOwnVectors) {
  LoadEmbedder();
  ids_by_name_["a.md"] = Add("a.md", "Caches keep answers in memory.");
  ids_by_name_["b.md"] = Add("b.md", "Tomatoes want sun and water.");
  ASSERT_EQ(Found(Object{{"query", "tomato plants"}}).front(), "b.md");
  Run("DELETE FROM documents WHERE filename = 'b.md'");
  // Same pk as the lost chunk, but without a vector: the old vector must not speak for it.
  const auto added = Ingest(
      Object{{"filename", "c.md"}, {"text", "Invoices are paid monthly."}, {"embed", "none"}});
  ASSERT_TRUE(added.ok());
  ids_by_name_["c.md"] = added->Find("id")->AsString();
  const auto found = Found(Object{{"query", "tomato plants"}, {"mode", "semantic"}});
  EXPECT_EQ(std::find(found.begin(), found.end(), "c.md"), found.end());
}

TEST_F(SearchTest, CjkIsFoundByAnyPartOfIt) {
  LoadEmbedder();
  ids_by_name_["ja.md"] = Add("ja.md", "# 検索\n\n全文検索エンジンの仕組みを説明します。");
  ids_by_name_["zh.md"] = Add("zh.md", "# 数据库\n\n数据库备份每天晚上进行。");
  ids_by_name_["ko.md"] = Add("ko.md", "# 문서\n\n데이터베이스를 매일 백업합니다.");
  EXPECT_EQ(Found(Object{{"query", "検索エンジン"}, {"mode", "keyword"}}),
            std::vector<std::string>{"ja.md"});
  EXPECT_EQ(Found(Object{{"query", "备份"}, {"mode", "keyword"}}),
            std::vector<std::string>{"zh.md"})
      << "two characters";
  EXPECT_EQ(Found(Object{{"query", "晚"}, {"mode", "keyword"}}), std::vector<std::string>{"zh.md"})
      << "one character";
  EXPECT_EQ(Found(Object{{"query", "데이터베이스"}, {"mode", "keyword"}}),
            std::vector<std::string>{"ko.md"});
  EXPECT_EQ(Found(Object{{"query", "備份"}, {"mode", "keyword"}}).size(), 0U);
  const Array hits = Hits(Object{{"query", "备份"}});
  ASSERT_FALSE(hits.empty());
  EXPECT_NE(Of(hits.front(), "snippet").AsString().find("**备份**"), std::string::npos);
}

TEST_F(SearchTest, CodeIsFoundByItsIdentifiersAndTheirParts) {
  ids_by_name_["a.ts"] =
      Add("a.ts", "export function getUserName(id) {\n  return table.get(id);\n}\n", "code");
  ids_by_name_["b.cc"] = Add("b.cc", "std::vector<int> ReadAll();\nint user_count = 0;\n", "code");
  for (int i = 0; i < 6; ++i) {
    const std::string name = "f" + std::to_string(i) + ".cc";
    ids_by_name_[name] = Add(name, "int filler_" + std::to_string(i) + " = compute();\n", "code");
  }
  const auto best = [&](const char* query) {
    return Found(Object{{"query", query}, {"mode", "keyword"}}).at(0);
  };
  EXPECT_EQ(best("getUserName"), "a.ts");
  EXPECT_EQ(best("getUser"), "a.ts") << "while it is being typed";
  EXPECT_EQ(best("std::vector"), "b.cc");
  EXPECT_EQ(best("user_count"), "b.cc");
  EXPECT_EQ(best("UserName "), "a.ts") << "a part in the middle, by trigrams";
  EXPECT_EQ(best("vector<int>"), "b.cc");
}

TEST_F(SearchTest, EveryKindIsSearched) {
  LoadEmbedder();
  Run("INSERT INTO users(id, username) VALUES ('u1', 'ann');"
      "INSERT INTO conversations(id, user_id, title) VALUES ('c1', 'u1', 'Chat on queues');"
      "INSERT INTO decisions(id, user_id, title, options, rationale) VALUES ('d1', 'u1', 'Use a "
      "zeppelin queue', '[]', 'A zeppelin is simple.');"
      "INSERT INTO stories(id, title, user_story) VALUES ('s1', 'Zeppelin booking', 'As a "
      "traveller I book a zeppelin.');"
      "INSERT INTO code_examples(id, title, code_content) VALUES ('x1', 'Flight', 'fly(zeppelin)');"
      "INSERT INTO messages(id, conversation_id, role, content) VALUES ('m1', 'c1', 'user', 'What "
      "is a zeppelin? 飛行船');"
      "INSERT INTO ai_requests(id, kind, user_id, prompt_text, response_text) VALUES ('r1', "
      "'query', 'u1', 'Zeppelin?', 'An airship.')");
  Add("z.md", "# Airships\n\nA zeppelin is rigid.");
  std::set<std::string> kinds;
  for (const Value& hit : Hits(Object{{"query", "zeppelin "}})) {
    kinds.insert(Of(hit, "kind").AsString());
    EXPECT_FALSE(Of(hit, "title").AsString().empty());
    EXPECT_NE(Of(hit, "snippet").AsString().find("**"), std::string::npos)
        << Of(hit, "title").AsString();
    EXPECT_GT(Of(hit, "score").AsNumber(), 0.3) << "both legs speak for every kind";
  }
  EXPECT_EQ(kinds.size(), 6U);
  const Array messages = Hits(Object{{"query", "飛行"}, {"kinds", Array{"messages"}}});
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(Of(messages[0], "id").AsString(), "m1");
  EXPECT_EQ(Of(messages[0], "title").AsString(), "Chat on queues");
  const Array decisions = Hits(Object{{"query", "zeppelin "},
                                      {"kinds", Array{"decisions"}},
                                      {"where", Object{{"status", "active"}}}});
  EXPECT_TRUE(decisions.empty());
}

TEST_F(SearchTest, PagesFollowOneAnother) {
  LoadEmbedder();
  AddHandbook();
  const Object request{{"query", "database tests and logs"}, {"kinds", Array{"documents"}}};
  std::vector<std::string> paged;
  for (int offset = 0; offset < 12; offset += 3) {
    Object page = request;
    page.Set("limit", 3);
    page.Set("offset", offset);
    for (const std::string& name : Found(page)) paged.push_back(name);
  }
  Object whole = request;
  whole.Set("limit", 100);
  EXPECT_EQ(paged, Found(whole));
  EXPECT_EQ(Found(whole), Found(whole));
}

TEST_F(SearchTest, ExternalVectorsSearchByTheirOwnScale) {
  ASSERT_TRUE(embedders_.Use(Object{{"model", "m"}, {"dimensions", 2}}).ok());
  const Object near{{"text", "alpha"}, {"vector", Array{1, 0}}};
  const Object far{{"text", "omega"}, {"vector", Array{0, 1}}};
  const auto added = Ingest(Object{{"filename", "a.txt"},
                                   {"text", "alpha omega"},
                                   {"embed", "external"},
                                   {"chunks", Array{near, far}}});
  ASSERT_TRUE(added.ok()) << added.status().message();
  const Array hits =
      Hits(Object{{"query", "omega "}, {"vector", Array{1, 0.1}}, {"embed", "external"}});
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_NEAR(Of(hits[0], "score").AsNumber(), 1.0 / 61 + 1.0 / 62, 1e-9)
      << "rrf is the default here";
  const Array semantic = Hits(Object{
      {"query", ""}, {"vector", Array{1, 0.1}}, {"embed", "external"}, {"mode", "semantic"}});
  ASSERT_EQ(semantic.size(), 2U);
  EXPECT_EQ(Of(semantic[0], "text").AsString(), "alpha");
  EXPECT_EQ(Code(Object{{"query", "x"}, {"vector", Array{1, 0, 0}}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Code(Object{{"query", "x"}, {"embed", "external"}}), ErrorCode::INVALID_ARGUMENT);
  LoadEmbedder();
  EXPECT_EQ(Code(Object{{"query", "x"}, {"embed", "builtin"}}), ErrorCode::FAILED_PRECONDITION)
      << "other vectors are stored";
  EXPECT_TRUE(Search(Object{{"query", "omega"}, {"embed", "builtin"}, {"mode", "keyword"}}).ok());
}

TEST_F(SearchTest, ArgumentsAreChecked) {
  const std::vector<std::pair<std::string, Value>> bad = {
      {"query", 5},
      {"limit", 0},
      {"limit", 1001},
      {"offset", -1},
      {"mode", "magic"},
      {"kinds", Array{}},
      {"kinds", Array{"users"}},
      {"fusion", Object{{"method", "borda"}}},
      {"fusion", Object{{"method", "weighted"}, {"bm25", -1}}},
      {"fusion", Object{{"method", "weighted"}, {"bm25", 0}, {"semantic", 0}}},
      {"snippet", Object{{"tokens", 0}}},
      {"vector", Array{}},
      {"vector", "x"},
      {"embed", "maybe"},
      {"where", 5}};
  for (const auto& [field, value] : bad) {
    Object request{{"query", "text"}};
    request.Set(field, value);
    EXPECT_EQ(Code(request), ErrorCode::INVALID_ARGUMENT) << field;
  }
  EXPECT_EQ(Code(Object{{"query", "x"}, {"mode", "semantic"}}), ErrorCode::INVALID_ARGUMENT)
      << "there is no embedder";
  EXPECT_TRUE(Hits(Object{{"query", "x"}}).empty()) << "an empty workspace";
  const auto answer = Search(Object{{"query", "x"}});
  for (const char* part : {"embed", "bm25", "semantic", "fuse", "total"}) {
    EXPECT_GE(answer->AsObject().Find("took")->AsObject().Find(part)->AsNumber(), 0) << part;
  }
}

}  // namespace
}  // namespace archivolt
