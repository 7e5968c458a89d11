// Every rule of the table, both ways and on both paths; and what rules leave alone.
#include "records/rules.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "guarded_fixture.h"
#include "records/catalogue.h"
#include "records/row_draft.h"
#include "records/row_sql.h"
#include "records/value_forms.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int64_t kNoon = 1769774400000000;  // 2026-01-30T12:00:00Z

struct Cases {
  std::vector<Object> good;  // what is set in a valid row, each alone
  std::vector<Object> bad;
};

class RulesTest : public GuardedTest {
 protected:
  // A row made here that obeys every rule, with rows for what it refers to.
  Object Valid(const Table& table) {
    Object row;
    for (const Column& column : table.columns) {
      const bool filled =
          column.name == "id" || column.name == "created_at" || column.name == "updated_at";
      if (column.name == "origin" && !column.is_key()) {
        row.Set("origin", Value("local"));
        continue;
      }
      if (column.nullable() || column.has_default() || (filled && column.name == "id")) continue;
      row.Set(std::string(column.name), Plain(table, column));
    }
    if (table.name == "api_keys") {
      row.Set("kind", Value("issued"));
      row.Set("key_hash", Value("hash" + std::to_string(++counter_)));
    }
    if (table.name == "ai_requests") {
      row.Set("kind", Value("agent_interaction"));
      row.Set("agent_type", Value("scout"));
    }
    if (table.name == "feedback") row.Set("kind", Value("like"));
    if (table.name == "static_config") {
      row.Set("distance_metric", Value("cosine"));
      row.Set("chunk_overlap", Value(0));
    }
    if (table.name == "agent_tool_calls" || table.name == "ab_comparisons") {
      const Value conversation = *row.Find("conversation_id");
      for (const Column& column : table.columns) {
        if (column.references_table != "messages") continue;
        row.Set(std::string(column.name), Value(MessageOf(conversation)));
      }
    }
    return row;
  }

  Value Plain(const Table& table, const Column& column) {
    if (column.references_table == "systems") return Value("local");
    if (!column.references_table.empty()) {
      const Table* parent = FindTable(column.references_table);
      return Field(Value(Inserted(parent->name, Valid(*parent))), column.references_column);
    }
    if (!column.values.empty()) return Value(column.values[0]);
    switch (column.kind) {
      case Kind::kText:
        // Text, and JSON where a rule of the table asks for it.
        return Value(std::to_string(1000 + ++counter_));
      case Kind::kInteger:
        return Value(column.min == kNoMin ? int64_t{1} : column.min);
      case Kind::kReal:
        return Value(1.0);
      case Kind::kBlob:
        return Value(Bytes{1});
      case Kind::kJson:
        return Value(Array{});
      case Kind::kBoolean:
        return Value(true);
      case Kind::kTimestamp:
        return Value(FormatMicros(column.name == "expires_at" ? kNoon + 1000000 : kNoon));
      case Kind::kDate:
        return Value("2026-01-30");
    }
    ADD_FAILURE() << table.name;
    return Value();
  }

  std::string MessageOf(const Value& conversation) {
    return InsertedId("messages", Object{{"conversation_id", conversation},
                                         {"role", "user"},
                                         {"content", "m" + std::to_string(++counter_)}});
  }
  std::string Conversation() { return InsertedId("conversations", Object{}); }

  static Object Set(std::string_view column, Value value) {
    Object row;
    row.Set(std::string(column), std::move(value));
    return row;
  }

  Value At(const Column& column, int64_t base, int64_t steps) {
    if (column.kind == Kind::kTimestamp) return Value(FormatMicros(base + steps));
    if (column.kind == Kind::kDate) return Value(FormatDate(base + steps * 86400000000));
    return Value(100 + steps);
  }

