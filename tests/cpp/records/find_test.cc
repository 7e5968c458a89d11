// Conditions, order and paging of find, and what may not get into SQL.
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "records/order_by.h"
#include "records/where_compiler.h"
#include "records_fixture.h"

namespace archivolt {
namespace {

constexpr ErrorCode kInvalid = ErrorCode::INVALID_ARGUMENT;

Value Op(std::string name, Value operand) {
  return Value(Object{{std::move(name), std::move(operand)}});
}

class FindTest : public RecordsTest {
 protected:
  void SetUp() override {
    RecordsTest::SetUp();
    Add("a", "Alpha 100%", "low", 1, {Value("ui"), Value(1), Value(true)},
        Object{{"lang", Value("cpp")}, {"n", Value(1)}});
    Add("b", "beta_x", "high", 5, {Value("UI"), Value("db")},
        Object{{"lang", Value("C++")}, {"n", Value(true)}});
    Add("c", "Gamma\\", "", 8, {},
        Object{{"deep", Value(Object{{"list", Value(Array{Value(7), Value(8)})}})}});
    Add("d", "alphabet", "critical", -1, {Value("1")}, Value("5"));
  }

  // An empty priority and story_points -1 stand for null.
  void Add(std::string_view id, std::string_view title, std::string_view priority, int points,
           Array tags, Value metadata) {
    Object row{{"id", Value(id)},
               {"title", Value(title)},
               {"tags", Value(std::move(tags))},
               {"metadata", std::move(metadata)}};
    if (!priority.empty()) row.Set("priority", Value(priority));
    if (points >= 0) row.Set("story_points", Value(points));
    Inserted("stories", row);
  }

  std::string Found(const Value& where, const Value& order = Value("id")) {
    FindOptions options;
    options.where = where;
    options.order_by = order;
    const Result<Array> rows = store_->Find("stories", options);
    EXPECT_TRUE(rows.ok()) << rows.status().message();
    std::string ids;
    if (!rows.ok()) return "error";
    for (const Value& row : *rows) ids += row.AsObject().Find("id")->AsString();
    EXPECT_EQ(CountOf("stories", where), static_cast<int64_t>(rows->size()));
    return ids;
  }

  Status Refusal(const Value& where) {
    const Result<int64_t> count = store_->Count("stories", where);
    EXPECT_FALSE(count.ok());
    if (count.ok()) return Status::Ok();
    EXPECT_EQ(count.status().code(), kInvalid);
    return count.status();
  }

  void ExpectRefusal(const Value& where) { EXPECT_FALSE(Refusal(where).ok()); }

