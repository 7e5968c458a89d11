// Every report compiles, answers with nothing and with rows, keeps its promises about ties, units
// and missing names, and reads no big table from end to end.
#include "reports/reports.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "records/records_fixture.h"
#include "reports/report_table.h"

namespace archivolt {
namespace {

class ReportsTest : public RecordsTest {
 protected:
  void SetUp() override {
    RecordsTest::SetUp();
    reports_ = std::make_unique<ReportService>(*database_, clock_);
  }

  Value Run(std::string_view name, const Object& params) {
    const Result<Value> answer = reports_->Run(name, params);
    EXPECT_TRUE(answer.ok()) << name << ": " << answer.status().message();
    return answer.ok() ? *answer : Value();
  }
  /// The member of each row, in the order of the answer.
  Array Column(std::string_view name, const Object& params, std::string_view member) {
    Array values;
    const Value answer = Run(name, params);
    if (!answer.is_array()) return values;
    for (const Value& row : answer.AsArray()) {
      const Value* value = row.AsObject().Find(member);
      EXPECT_NE(value, nullptr) << member;
      values.push_back(value == nullptr ? Value() : *value);
    }
    return values;
  }
  Value Member(const Value& row, std::string_view member) {
    const Value* value = row.is_object() ? row.AsObject().Find(member) : nullptr;
    EXPECT_NE(value, nullptr) << member;
    return value == nullptr ? Value() : *value;
  }
  void ExpectInvalid(std::string_view name, const Object& params, std::string_view argument) {
    const Result<Value> answer = reports_->Run(name, params);
    ASSERT_FALSE(answer.ok()) << name << " took " << argument;
    EXPECT_EQ(answer.status().code(), ErrorCode::INVALID_ARGUMENT);
    const Status status = answer.status();
    const Status::DetailValue* detail = status.Find("argument");
    ASSERT_NE(detail, nullptr) << status.message();
    EXPECT_EQ(std::get<std::string>(*detail), argument);
  }
  std::string User(std::string_view name) {
    return InsertedId("users", Object{{"username", Value(name)}});
  }
  void Request(const std::string& user, Object row) {
    row.Set("kind", "query");
    row.Set("user_id", user);
    if (row.Find("prompt_text") == nullptr) row.Set("prompt_text", "a question");
    Inserted("ai_requests", row);
  }
  std::string Message(const std::string& conversation, Object row) {
    row.Set("conversation_id", conversation);
    row.Set("role", "assistant");
    row.Set("content", "an answer");
    return InsertedId("messages", row);
  }
  std::string Plan(std::string_view sql) {
    auto statement = database_->Prepare("EXPLAIN QUERY PLAN " + std::string(sql));
    EXPECT_TRUE(statement.ok()) << statement.status().message();
    std::string plan;
    while (statement.ok() && *statement->Step()) plan.append(statement->Text(3)).append("\n");
    return plan;
  }
  const Report& Find(std::string_view name) {
    for (const Report& report : AllReports()) {
      if (report.name == name) return report;
    }
    ADD_FAILURE() << name;
    return AllReports()[0];
  }