  Cases CasesOf(const Rule& rule, const Table& table) {
    const std::string name(rule.column);
    const Column& column = *table.Find(rule.column);
    Cases cases;
    const auto good = [&](Value value) { cases.good.push_back(Set(name, std::move(value))); };
    const auto bad = [&](Value value) { cases.bad.push_back(Set(name, std::move(value))); };
    switch (rule.kind) {
      case RuleKind::kNotBlank:
        for (const char* text : {"x", "  x y\t", "\u3000語\u00A0"}) good(Value(text));
        for (const char* text : {"", " ", "\t\r\n", "\u3000\u2009"}) bad(Value(text));
        break;
      case RuleKind::kEmail:
        for (const char* text : {"ada@example.com", "a.b+c@sub.example.org", "ü@bücher.example"})
          good(Value(text));
        for (const char* text : {"ada", "@example.com", "ada@", "a b@c.de", "a@b..c", "a@@b.c"})
          bad(Value(text));
        break;
      case RuleKind::kWebUrl:
      case RuleKind::kRepositoryUrl:
        for (const char* text : {"https://example.com/a?b=c#d", "HTTP://localhost:8080"})
          good(Value(text));
        for (const char* text : {"example.com", "https://", "http://a b", "ftp://example.com", "x",
                                 "javascript:alert(1)", "https:///path"})
          bad(Value(text));
        for (const char* text :
             {"ssh://git@example.com/o/r", "git://example.com/r", "git@example.com:o/r.git"}) {
          if (rule.kind == RuleKind::kRepositoryUrl) {
            good(Value(text));
          } else {
            bad(Value(text));
          }
        }
        break;
      case RuleKind::kRange: {
        const bool real = column.kind == Kind::kReal;
        const auto number = [&](double value) {
          return real ? Value(value) : Value(static_cast<int64_t>(value));
        };
        const double step = real ? 0.001 : 1;
        good(number(rule.min));
        bad(number(rule.min - step));
        if (rule.max != kNoUpper) {
          good(number(rule.max));
          bad(number(rule.max + step));
        }
        break;
      }
      case RuleKind::kOneOf: {
        std::string_view rest = rule.text;
        while (!rest.empty()) {
          const size_t comma = rest.find(", ");
          good(Value(rest.substr(0, comma)));
          rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 2);
        }
        for (const char* text : {"", "no such", "DONE", "done "}) bad(Value(text));
        break;
      }
      case RuleKind::kArray:
        good(Value(Array{}));
        good(Value(Array{Value("a")}));
        bad(Value(Object{}));
        bad(Value("a"));
        break;
      case RuleKind::kDate:
        good(Value("2028-02-29"));
        break;
      case RuleKind::kOrder:
      case RuleKind::kAfter: {
        const Column& earlier = *table.Find(rule.text);
        const int64_t edge = rule.kind == RuleKind::kOrder ? 0 : 1;
        for (const int64_t steps : {edge, edge - 1}) {
          Object row;
          row.Set(std::string(rule.text), At(earlier, kNoon, 0));
          row.Set(name, At(column, kNoon, steps));
          (steps == edge ? cases.good : cases.bad).push_back(std::move(row));
        }
        break;
      }
      case RuleKind::kSql:
        return CasesOfSql(rule);
    }
    return cases;
  }

  // Rules with a condition of their own; one that is not here fails the test.
  Cases CasesOfSql(const Rule& rule) {
    const std::string key =
        std::string(rule.table) + "." + std::string(rule.column) + "|" + std::string(rule.name);
    const auto elsewhere = [&](std::string_view column) {
      const std::string here = Conversation();
      return Cases{
          {Object{{"conversation_id", here}, {std::string(column), MessageOf(Value(here))}}},
          {Object{{"conversation_id", here},
                  {std::string(column), MessageOf(Value(Conversation()))}}}};
    };
    if (key == "tags.name|unique") {
      InsertedId("tags", Object{{"name", "ui"}});
      return {{Set("name", Value("UI"))}, {Set("name", Value(" ui "))}};
    }
    if (key == "projects.name|unique") {
      const std::string owner = User("owner");
      const std::string other = User("other");
      InsertedId("projects", Object{{"name", "Atlas"}, {"owner_id", owner}});
      const std::string gone =
          InsertedId("projects", Object{{"name", "Gone"}, {"owner_id", owner}});
      EXPECT_TRUE(
          store_->Update("projects", Value(gone), Object{{"deleted_at", FormatMicros(kNoon * 2)}})
              .ok());
      return {{Object{{"name", "Atlas"}, {"owner_id", other}}, Object{{"name", "Atlas"}},
               Object{{"name", "Gone"}, {"owner_id", owner}},
               Object{{"name", "Atlas"}, {"owner_id", owner}, {"origin", "archi"}}},
              {Object{{"name", "Atlas"}, {"owner_id", owner}},
               Object{{"name", "\tAtlas "}, {"owner_id", owner}}}};
    }
    if (key == "story_dependencies.depends_on_ref|self") {
      const std::string story = InsertedId("stories", Object{{"title", "s"}});
      return {{Object{{"story_id", story}, {"depends_on_ref", "other"}}},
              {Object{{"story_id", story}, {"depends_on_ref", story}}}};
    }
    if (key == "story_dependencies.depends_on_id|cycle") {
      const std::string a = InsertedId("stories", Object{{"title", "a"}});
      const std::string b = InsertedId("stories", Object{{"title", "b"}});
      const std::string c = InsertedId("stories", Object{{"title", "c"}});
      for (const auto& [from, to] : {std::pair(a, b), std::pair(b, c)}) {
        Inserted("story_dependencies",
                 Object{{"story_id", from}, {"depends_on_id", to}, {"depends_on_ref", to}});
      }
      return {{Object{{"story_id", a}, {"depends_on_id", c}, {"depends_on_ref", "a-c"}}},
              {Object{{"story_id", c}, {"depends_on_id", a}, {"depends_on_ref", "c-a"}},
               Object{{"story_id", b}, {"depends_on_id", a}, {"depends_on_ref", "b-a"}}}};
    }
    if (key == "cloud_estimates.currency|currency")
      return {{Set("currency", Value("EUR"))},
              {Set("currency", Value("eur")), Set("currency", Value("E"))}};
    if (key == "conversation_settings.value|range") {
      Cases cases;
      const auto setting = [](const char* field, Value value) {
        return Object{{"field", field}, {"value", std::move(value)}};
      };
      for (const char* field : {"temperature", "top_p", "bm25_weight", "semantic_weight"}) {
        const int64_t most = std::string_view(field) == "temperature" ? 2 : 1;
        cases.good.push_back(setting(field, Value(0)));
        cases.good.push_back(setting(field, Value(most)));
        cases.bad.push_back(setting(field, Value(-0.01)));
        cases.bad.push_back(setting(field, Value(static_cast<double>(most) + 0.01)));
        cases.bad.push_back(setting(field, Value("much")));
      }
      cases.good.push_back(setting("max_tokens", Value(1)));
      cases.bad.push_back(setting("max_tokens", Value(0)));
      cases.good.push_back(setting("theme", Value("anything")));
      return cases;
    }
    if (key == "feedback.comment|required") {
      return {{Object{{"kind", "comment"}, {"comment", "x"}}, Object{{"kind", "like"}}},
              {Object{{"kind", "comment"}, {"comment", Value()}},
               Object{{"kind", "comment"}, {"comment", " \t"}}}};
    }
    if (key == "ab_comparisons.response_b_message_id|distinct") {
      const std::string here = Conversation();
      const std::string message = MessageOf(Value(here));
      return {{Object{{"conversation_id", here},
                      {"user_prompt_message_id", MessageOf(Value(here))},
                      {"response_a_message_id", message},
                      {"response_b_message_id", MessageOf(Value(here))}}},
              {Object{{"conversation_id", here},
                      {"user_prompt_message_id", MessageOf(Value(here))},
                      {"response_a_message_id", message},
                      {"response_b_message_id", message}}}};
    }
    if (rule.table == "ab_comparisons" && rule.name == "conversation") {
      Cases cases;
      for (const bool wrong : {false, true}) {
        const std::string here = Conversation();
        Object row{{"conversation_id", here}};
        for (const char* column :
             {"user_prompt_message_id", "response_a_message_id", "response_b_message_id"}) {
          const bool apart = wrong && rule.column == column;
          row.Set(column, Value(MessageOf(Value(apart ? Conversation() : here))));
        }
        (wrong ? cases.bad : cases.good).push_back(std::move(row));
      }
      return cases;
    }
    if (key == "agent_tool_calls.trace_id|conversation") {
      const std::string here = Conversation();
      const std::string message = MessageOf(Value(here));
      const auto trace = [&](const std::string& conversation) {
        Object row = Valid(*FindTable("agent_traces"));
        row.Set("conversation_id", Value(conversation));
        return InsertedId("agent_traces", row);
      };
      return {
          {Object{{"conversation_id", here}, {"message_id", message}, {"trace_id", trace(here)}}},
          {Object{{"conversation_id", here},
                  {"message_id", message},
                  {"trace_id", trace(Conversation())}}}};
    }
    if (rule.name == "conversation") return elsewhere(rule.column);
    if (key == "static_config.chunk_overlap|order") {
      return {{Object{{"chunk_size", 10}, {"chunk_overlap", 9}}},
              {Object{{"chunk_size", 10}, {"chunk_overlap", 10}}}};
    }
    ADD_FAILURE() << "no case for the rule " << key;
    return {};
  }

  // The row as a caller's INSERT.
  Status InsertBySql(const Table& table, const Object& row) {
    const Result<RowDraft> draft = DraftInsert(table, row, clock_.NowMicros(), ids_);
    if (!draft.ok()) return draft.status();
    return sql_->Execute(InsertSql(table, draft->columns), Value(Array(draft->values))).status();
  }
  // The columns of `changes` as a caller's UPDATE of the row.
  Status UpdateBySql(const Table& table, const Object& stored, const Object& changes) {
    std::string sql = "UPDATE \"" + std::string(table.name) + "\"";
    Array values;
    const auto add = [&](std::string_view before, std::string_view column, const Value& value) {
      const Result<RowDraft> draft =
          DraftInsert(table, Merged(stored, Set(column, value)), clock_.NowMicros(), ids_);
      EXPECT_TRUE(draft.ok()) << draft.status().message();
      for (size_t i = 0; draft.ok() && i < draft->columns.size(); ++i) {
        if (draft->columns[i]->name == column) values.push_back(draft->values[i]);
      }
      sql.append(before).append(column).append("\" = ?");
    };
    std::string_view before = " SET \"";
    for (const Object::Member& change : changes) {
      add(before, change.key, change.value);
      before = ", \"";
    }
    before = " WHERE \"";
    for (const std::string_view key : table.key) {
      add(before, key, *stored.Find(key));
      before = " AND \"";
    }
    return sql_->Execute(sql, Value(std::move(values))).status();
  }

  static Object Merged(Object row, const Object& changes) {
    for (const Object::Member& change : changes) row.Set(change.key, change.value);
    return row;
  }

  void ExpectBroken(const Status& status, const Rule& rule, std::string_view path) {
    const ErrorCode code =
        RuleName(rule) == "unique" ? ErrorCode::ALREADY_EXISTS : ErrorCode::CONSTRAINT;
    EXPECT_EQ(ErrorCodeName(status.code()), ErrorCodeName(code)) << path << status.message();
    EXPECT_EQ(TextDetail(status, "table"), rule.table) << path << status.message();
    EXPECT_EQ(TextDetail(status, "column"), rule.column) << path << status.message();
    EXPECT_EQ(TextDetail(status, "rule"), RuleName(rule)) << path << status.message();
    EXPECT_NE(status.message().find(RuleExpectation(rule)), std::string::npos) << status.message();
  }

  size_t counter_ = 0;
};