  static Value On(std::string key, Value condition) {
    return Value(Object{{std::move(key), std::move(condition)}});
  }
};

TEST_F(FindTest, Equality) {
  EXPECT_EQ(Found(Value()), "abcd");
  EXPECT_EQ(Found(Object{}), "abcd");
  EXPECT_EQ(Found(On("priority", Value("low"))), "a");
  EXPECT_EQ(Found(On("priority", Op("eq", Value("low")))), "a");
  EXPECT_EQ(Found(On("priority", Op("ne", Value("low")))), "bcd")
      << "a row without a priority is not low";
  EXPECT_EQ(Found(On("priority", Value())), "c");
  EXPECT_EQ(Found(On("priority", Op("ne", Value()))), "abd");
  EXPECT_EQ(Found(On("priority", Op("isNull", Value(true)))), "c");
  EXPECT_EQ(Found(On("priority", Op("isNull", Value(false)))), "abd");
  EXPECT_EQ(Found(On("story_points", Value(5.0))), "b");
  EXPECT_EQ(Found(On("story_points", Value(5.5))), "");
}

TEST_F(FindTest, Lists) {
  EXPECT_EQ(Found(On("priority", Op("in", Value(Array{Value("low"), Value("high")})))), "ab");
  EXPECT_EQ(Found(On("priority", Op("in", Value(Array{Value("low"), Value()})))), "ac");
  EXPECT_EQ(Found(On("priority", Op("in", Value(Array{})))), "");
  EXPECT_EQ(Found(On("priority", Op("nin", Value(Array{Value("low")})))), "bcd");
  EXPECT_EQ(Found(On("priority", Op("nin", Value(Array{Value("low"), Value()})))), "bd");
  EXPECT_EQ(Found(On("priority", Op("nin", Value(Array{})))), "abcd");
  EXPECT_EQ(Found(On("story_points", Op("in", Value(Array{Value(1), Value(8.0)})))), "ac");
}

TEST_F(FindTest, Order) {
  EXPECT_EQ(Found(On("story_points", Op("gt", Value(1)))), "bc");
  EXPECT_EQ(Found(On("story_points", Op("gte", Value(1)))), "abc");
  EXPECT_EQ(Found(On("story_points", Op("lt", Value(7.5)))), "ab");
  EXPECT_EQ(Found(On("story_points", Op("lte", Value(8)))), "abc");
  EXPECT_EQ(Found(On("story_points", Op("between", Value(Array{Value(1), Value(5)})))), "ab");
  EXPECT_EQ(Found(On("story_points", Value(Object{{"gt", Value(1)}, {"lt", Value(8)}}))), "b");
  EXPECT_EQ(Found(On("created_at", Op("gt", Value("2026-01-01")))), "abcd");
  EXPECT_EQ(Found(On("created_at", Op("lt", Value("2026-01-30T10:30:00Z")))), "");
  ExpectRefusal(On("story_points", Op("gt", Value())));
  ExpectRefusal(On("story_points", Op("between", Value(Array{Value(1)}))));
}

TEST_F(FindTest, Text) {
  EXPECT_EQ(Found(On("title", Op("contains", Value("alpha")))), "ad");
  EXPECT_EQ(Found(On("title", Op("contains", Value("")))), "abcd");
  EXPECT_EQ(Found(On("title", Op("contains", Value("%")))), "a");
  EXPECT_EQ(Found(On("title", Op("contains", Value("_")))), "b");
  EXPECT_EQ(Found(On("title", Op("contains", Value("\\")))), "c");
  EXPECT_EQ(Found(On("title", Op("startsWith", Value("alpha")))), "d");
  EXPECT_EQ(Found(On("title", Op("startsWith", Value("")))), "abcd");
  EXPECT_EQ(Found(On("title", Op("like", Value("_lpha%")))), "ad");
  EXPECT_EQ(Found(On("title", Op("like", Value("%\\%")))), "a");
  EXPECT_EQ(Found(On("title", Op("like", Value("%\\\\")))), "c");
  ExpectRefusal(On("title", Op("like", Value("x\\"))));
  ExpectRefusal(On("title", Op("contains", Value(5))));
  ExpectRefusal(On("story_points", Op("contains", Value("5"))));
}

TEST_F(FindTest, PrefixesEndWhereTheLastCharacterEnds) {
  for (const std::string title :
       {"\xED\x9F\xBF-1", "\xF4\x8F\xBF\xBF-2", "z\xF4\x8F\xBF\xBF", "é1", "é2", "ê"}) {
    Inserted("stories", Object{{"title", Value(title)}});
  }
  EXPECT_EQ(CountOf("stories", On("title", Op("startsWith", Value("\xED\x9F\xBF")))), 1);
  EXPECT_EQ(CountOf("stories", On("title", Op("startsWith", Value("\xF4\x8F\xBF\xBF")))), 1);
  EXPECT_EQ(CountOf("stories", On("title", Op("startsWith", Value("z\xF4\x8F\xBF\xBF")))), 1);
  EXPECT_EQ(CountOf("stories", On("title", Op("startsWith", Value("é")))), 2);
}

TEST_F(FindTest, JsonArrays) {
  EXPECT_EQ(Found(On("tags", Op("has", Value("ui")))), "a");
  EXPECT_EQ(Found(On("tags", Op("has", Value(1)))), "a")
      << "neither true nor \"1\" is the number 1";
  EXPECT_EQ(Found(On("tags", Op("has", Value("1")))), "d");
  EXPECT_EQ(Found(On("tags", Op("has", Value(true)))), "a");
  EXPECT_EQ(Found(On("tags", Op("hasAny", Value(Array{Value("ui"), Value("db")})))), "ab");
  EXPECT_EQ(Found(On("tags", Op("hasAll", Value(Array{Value("UI"), Value("db")})))), "b");
  EXPECT_EQ(Found(On("tags", Op("hasAny", Value(Array{})))), "");
  EXPECT_EQ(Found(On("tags", Op("hasAll", Value(Array{})))), "abcd");
  EXPECT_EQ(Found(On("metadata.deep.list", Op("has", Value(8)))), "c");
  EXPECT_EQ(Found(On("metadata", Op("has", Value("cpp")))), "") << "an object is not an array";
  EXPECT_EQ(Found(Object{{"not", On("tags", Op("has", Value("ui")))}}), "bcd");
  ExpectRefusal(On("title", Op("has", Value("x"))));
  ExpectRefusal(On("tags", Op("has", Value(Array{}))));
  ExpectRefusal(On("tags", Op("hasAll", Value("ui"))));
}

TEST_F(FindTest, JsonPlaces) {
  EXPECT_EQ(Found(On("metadata.lang", Value("cpp"))), "a");
  EXPECT_EQ(Found(On("metadata.n", Value(1))), "a");
  EXPECT_EQ(Found(On("metadata.n", Value(true))), "b");
  EXPECT_EQ(Found(On("metadata.n", Op("in", Value(Array{Value(1), Value("x")})))), "a");
  EXPECT_EQ(Found(On("metadata.n", Op("in", Value(Array{Value(true)})))), "b");
  EXPECT_EQ(Found(On("metadata.lang", Op("in", Value(Array{Value("cpp"), Value(1)})))), "a");
  EXPECT_EQ(Found(On("metadata.lang", Op("contains", Value("c")))), "ab");
  EXPECT_EQ(Found(On("metadata.lang", Value())), "cd");
  EXPECT_EQ(Found(On("metadata.deep.list[1]", Value(8))), "c");
  EXPECT_EQ(Found(On("metadata.deep.list[0]", Op("gte", Value(7)))), "c");
  EXPECT_EQ(Found(On("metadata.lang", Op("gt", Value(0)))), "") << "a text is not above a number";
  EXPECT_EQ(Found(On("metadata", Value("5"))), "d");
  EXPECT_EQ(Found(On("metadata", Value(5))), "");
  ExpectRefusal(On("metadata.lang", Value(Object{})));
  ExpectRefusal(On("metadata.lang", Value(Array{})));
  ExpectRefusal(On("title.x", Value("a")));
}

TEST_F(FindTest, Combinations) {
  const Value low = On("priority", Value("low"));
  const Value high = On("priority", Value("high"));
  EXPECT_EQ(Found(Object{{"or", Value(Array{low, high})}}), "ab");
  EXPECT_EQ(Found(Object{{"and", Value(Array{low, high})}}), "");
  EXPECT_EQ(Found(Object{{"not", low}}), "bcd") << "not holds where the priority is null";
  EXPECT_EQ(Found(Object{{"not", Value(Object{{"not", low}})}}), "a");
  EXPECT_EQ(Found(Object{{"or", Value(Array{})}}), "");
  EXPECT_EQ(Found(Object{{"and", Value(Array{})}}), "abcd");
  EXPECT_EQ(Found(Object{{"not", Value(Object{})}}), "");
  EXPECT_EQ(
      Found(Object{
          {"title", Op("contains", Value("a"))}, {"or", Value(Array{low, high})}, {"not", high}}),
      "a");
}

TEST_F(FindTest, UnknownOperatorsAreNamed) {
  const Status status = Refusal(On("title", Op("matches", Value("x"))));
  EXPECT_EQ(TextDetail(status, "column"), "title");
  EXPECT_EQ(TextDetail(status, "rule"), "operator");
  EXPECT_NE(status.message().find("matches"), std::string::npos);
  for (const std::string name : {"", "$gt", "EQ", "= 1 OR 1", "pk", "toString", "__proto__"}) {
    EXPECT_EQ(TextDetail(Refusal(On("title", Op(name, Value("x")))), "rule"), "operator");
  }
  ExpectRefusal(On("title", Value(Object{})));
}

TEST_F(FindTest, WrongOperandsAreRefused) {
  EXPECT_EQ(TextDetail(Refusal(On("title", Value(5))), "rule"), "type");
  EXPECT_EQ(TextDetail(Refusal(On("story_points", Value("5"))), "rule"), "type");
  EXPECT_EQ(TextDetail(Refusal(On("created_at", Value("yesterday"))), "rule"), "timestamp");
  EXPECT_EQ(TextDetail(Refusal(On("title", Value(std::string("\0", 1)))), "rule"), "nul");
  EXPECT_EQ(TextDetail(Refusal(On("title", Value("\xFF"))), "rule"), "utf8");
  ExpectRefusal(On("title", Value(Array{})));
  ExpectRefusal(On("title", Op("in", Value("x"))));
  ExpectRefusal(On("title", Op("isNull", Value(1))));
  ExpectRefusal(Value("title"));
  ExpectRefusal(Object{{"or", Value(Object{})}});
  ExpectRefusal(Object{{"not", Value(Array{})}});
  ExpectRefusal(Object{{"and", Value(Array{Value(1)})}});
}

TEST_F(FindTest, NothingOfTheCallerBecomesSql) {
  for (const std::string evil :
       {"title\" = '' OR 1=1 --", "title'", "\"", "1=1", "pk", "rowid", "t.title", "TITLE",
        "title ", "(SELECT 1)", "", ".", ".a", "title.", "*"}) {
    ExpectRefusal(On(evil, Value("x")));
    FindOptions options;
    options.order_by = Value(evil);
    EXPECT_FALSE(store_->Find("stories", options).ok()) << evil;
    options.order_by = Value("-" + evil);
    EXPECT_FALSE(store_->Find("stories", options).ok()) << evil;
  }
  for (const std::string path :
       {"metadata.", "metadata..a", "metadata.a.", "metadata.a[", "metadata.a[x]", "metadata.a[-1]",
        "metadata.a[#-1]", "metadata.\"a\"", "metadata.a\"", "metadata.a\\", "metadata.[0]",
        "metadata.a]", "metadata.a[0]b", "metadata.a[9999999999]", "metadata.\xFF",
        "metadata.\x01"}) {
    EXPECT_EQ(TextDetail(Refusal(On(path, Value(1))), "rule"), "path") << path;
  }
  for (const std::string text :
       {"' OR 1=1 --", "\"; DROP TABLE stories; --", "%' ESCAPE '", "x') OR (1=1"}) {
    EXPECT_EQ(Found(On("title", Value(text))), "");
    EXPECT_EQ(Found(On("title", Op("contains", Value(text)))), "");
    EXPECT_EQ(Found(On("title", Op("in", Value(Array{Value(text)})))), "");
    EXPECT_EQ(Found(On("tags", Op("has", Value(text)))), "");
    EXPECT_EQ(Found(On("metadata.a b'c", Value(text))), "");
  }
  EXPECT_EQ(CountOf("stories"), 4);
}

TEST_F(FindTest, SizeAndDepthAreLimited) {
  Value deep = Object{};
  for (int i = 0; i < 20; ++i) deep = Object{{"not", std::move(deep)}};
  ExpectRefusal(deep);
  ExpectRefusal(Object{{"or", Value(Array(300, Value(Object{{"title", Value("x")}})))}});
  EXPECT_TRUE(store_
                  ->Count("stories",
                          Object{{"or", Value(Array(100, Value(Object{{"title", Value("x")}})))}})
                  .ok());
  ExpectRefusal(On("title", Op("in", Value(Array(10001, Value("x"))))));
  EXPECT_EQ(Found(On("title", Op("in", Value(Array(10000, Value("beta_x")))))), "b");
  ExpectRefusal(On("title", Op("contains", Value(std::string(2001, 'x')))));
  EXPECT_EQ(Found(On("title", Op("contains", Value(std::string(2000, '%'))))), "");
  std::string path = "metadata";
  for (int i = 0; i < 17; ++i) path += ".a";
  ExpectRefusal(On(path, Value(1)));
  Object wide;
  const Value many = Op("hasAny", Value(Array(100, Value("x"))));
  for (int i = 0; i < 60; ++i) wide.Append("metadata.k" + std::to_string(i), many);
  ExpectRefusal(Value(wide));
}

TEST_F(FindTest, SortsAndBreaksTies) {
  EXPECT_EQ(Found(Value(), Value("story_points")), "dabc") << "null comes first";
  EXPECT_EQ(Found(Value(), Value("-story_points")), "cbad");
  EXPECT_EQ(Found(Value(), Value(Array{Value("-priority"), Value("id")})), "abdc");
  EXPECT_EQ(Found(Value(), Value()), "abcd");
  EXPECT_EQ(Found(Value(), Value("origin")), "abcd")
      << "equal rows stand in the order of insertion";
  EXPECT_EQ(Found(Value(), Value("-origin")), "dcba");
  for (const Value& order :
       {Value("tags"), Value(5), Value(Array{Value(Array{})}), Value(Array(9, Value("id")))}) {
    FindOptions options;
    options.order_by = order;
    EXPECT_FALSE(store_->Find("stories", options).ok());
  }
}

TEST_F(FindTest, PagesDoNotOverlap) {
  std::string seen;
  for (int64_t page = 0; page < 4; ++page) {
    FindOptions options;
    options.order_by = Value("origin");
    options.limit = 1;
    options.offset = page;
    const Result<Array> rows = store_->Find("stories", options);
    ASSERT_TRUE(rows.ok());
    ASSERT_EQ(rows->size(), 1U);
    seen += (*rows)[0].AsObject().Find("id")->AsString();
  }
  EXPECT_EQ(seen, "abcd");
}

TEST_F(FindTest, LimitsAreChecked) {
  const auto count = [&](std::optional<int64_t> limit, int64_t offset) {
    FindOptions options;
    options.limit = limit;
    options.offset = offset;
    const Result<Array> rows = store_->Find("stories", options);
    return rows.ok() ? static_cast<int64_t>(rows->size()) : -1;
  };
  EXPECT_EQ(count(0, 0), 0);
  EXPECT_EQ(count(3, 0), 3);
  EXPECT_EQ(count({}, 3), 1);
  EXPECT_EQ(count(10, std::numeric_limits<int64_t>::max()), 0);
  EXPECT_EQ(count(-1, 0), -1);
  EXPECT_EQ(count(100001, 0), -1);
  EXPECT_EQ(count(1, -1), -1);
}

class FindPlanTest : public RecordsTest {
 protected:
  // What find's statement does, in SQLite's words.
  std::string Plan(std::string_view table_name, const Value& where_value,
                   const Value& order_value) {
    const Table& table = *FindTable(table_name);
    const Result<SqlFragment> where = CompileWhere(table, "t", where_value);
    const Result<std::string> order = CompileOrderBy(table, "t", order_value);
    EXPECT_TRUE(where.ok() && order.ok());
    Result<Statement> plan =
        database_->Prepare("EXPLAIN QUERY PLAN SELECT * FROM " + std::string(table_name) +
                           " AS t WHERE " + where->sql + " ORDER BY " + *order);
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    std::string steps;
    while (*plan->Step()) steps.append(plan->Text(3)).append("\n");
    return steps;
  }
};

TEST_F(FindPlanTest, UsesTheIndexOfACondition) {
  EXPECT_NE(Plan("stories", Object{{"epic_id", Value("e")}}, Value()).find("ix_stories_epic"),
            std::string::npos);
  EXPECT_NE(Plan("projects", Object{{"name", Op("startsWith", Value("a"))}}, Value())
                .find("ix_projects_name (name>? AND name<?)"),
            std::string::npos);
  EXPECT_NE(Plan("users", Object{{"id", Op("in", Value(Array{Value("a"), Value("b")}))}}, Value())
                .find("(id=?)"),
            std::string::npos);
}

TEST_F(FindPlanTest, NewestFirstNeedsNoSort) {
  const std::string plan =
      Plan("ai_requests", Object{{"user_id", Value("u")}}, Value("-created_at"));
  EXPECT_NE(plan.find("ix_ai_requests_user_created"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("TEMP B-TREE"), std::string::npos) << plan;
}

TEST(PayloadWhereTest, KeysArePathsInThePayload) {
  const Table* points = FindTable("vector_points");
  const Result<SqlFragment> where = CompilePayloadWhere(*points, *points->Find("payload"), "p",
                                                        Value(Object{{"lang", Value("cpp")}}));
  ASSERT_TRUE(where.ok()) << where.status().message();
  EXPECT_NE(where->sql.find("p.\"payload\""), std::string::npos);
  EXPECT_EQ(where->bindings[0], Value("$.\"lang\""));
  EXPECT_FALSE(
      CompilePayloadWhere(*points, *points->Find("payload"), "p", Value(Object{{"", Value(1)}}))
          .ok());
}

}  // namespace
}  // namespace archivolt