  std::unique_ptr<ReportService> reports_;
};

Object Required(const Report& report) {
  Object params;
  for (const std::string_view name :
       {"user", "project", "conversation", "message", "trace", "query"}) {
    if (report.params.find(std::string(name) + "!") != std::string_view::npos) {
      params.Append(std::string(name), "nobody");
    }
  }
  return params;
}

TEST_F(ReportsTest, AnswerNothingForSomebodyWhoDoesNotExist) {
  for (const Report& report : AllReports()) {
    const Value answer = Run(report.name, Required(report));
    if (!report.single) {
      ASSERT_TRUE(answer.is_array()) << report.name;
      EXPECT_TRUE(answer.AsArray().empty()) << report.name;
    }
  }
  EXPECT_TRUE(Run("userLookup", Object{{"user", "nobody"}}).is_null());
  EXPECT_TRUE(Run("trace", Object{{"trace", "nobody"}}).is_null());
  const Value statistics = Run("userStatistics", Object{{"user", "nobody"}});
  EXPECT_EQ(Member(statistics, "requests"), Value(0));
  EXPECT_EQ(Member(statistics, "tokens_used"), Value(0));
  EXPECT_TRUE(Member(statistics, "p95_ms").is_null());
  EXPECT_EQ(Member(Run("userActivity", Object{{"user", "nobody"}}), "stories"), Value(0));
}

TEST_F(ReportsTest, RefuseWrongParametersByName) {
  ExpectInvalid("noSuchReport", {}, "name");
  ExpectInvalid("latestRequests", {}, "user");
  ExpectInvalid("latestRequests", Object{{"user", Value()}}, "user");
  ExpectInvalid("latestRequests", Object{{"user", 7}}, "user");
  ExpectInvalid("latestRequests", Object{{"user", "u"}, {"limit", 0}}, "limit");
  ExpectInvalid("latestRequests", Object{{"user", "u"}, {"limit", 1001}}, "limit");
  ExpectInvalid("latestRequests", Object{{"user", "u"}, {"limit", 2.5}}, "limit");
  ExpectInvalid("latestRequests", Object{{"user", "u"}, {"kind", "rumour"}}, "kind");
  ExpectInvalid("latestRequests", Object{{"user", "u"}, {"until", "yesterday"}}, "until");
  ExpectInvalid("latestRequests", Object{{"user", "u"}, {"colour", "red"}}, "colour");
  ExpectInvalid("latestRequests", Object{{"user", std::string("a\0b", 3)}}, "user");
  ExpectInvalid("latestRequests", Object{{"user", "\xff"}}, "user");
  ExpectInvalid("usageByModel", Object{{"utcOffset", 1441}}, "utcOffset");
  ExpectInvalid("searchRequests", Object{{"query", std::string(70'000, 'a')}}, "query");
}

TEST_F(ReportsTest, TakeInjectionAndSyntaxAsText) {
  Request(User("ann"), Object{{"prompt_text", "what does C++ say"}});
  for (const std::string_view text : {"' OR 1=1 --", "C++", "log-in (page", "\"", "*", "a AND", "",
                                      "prompt_text : x", "NEAR(a b)"}) {
    Run("searchRequests", Object{{"query", text}});
    Run("searchStories", Object{{"query", text}});
    EXPECT_TRUE(Run("latestRequests", Object{{"user", text}}).AsArray().empty());
  }
  EXPECT_EQ(Run("searchRequests", Object{{"query", "C++"}}).AsArray().size(), 1U);
}

TEST_F(ReportsTest, LatestRequestsAreNewestFirstWithATieBreak) {
  const std::string ann = User("ann");
  const std::string bob = User("bob");
  for (const std::string_view id : {"r1", "r2", "r3"}) {
    Request(ann, Object{{"id", id}, {"created_at", "2026-01-30T10:30:00Z"}});
  }
  Request(ann, Object{{"id", "r4"}, {"created_at", "2026-01-31T00:00:00.000001Z"}});
  Request(bob, Object{{"id", "other"}});
  EXPECT_EQ(Column("latestRequests", Object{{"user", ann}}, "id"), (Array{"r4", "r3", "r2", "r1"}));
  EXPECT_EQ(Column("latestRequests", Object{{"user", ann}, {"limit", 2}}, "id"),
            (Array{"r4", "r3"}));
  EXPECT_EQ(Column("latestRequests",
                   Object{{"user", ann}, {"until", "2026-01-31T00:00:00.000001Z"}}, "id"),
            (Array{"r3", "r2", "r1"}));
  EXPECT_TRUE(Run("latestRequests", Object{{"user", ann}, {"kind", "agent_interaction"}})
                  .AsArray()
                  .empty());
  EXPECT_EQ(Column("latestRequests", Object{{"user", ann}, {"limit", 1}}, "created_at"),
            (Array{"2026-01-31T00:00:00.000001Z"}));
}

TEST_F(ReportsTest, StatisticsBringDurationsToOneUnit) {
  const std::string ann = User("ann");
  for (int i = 1; i <= 20; ++i) {
    Request(ann, Object{{"duration", i * 100.0},
                        {"duration_unit", "ms"},
                        {"tokens_used", 10},
                        {"status", i == 20 ? "failed" : "completed"},
                        {"created_at", "2026-01-30T10:30:00Z"}});
  }
  Request(ann, Object{{"duration", 1.5}, {"duration_unit", "s"}});
  Request(ann, Object{{"created_at", "2020-01-01T00:00:00Z"}});
  const Value all = Run("userStatistics", Object{{"user", ann}});
  EXPECT_EQ(Member(all, "requests"), Value(22));
  EXPECT_EQ(Member(all, "completed"), Value(19));
  EXPECT_EQ(Member(all, "failed"), Value(1));
  EXPECT_EQ(Member(all, "timed"), Value(21));
  EXPECT_EQ(Member(all, "tokens_used"), Value(200));
  EXPECT_DOUBLE_EQ(Member(all, "average_ms").AsNumber(), (21000.0 + 1500.0) / 21);
  EXPECT_EQ(Member(all, "median_ms"), Value(1100.0));
  EXPECT_EQ(Member(all, "p95_ms"), Value(1900.0));
  EXPECT_EQ(Member(all, "max_ms"), Value(2000.0));
  EXPECT_EQ(Member(all, "first_at"), Value("2020-01-01T00:00:00Z"));
  const Value early =
      Run("userStatistics", Object{{"user", ann}, {"until", "2021-01-01T00:00:00Z"}});
  EXPECT_EQ(Member(early, "requests"), Value(1));
  EXPECT_TRUE(Member(early, "median_ms").is_null());
}

TEST_F(ReportsTest, StoriesOfAProjectAreByPriorityAndKeepWhatLacksIt) {
  const std::string project = InsertedId("projects", Object{{"name", "p"}});
  const std::string epic = InsertedId("epics", Object{{"project_id", project}, {"title", "e"}});
  const std::string ann = InsertedId("users", Object{{"first_name", "Ann"}, {"username", "ann"}});
  const std::string bob = User("bob");
  const auto story = [&](std::string_view id, Object row) {
    row.Set("id", id);
    row.Set("title", id);
    if (row.Find("epic_id") == nullptr) row.Set("project_id", project);
    Inserted("stories", row);
  };
  story("none", Object{});
  story("low", Object{{"priority", "low"}, {"created_by", bob}});
  story("high", Object{{"priority", "high"}, {"created_by", ann}});
  story("epic", Object{{"priority", "critical"}, {"epic_id", epic}});
  story("new high", Object{{"priority", "high"}, {"status", "done"}});
  EXPECT_EQ(Column("projectStories", Object{{"project", project}}, "id"),
            (Array{"epic", "new high", "high", "low", "none"}));
  EXPECT_EQ(Column("projectStories", Object{{"project", project}}, "creator_name"),
            (Array{Value(), Value(), "Ann", "bob", Value()}));
  EXPECT_EQ(Column("projectStories", Object{{"project", project}, {"status", "done"}}, "id"),
            (Array{"new high"}));
  EXPECT_EQ(Column("searchStories", Object{{"query", "high"}, {"project", project}}, "id").size(),
            2U);
}

TEST_F(ReportsTest, ActivityDoesNotMultiply) {
  const std::string ann = User("ann");
  for (int i = 0; i < 3; ++i) Inserted("stories", Object{{"title", "s"}, {"created_by", ann}});
  for (int i = 0; i < 4; ++i) Request(ann, Object{});
  Request(ann, Object{{"created_at", "2020-01-01T00:00:00Z"}});
  const Value activity = Run("userActivity", Object{{"user", ann}});
  EXPECT_EQ(Member(activity, "stories"), Value(3));
  EXPECT_EQ(Member(activity, "requests"), Value(4));
  EXPECT_EQ(Member(activity, "last_story_at").AsString().substr(0, 10), "2026-01-30");
  const Value ever = Run("userActivity", Object{{"user", ann}, {"since", "1970-01-01T00:00:00Z"}});
  EXPECT_EQ(Member(ever, "requests"), Value(5));
}

TEST_F(ReportsTest, ComparisonsCountByModelAndPosition) {
  const std::string conversation = InsertedId("conversations", Object{});
  const std::string message = Message(conversation, Object{});
  const std::string other = Message(conversation, Object{});
  const std::string config =
      InsertedId("legacy_configs", Object{{"config_name", "old"}, {"origin", "archi"}});
  const auto compare = [&](Value preference, bool a_first, Object sides) {
    sides.Set("conversation_id", conversation);
    sides.Set("user_prompt_message_id", message);
    sides.Set("response_a_message_id", message);
    sides.Set("response_b_message_id", other);
    sides.Set("is_config_a_first", a_first);
    sides.Set("preference", std::move(preference));
    Inserted("ab_comparisons", sides);
  };
  const Object texts{{"model_a", "x"}, {"model_b", "y"}};
  compare("a", true, texts);
  compare("b", false, texts);
  compare("tie", true, texts);
  compare("skip", false, texts);
  compare(Value(), true, texts);
  compare("b", true, Object{{"legacy_config_a_id", config}, {"model_b", "x"}});
  EXPECT_EQ(Column("abWins", {}, "model"), (Array{"x", "y", "old"}));
  EXPECT_EQ(Column("abWins", {}, "comparisons"), (Array{6, 5, 1}));
  EXPECT_EQ(Column("abWins", {}, "wins"), (Array{2, 1, 0}));
  EXPECT_EQ(Column("abWins", {}, "losses"), (Array{1, 1, 1}));
  EXPECT_EQ(Column("abWins", {}, "ties"), (Array{1, 1, 0}));
  EXPECT_EQ(Column("abWins", {}, "skips"), (Array{1, 1, 0}));
  EXPECT_EQ(Column("abWins", {}, "pending"), (Array{1, 1, 0}));
  EXPECT_EQ(Column("abWins", {}, "shown_first"), (Array{3, 2, 1}));
  EXPECT_EQ(Column("abWins", {}, "wins_shown_first"), (Array{1, 1, 0}));
  EXPECT_TRUE(Run("abWins", Object{{"conversation", "other"}}).AsArray().empty());
}

TEST_F(ReportsTest, FeedbackAndModelsOfMessages) {
  const std::string conversation = InsertedId("conversations", Object{});
  const std::string config =
      InsertedId("legacy_configs", Object{{"config_name", "old"}, {"origin", "archi"}});
  const std::string first = Message(conversation, Object{{"model_used", "x"}});
  const std::string second = Message(conversation, Object{{"legacy_config_id", config}});
  const std::string third = Message(conversation, Object{});
  const auto feedback = [&](const std::string& message, Object row) {
    row.Set("message_id", message);
    Inserted("feedback", row);
  };
  feedback(first, Object{{"kind", "like"}, {"feedback_at", "2026-01-30T10:30:00Z"}});
  feedback(first, Object{{"kind", "comment"},
                         {"feedback_at", "2026-01-30T10:31:00Z"},
                         {"comment", "see above"},
                         {"incorrect", true}});
  feedback(second, Object{{"kind", "dislike"}, {"feedback_at", "2026-01-30T10:30:00Z"}});
  const Object scope{{"conversation", conversation}};
  EXPECT_EQ(Column("messagesWithModel", scope, "id"), (Array{third, second, first}));
  EXPECT_EQ(Column("messagesWithModel", scope, "model"), (Array{Value(), "old", "x"}));
  EXPECT_EQ(Column("messagesWithModel", {}, "config_name"), (Array{Value(), "old", Value()}));
  EXPECT_EQ(Column("messageFeedback", scope, "message_id"), (Array{first, second}));
  EXPECT_EQ(Column("messageFeedback", scope, "likes"), (Array{1, 0}));
  EXPECT_EQ(Column("messageFeedback", scope, "comments"), (Array{1, 0}));
  EXPECT_EQ(Column("messageFeedback", scope, "incorrect"), (Array{1, 0}));
  EXPECT_EQ(Column("messageFeedback", Object{{"message", third}}, "dislikes"), (Array{0}));
  EXPECT_EQ(Column("feedbackByModel", {}, "model"), (Array{"old", "x"}));
  EXPECT_EQ(Column("feedbackByModel", {}, "dislikes"), (Array{1, 0}));
  EXPECT_TRUE(Run("feedbackByModel", Object{{"until", "2026-01-30T10:30:00Z"}}).AsArray().empty());
}

TEST_F(ReportsTest, ATraceCarriesItsToolCalls) {
  const std::string conversation = InsertedId("conversations", Object{});
  const std::string message = Message(conversation, Object{});
  Inserted("agent_traces", Object{{"id", "t"},
                                  {"conversation_id", conversation},
                                  {"message_id", message},
                                  {"pipeline_name", "p"},
                                  {"events", Array{}},
                                  {"started_at", "2026-01-30T10:30:00Z"}});
  const auto call = [&](std::string_view tool, int64_t step, Value trace) {
    Inserted("agent_tool_calls", Object{{"conversation_id", conversation},
                                        {"message_id", message},
                                        {"trace_id", std::move(trace)},
                                        {"step_number", step},
                                        {"tool_name", tool},
                                        {"tool_args", Object{{"q", "x"}}},
                                        {"called_at", "2026-01-30T10:30:01Z"}});
  };
  call("second", 2, "t");
  call("first", 1, Value());
  const Value trace = Run("trace", Object{{"trace", "t"}});
  EXPECT_EQ(Member(trace, "started_at"), Value("2026-01-30T10:30:00Z"));
  const Value calls = Member(trace, "tool_calls");
  ASSERT_EQ(calls.AsArray().size(), 2U);
  EXPECT_EQ(Member(calls.AsArray()[0], "tool_name"), Value("first"));
  EXPECT_EQ(Member(calls.AsArray()[1], "tool_args"), Value(Object{{"q", "x"}}));
}

TEST_F(ReportsTest, UsageAndCostsByLocalDay) {
  const std::string ann = User("ann");
  const auto request = [&](std::string_view time, int64_t tokens, Value metadata) {
    Request(ann, Object{{"model", "m"},
                        {"created_at", time},
                        {"tokens_used", tokens},
                        {"metadata", std::move(metadata)}});
  };
  request("2026-01-29T23:30:00Z", 5, Object{{"cost", 0.5}});
  request("2026-01-30T00:30:00Z", 7, Object{{"cost", "free"}});
  request("2025-01-01T00:00:00Z", 100, Value());
  EXPECT_EQ(Column("usageByModel", {}, "day"), (Array{"2026-01-30", "2026-01-29"}));
  EXPECT_EQ(Column("usageByModel", {}, "tokens_used"), (Array{7, 5}));
  EXPECT_EQ(Column("usageByModel", {}, "cost"), (Array{Value(), 0.5}));
  EXPECT_EQ(Column("usageByModel", Object{{"utcOffset", 60}}, "tokens_used"), (Array{12}));
  EXPECT_EQ(Column("usageByModel", Object{{"utcOffset", -60}}, "day"), (Array{"2026-01-29"}));
  EXPECT_TRUE(Run("usageByModel", Object{{"user", "other"}}).AsArray().empty());

  const std::string project = InsertedId("projects", Object{{"name", "p"}});
  for (const int64_t cost : {150, 250}) {
    Inserted("cloud_estimates", Object{{"project_id", project},
                                       {"environment", "prod"},
                                       {"estimate_date", "2026-01-30T10:00:00Z"},
                                       {"monthly_cost_e2", cost}});
  }
  EXPECT_EQ(Column("cloudCosts", Object{{"project", project}}, "monthly_cost_e2"), (Array{400}));
  EXPECT_EQ(Column("cloudCosts", {}, "currency"), (Array{"USD"}));
  EXPECT_TRUE(Run("cloudCosts", Object{{"project", "other"}}).AsArray().empty());
}

TEST_F(ReportsTest, ShowNoSecretAndNothingInternal) {
  const std::string ann =
      InsertedId("users", Object{{"username", "ann"}, {"password_hash", "$2b$12$secret"}});
  const Value user = Run("userLookup", Object{{"user", ann}});
  EXPECT_EQ(Member(user, "username"), Value("ann"));
  EXPECT_EQ(user.AsObject().Find("password_hash"), nullptr);
  EXPECT_EQ(user.AsObject().Find("pk"), nullptr);
}

TEST_F(ReportsTest, WhatHasATargetReadsNoBigTableFromEndToEnd) {
  for (const std::string_view name :
       {"userLookup", "latestRequests", "userStatistics", "userActivity", "projectStories",
        "searchRequests", "searchStories", "messagesWithModel", "messageFeedback", "trace",
        "usageByModel"}) {
    const std::string plan = Plan(Find(name).sql);
    EXPECT_FALSE(plan.empty());
    for (const std::string_view table :
         {"ai_requests", "messages", "stories", "users", "agent_traces", "m", "r", "s", "t"}) {
      EXPECT_EQ(plan.find("SCAN " + std::string(table) + "\n"), std::string::npos) << name << "\n"
                                                                                   << plan;
    }
  }
  EXPECT_EQ(Plan(Find("latestRequests").sql).find("TEMP B-TREE"), std::string::npos);
  EXPECT_NE(Plan(Find("userStatistics").sql).find("USING COVERING INDEX ix_ai_requests_user_ms"),
            std::string::npos)
      << Plan(Find("userStatistics").sql);
  EXPECT_EQ(Plan(Find("userStatistics").sql).find("TEMP B-TREE"), std::string::npos);
  EXPECT_EQ(Plan(Find("trace").detail_sql).find("SCAN agent_tool_calls"), std::string::npos);
}

}  // namespace
}  // namespace archivolt