TEST_F(RulesTest, EveryRuleHoldsForRecordsAndSql) {
  for (const Rule& rule : AllRules()) {
    SCOPED_TRACE(std::string(rule.table) + "." + std::string(rule.column) + " " +
                 std::string(RuleName(rule)));
    const Table* table = FindTable(rule.table);
    ASSERT_NE(table, nullptr);
    ASSERT_NE(table->Find(rule.column), nullptr);
    // Its guards are made here once; what a transaction makes is undone with it.
    const Status guarded =
        own_database_->Execute("DELETE FROM " + std::string(rule.table) + " WHERE 0");
    ASSERT_TRUE(guarded.ok()) << guarded.message();
    auto all = Transaction::Begin(*own_database_);
    ASSERT_TRUE(all.ok());
    const Cases cases = CasesOf(rule, *table);
    const Object valid = Valid(*table);
    const int64_t entries = CountOf("audit_log");
    const int64_t rows = CountOf(table->name);
    for (const Object& bad : cases.bad) {
      const Object row = Merged(valid, bad);
      SCOPED_TRACE(*WriteJson(Value(bad)));
      ExpectBroken(store_->Insert(table->name, row).status(), rule, "insert: ");
      ExpectBroken(InsertBySql(*table, row), rule, "SQL insert: ");
    }
    EXPECT_EQ(CountOf("audit_log"), entries);
    EXPECT_EQ(CountOf(table->name), rows);
    for (const Object& good : cases.good) {
      SCOPED_TRACE(*WriteJson(Value(good)));
      for (const bool by_sql : {false, true}) {
        auto one = Transaction::Begin(*own_database_);
        ASSERT_TRUE(one.ok());
        const Status status = by_sql ? InsertBySql(*table, Merged(valid, good))
                                     : store_->Insert(table->name, Merged(valid, good)).status();
        EXPECT_TRUE(status.ok()) << (by_sql ? "SQL " : "") << status.message();
        EXPECT_TRUE(one->Rollback().ok());
      }
    }
    // An update to a wrong value.
    if (!cases.bad.empty()) {
      const Object stored = Inserted(table->name, Merged(valid, cases.good.front()));
      const int64_t before = CountOf("audit_log");
      for (const Object& bad : cases.bad) {
        Object changes;
        for (const Object::Member& member : bad) {
          if (!table->Find(member.key)->is_key()) changes.Set(member.key, member.value);
        }
        // What names the row cannot change by the record store.
        if (changes.size() != bad.size()) continue;
        SCOPED_TRACE(*WriteJson(Value(bad)));
        Object key;
        for (const std::string_view name : table->key)
          key.Set(std::string(name), *stored.Find(name));
        const Value id = table->key.size() == 1 ? key.begin()->value : Value(key);
        ExpectBroken(store_->Update(table->name, id, changes).status(), rule, "update: ");
        ExpectBroken(UpdateBySql(*table, stored, changes), rule, "SQL update: ");
      }
      EXPECT_EQ(CountOf("audit_log"), before);
    }
    ASSERT_TRUE(all->Rollback().ok());
  }
}

TEST_F(RulesTest, RowsOfSystemsThatPromisedNothingAreTakenAsTheyAre) {
  for (const Rule& rule : AllRules()) {
    const Table* table = FindTable(rule.table);
    ASSERT_NE(table, nullptr);
    if (table->Find("origin") == nullptr || rule.kind == RuleKind::kSql || rule.origins.empty())
      continue;
    SCOPED_TRACE(std::string(rule.table) + "." + std::string(rule.column));
    for (const Object& bad : CasesOf(rule, *table).bad) {
      auto one = Transaction::Begin(*own_database_);
      ASSERT_TRUE(one.ok());
      Object row = Merged(Valid(*table), bad);
      row.Set("origin", Value("socrates"));
      const Result<Value> stored = store_->Insert(table->name, row);
      EXPECT_TRUE(stored.ok()) << stored.status().message();
      if (stored.ok()) {
        EXPECT_EQ(Field(*stored, rule.column), *bad.Find(rule.column));
      }
      EXPECT_TRUE(one->Rollback().ok());
    }
  }
}

TEST_F(RulesTest, DaysThatDoNotExistAreRefusedInSql) {
  for (const Rule& rule : AllRules()) {
    if (rule.kind != RuleKind::kDate) continue;
    const Table& table = *FindTable(rule.table);
    const Object stored = Inserted(table.name, Valid(table));
    const Status status =
        Sql("UPDATE " + std::string(table.name) + " SET " + std::string(rule.column) +
            " = '2026-02-30' WHERE id = '" + stored.Find("id")->AsString() + "'");
    ExpectBroken(status, rule, "SQL update: ");
  }
}

TEST_F(RulesTest, NamesAreStoredWithoutOuterBlanks) {
  for (const Rule& rule : AllRules()) {
    if (rule.kind != RuleKind::kNotBlank) continue;
    const Table& table = *FindTable(rule.table);
    if (!table.has_id) continue;
    SCOPED_TRACE(rule.table);
    const Object row = Merged(Valid(table), Set(rule.column, Value(" \u3000 two  words\n")));
    const Object stored = Inserted(table.name, row);
    EXPECT_EQ(*stored.Find(rule.column), Value("two  words"));
    const Value id = *stored.Find("id");
    const Array entries = Entries(table.name, id.AsString());
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(Field(Side(entries[0], "new_value"), rule.column), Value("two  words"));
    MustSql("UPDATE " + std::string(table.name) + " SET " + std::string(rule.column) +
                " = ' other ' WHERE id = ?1",
            Value(Array{id}));
    EXPECT_EQ(Ask("SELECT " + std::string(rule.column) + " FROM " + std::string(table.name) +
                      " WHERE id = ?1",
                  Value(Array{id})),
              Value("other"));
    EXPECT_EQ(Entries(table.name, id.AsString()).size(), 2U);
  }
}

TEST_F(RulesTest, OnlyColumnsThatChangeAreJudged) {
  const std::string id = InsertedId("stories", Object{{"title", "s"}});
  ASSERT_TRUE(guards_->Remove().ok());
  MustSql("UPDATE stories SET story_points = 99, status = 'odd'");
  ASSERT_TRUE(guards_->Install().ok());
  EXPECT_TRUE(store_->Update("stories", Value(id), Object{{"title", "t"}}).ok());
  EXPECT_FALSE(store_->Update("stories", Value(id), Object{{"story_points", 98}}).ok());
  EXPECT_TRUE(store_->Update("stories", Value(id), Object{{"story_points", 21}}).ok());
}

TEST_F(RulesTest, IdsOfEveryPathHave1To200Characters) {
  const Status empty = Sql("INSERT INTO tags(id, name) VALUES ('', 'x')");
  EXPECT_EQ(empty.code(), ErrorCode::CONSTRAINT);
  EXPECT_EQ(TextDetail(empty, "rule"), "id");
  MustSql("INSERT INTO tags(id, name) VALUES (?1, 'x')", Value(Array{std::string(200, 'a')}));
  EXPECT_FALSE(
      Sql("INSERT INTO tags(id, name) VALUES (?1, 'y')", Value(Array{std::string(201, 'a')})).ok());
}

TEST_F(RulesTest, InsertOrIgnoreAndOrReplaceDoNotGetAroundThem) {
  for (const char* way : {"IGNORE", "REPLACE", "FAIL", "ROLLBACK"}) {
    const Status status = Sql(std::string("INSERT OR ") + way +
                              " INTO stories(id, title, story_points) VALUES ('s', 's', 22)");
    EXPECT_EQ(status.code(), ErrorCode::CONSTRAINT) << way;
    EXPECT_EQ(CountOf("stories"), 0);
  }
}

TEST(ValueForms, UrlsAndAddresses) {
  EXPECT_TRUE(IsUrl("https://user:pw@[::1]:8080/x", UrlForm::kWeb));
  EXPECT_TRUE(IsUrl("https://日本.example/ä", UrlForm::kWeb));
  EXPECT_FALSE(IsUrl("https://host:port/", UrlForm::kWeb));
  EXPECT_FALSE(IsUrl("", UrlForm::kRepository));
  EXPECT_FALSE(IsUrl("git@:x", UrlForm::kRepository));
  EXPECT_FALSE(IsUrl("git@host:", UrlForm::kRepository));
  EXPECT_FALSE(IsEmailAddress(std::string(65, 'a') + "@b.c"));
  EXPECT_TRUE(IsEmailAddress(std::string(64, 'a') + "@b.c"));
  EXPECT_FALSE(IsEmailAddress("a@" + std::string(64, 'b')));
  EXPECT_FALSE(IsEmailAddress("a@-b.c"));
  EXPECT_FALSE(IsEmailAddress("a@b-.c"));
  EXPECT_FALSE(IsEmailAddress("a@b.c."));
  EXPECT_EQ(TrimBlanks(" \xFF "), "\xFF");
  EXPECT_EQ(TrimBlanks("\u2003"), "");
}

}  // namespace
}  // namespace archivolt
