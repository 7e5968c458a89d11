// The rules of single calls: what is filled in, refused, named; transactions; odd values.
#include "records/records.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "records_fixture.h"

namespace archivolt {
namespace {

constexpr ErrorCode kInvalid = ErrorCode::INVALID_ARGUMENT;

TEST_F(RecordsTest, FillsInIdAndTimes) {
  const Object user = Inserted("users", Object{});
  EXPECT_TRUE(IsUuid(user.Find("id")->AsString()));
  EXPECT_EQ(user.Find("id")->AsString()[14], '7');
  EXPECT_EQ(*user.Find("created_at"), *user.Find("updated_at"));
  EXPECT_EQ(user.Find("created_at")->AsString().substr(0, 10), "2026-01-30");
  EXPECT_EQ(*user.Find("is_admin"), Value(false));
  EXPECT_EQ(*user.Find("origin"), Value("local"));
  EXPECT_TRUE(user.Find("email")->is_null());
}

TEST_F(RecordsTest, FillsInTimesThatBeginWithTheRow) {
  const Object user = Inserted("users", Object{});
  const Object session = Inserted("auth_sessions", Object{{"user_id", *user.Find("id")},
                                                          {"expires_at", "2030-01-01T00:00:00Z"}});
  EXPECT_EQ(*session.Find("last_used_at"), *session.Find("created_at"));
  const Object key = Inserted(
      "api_keys", Object{{"user_id", *user.Find("id")}, {"kind", "issued"}, {"key_hash", "h"}});
  EXPECT_TRUE(key.Find("last_used_at")->is_null());
  const Object award = Inserted(
      "achievements",
      Object{{"user_id", *user.Find("id")}, {"achievement_type", "t"}, {"achievement_name", "n"}});
  EXPECT_EQ(award.Find("earned_at")->AsString().substr(0, 10), "2026-01-30");
  const Object known =
      Inserted("validations", Object{{"is_valid", true}, {"validation_date", Value()}});
  EXPECT_TRUE(known.Find("validation_date")->is_null());
}

TEST_F(RecordsTest, KeepsGivenIdAndTimes) {
  const Object user = Inserted("users", Object{{"id", Value("u-1")},
                                               {"created_at", Value("2020-02-29T23:59:59.5+02:00")},
                                               {"updated_at", Value()}});
  EXPECT_EQ(*user.Find("id"), Value("u-1"));
  EXPECT_EQ(*user.Find("created_at"), Value("2020-02-29T21:59:59.500000Z"));
  EXPECT_TRUE(user.Find("updated_at")->is_null());
}

TEST_F(RecordsTest, UpdateSetsUpdatedAtAndNothingElse) {
  const Object before = Inserted("users", Object{{"username", Value("ada")}});
  const Result<Value> after = store_->Update(
      "users", *before.Find("id"),
      Object{{"email", Value("ada@example.org")}, {"updated_at", *before.Find("updated_at")}});
  ASSERT_TRUE(after.ok()) << after.status().message();
  EXPECT_EQ(*after->AsObject().Find("username"), Value("ada"));
  EXPECT_EQ(*after->AsObject().Find("created_at"), *before.Find("created_at"));
  EXPECT_GT(after->AsObject().Find("updated_at")->AsString(),
            before.Find("updated_at")->AsString());
}

TEST_F(RecordsTest, AnEmptyPatchChangesNothing) {
  const Object before = Inserted("users", Object{});
  EXPECT_EQ(*store_->Update("users", *before.Find("id"), Object{}), Value(before));
  const Result<Value> gone = store_->Update("users", Value("nobody"), Object{});
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.status().code(), ErrorCode::NOT_FOUND);
}

TEST_F(RecordsTest, AWholeRowMayBeWrittenBack) {
  Object row = Inserted("projects", Object{{"name", Value("a")}});
  row.Set("name", Value("b"));
  const Result<Value> updated = store_->Update("projects", *row.Find("id"), row);
  ASSERT_TRUE(updated.ok()) << updated.status().message();
  EXPECT_EQ(*updated->AsObject().Find("name"), Value("b"));
  ExpectRefused(store_->Update("projects", *row.Find("id"), Object{{"id", Value("other")}}),
                kInvalid, "id", "key");
}

TEST_F(RecordsTest, MissingNullAndEmptyAreThreeThings) {
  const std::string id = InsertedId("users", Object{{"bio", Value("")}, {"email", Value()}});
  EXPECT_EQ(CountOf("users", Object{{"bio", Value("")}}), 1);
  EXPECT_EQ(CountOf("users", Object{{"bio", Value()}}), 0);
  EXPECT_EQ(CountOf("users", Object{{"email", Value()}}), 1);
  const Result<Value> same = store_->Update("users", Value(id), Object{{"first_name", Value("x")}});
  EXPECT_EQ(*same->AsObject().Find("bio"), Value(""));
  const Result<Value> emptied = store_->Update("users", Value(id), Object{{"bio", Value()}});
  EXPECT_TRUE(emptied->AsObject().Find("bio")->is_null());
  ExpectRefused(store_->Insert("users", Object{{"is_admin", Value()}}), kInvalid, "is_admin",
                "null");
}

TEST_F(RecordsTest, RefusesUnknownTables) {
  for (const std::string name :
       {"", "nope", "sqlite_schema", "stories_fts", "users; DROP TABLE users", "USERS",
        "v_user_activity", "document_chunks_fts_data"}) {
    const Result<Value> refused = store_->Get(name, Value("x"));
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.status().code(), kInvalid);
    EXPECT_EQ(TextDetail(refused.status(), "rule"), "table");
    EXPECT_FALSE(store_->Insert(name, Object{}).ok());
    EXPECT_FALSE(store_->Count(name, Value()).ok());
  }
}

TEST_F(RecordsTest, RefusesBrokenText) {
  ExpectRefused(store_->Insert("users", Object{{"bio", Value(std::string("a\0b", 3))}}), kInvalid,
                "bio", "nul");
  ExpectRefused(store_->Insert("users", Object{{"bio", Value("\xED\xA0\x80")}}), kInvalid, "bio",
                "utf8");
  ExpectRefused(store_->Insert("users", Object{{"bio", Value("\xFF")}}), kInvalid, "bio", "utf8");
  ExpectRefused(
      store_->Insert("users",
                     Object{{"metadata", Value(Object{{"a", Value(std::string("\0", 1))}})}}),
      kInvalid, "metadata", "nul");
  ExpectRefused(store_->Insert("users", Object{{"metadata", Value("\xC3")}}), kInvalid, "metadata",
                "json");
  ExpectRefused(store_->Get("users", Value(std::string("\0", 1))), kInvalid, "id", "nul");
}

TEST_F(RecordsTest, KeepsUnicodeAsItIs) {
  for (const std::string text :
       {"e\xCC\x81", "\xC3\xA9", "😀👩‍👩‍👧", "漢字かな", "\xF4\x8F\xBF\xBF",
        "a'b\"c;--", "%_\\", "\xE2\x80\xAE", "\xEF\xBB\xBF", " \t\n"}) {
    const std::string id =
        InsertedId("users", Object{{"bio", Value(text)}, {"metadata", Value(text)}});
    const Result<Value> row = store_->Get("users", Value(id));
    EXPECT_EQ(*row->AsObject().Find("bio"), Value(text));
    EXPECT_EQ(*row->AsObject().Find("metadata"), Value(text));
    EXPECT_EQ(CountOf("users", Object{{"id", Value(id)}, {"bio", Value(text)}}), 1);
  }
  EXPECT_EQ(CountOf("users", Object{{"bio", Value("\xC3\xA9")}}), 1)
      << "composed and combining differ";
}

TEST_F(RecordsTest, LimitsLengths) {
  const std::string name(4000, 'x');
  EXPECT_TRUE(store_->Insert("projects", Object{{"name", Value(name)}}).ok());
  ExpectRefused(store_->Insert("projects", Object{{"name", Value(name + "x")}}), kInvalid, "name",
                "length");
  std::string wide;
  for (int i = 0; i < 4000; ++i) wide += "漢";
  EXPECT_TRUE(store_->Insert("projects", Object{{"name", Value(wide)}}).ok());

  const size_t limit = FindTable("users")->Find("bio")->max_bytes;
  EXPECT_TRUE(store_->Insert("users", Object{{"bio", Value(std::string(limit, 'x'))}}).ok());
  ExpectRefused(store_->Insert("users", Object{{"bio", Value(std::string(limit + 1, 'x'))}}),
                kInvalid, "bio", "length");
  ExpectRefused(store_->Insert("users", Object{{"metadata", Value(std::string(limit, 'x'))}}),
                kInvalid, "metadata", "length");
  ExpectRefused(store_->Insert("cloud_estimates",
                               Object{{"environment", Value("p")}, {"currency", Value("EURO")}}),
                kInvalid, "currency", "length");
}

TEST_F(RecordsTest, IdsHaveOneTo200Characters) {
  EXPECT_TRUE(store_->Insert("users", Object{{"id", Value(std::string(200, 'x'))}}).ok());
  ExpectRefused(store_->Insert("users", Object{{"id", Value(std::string(201, 'x'))}}), kInvalid,
                "id", "id");
  ExpectRefused(store_->Insert("users", Object{{"id", Value("")}}), kInvalid, "id", "id");
  ExpectRefused(store_->Insert("users", Object{{"id", Value(7)}}), kInvalid, "id", "type");
  ExpectRefused(store_->Get("users", Value("")), kInvalid, "id", "id");
  ExpectRefused(store_->Get("users", Value()), kInvalid, "id", "null");
  ExpectRefused(store_->Insert("projects", Object{{"name", Value("a")}, {"owner_id", Value("")}}),
                kInvalid, "owner_id", "id");
}

TEST_F(RecordsTest, KeepsIntegersOf64Bits) {
  for (const int64_t number :
       {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(), int64_t{0},
        int64_t{-1}, (int64_t{1} << 53) + 1}) {
    const Object row = Inserted("documents", Object{{"size_bytes", Value(number)}});
    EXPECT_EQ(*row.Find("size_bytes"), Value(number));
    EXPECT_EQ(CountOf("documents", Object{{"size_bytes", Value(number)}}), 1);
    EXPECT_EQ(CountOf("documents",
                      Object{{"size_bytes", Value(Object{{"in", Value(Array{Value(number)})}})}}),
              1);
  }
}

TEST_F(RecordsTest, IntegersMustBeIntegers) {
  EXPECT_EQ(*Inserted("documents", Object{{"size_bytes", Value(5.0)}}).Find("size_bytes"),
            Value(5));
  ExpectRefused(store_->Insert("documents", Object{{"size_bytes", Value(5.5)}}), kInvalid,
                "size_bytes", "type");
  ExpectRefused(store_->Insert("documents", Object{{"size_bytes", Value(9223372036854775808.0)}}),
                kInvalid, "size_bytes", "range");
  ExpectRefused(store_->Insert("documents", Object{{"size_bytes", Value(1e300)}}), kInvalid,
                "size_bytes", "range");
  ExpectRefused(store_->Insert("documents", Object{{"size_bytes", Value(std::nan(""))}}), kInvalid,
                "size_bytes", "range");
  ExpectRefused(store_->Insert("documents", Object{{"size_bytes", Value("5")}}), kInvalid,
                "size_bytes", "type");
  ExpectRefused(store_->Insert("documents", Object{{"size_bytes", Value(true)}}), kInvalid,
                "size_bytes", "type");
}

TEST_F(RecordsTest, NumbersMustBeFinite) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double number : {infinity, -infinity, std::nan("")}) {
    ExpectRefused(store_->Insert("code_symbols", Object{{"complexity", Value(number)}}), kInvalid,
                  "complexity", "range");
    ExpectRefused(store_->Insert("code_symbols", Object{{"extra", Value(Array{Value(number)})}}),
                  kInvalid, "extra", "json");
  }
  EXPECT_EQ(*Inserted("code_symbols", Object{{"complexity", Value(3)}}).Find("complexity"),
            Value(3.0));
  EXPECT_EQ(*Inserted("code_symbols", Object{{"complexity", Value(5e-324)}}).Find("complexity"),
            Value(5e-324));
}

TEST_F(RecordsTest, RangesAndEnumsAreOfTheCatalogue) {
  const Object valid{{"is_valid", Value(true)}};
  for (const int64_t score : {-1, 101}) {
    Object row = valid;
    row.Set("score", Value(score));
    ExpectRefused(store_->Insert("validations", row), kInvalid, "score", "range");
  }
  Object row = valid;
  row.Set("score", Value(100));
  EXPECT_TRUE(store_->Insert("validations", row).ok());
  ExpectRefused(store_->Insert("users", Object{{"status", Value("Active")}}), kInvalid, "status",
                "enum");
  ExpectRefused(store_->Insert("users", Object{{"status", Value("")}}), kInvalid, "status", "enum");
  const Result<Value> refused = store_->Insert("users", Object{{"status", Value("gone")}});
  EXPECT_NE(refused.status().message().find("active, inactive, suspended"), std::string::npos);
}

TEST_F(RecordsTest, TimesAndDatesMustBeReal) {
  for (const std::string text :
       {"", "now", "2026-02-30", "2026-01-30T24:00:00Z", "2026-13-01", "1769769000"}) {
    ExpectRefused(store_->Insert("users", Object{{"created_at", Value(text)}}), kInvalid,
                  "created_at", "timestamp");
  }
  ExpectRefused(store_->Insert("users", Object{{"created_at", Value(1769769000)}}), kInvalid,
                "created_at", "type");
  for (const std::string text :
       {"", "2026-02-30", "2026-2-3", "2026-01-30T00:00:00Z", "30.01.2026"}) {
    ExpectRefused(
        store_->Insert("epics", Object{{"title", Value("e")}, {"start_date", Value(text)}}),
        kInvalid, "start_date", "date");
  }
  EXPECT_EQ(*Inserted("users", Object{{"created_at", Value("1969-12-31T23:59:59.999999Z")}})
                 .Find("created_at"),
            Value("1969-12-31T23:59:59.999999Z"));
}

TEST_F(RecordsTest, JsonKeepsItsShape) {
  const Value json = Object{{"z", Value(1)},
                            {"a", Value(Array{Value(), Value(1.5), Value(Object{})})},
                            {"big", Value(std::numeric_limits<int64_t>::max())},
                            {"", Value(false)}};
  EXPECT_EQ(*Inserted("users", Object{{"metadata", json}}).Find("metadata"), json);
  ExpectRefused(store_->Insert("users", Object{{"metadata", Value(Bytes{1})}}), kInvalid,
                "metadata", "json");
  ExpectRefused(store_->Insert("projects", Object{{"name", Value("p")}, {"tags", Value("a,b")}}),
                kInvalid, "tags", "type");
  Value deep;
  for (int i = 0; i < 101; ++i) deep = Value(Array{std::move(deep)});
  ExpectRefused(store_->Insert("users", Object{{"metadata", deep}}), kInvalid, "metadata", "json");
  const Value allowed = deep.AsArray()[0];
  EXPECT_EQ(*Inserted("users", Object{{"metadata", allowed}}).Find("metadata"), allowed);
}

TEST_F(RecordsTest, NamesTheUniqueColumnsThatExist) {
  Inserted("users", Object{{"id", Value("u")}, {"username", Value("ada")}});
  ExpectRefused(store_->Insert("users", Object{{"username", Value("ada")}}),
                ErrorCode::ALREADY_EXISTS, "origin, username", "unique");
  ExpectRefused(store_->Insert("users", Object{{"id", Value("u")}}), ErrorCode::ALREADY_EXISTS,
                "id", "unique");
  const Object document{{"content_hash", Value("sha256:00")}};
  Inserted("documents", document);
  const Result<Value> twice = store_->Insert("documents", document);
  ASSERT_FALSE(twice.ok());
  EXPECT_EQ(twice.status().code(), ErrorCode::ALREADY_EXISTS);
  EXPECT_EQ(TextDetail(twice.status(), "table"), "documents");
  EXPECT_EQ(TextDetail(twice.status(), "column"), "origin, content_hash");
}

TEST_F(RecordsTest, NamesTheForeignKeyThatDangles) {
  const std::string user = User("ada");
  const Result<Value> dangling = store_->Insert(
      "stories",
      Object{{"title", Value("s")}, {"created_by", Value(user)}, {"epic_id", Value("no")}});
  ExpectRefused(dangling, ErrorCode::CONSTRAINT, "epic_id", "foreign key");
  EXPECT_EQ(TextDetail(dangling.status(), "table"), "stories");
  EXPECT_EQ(TextDetail(dangling.status(), "references"), "epics");
  EXPECT_EQ(CountOf("stories"), 0);

  const std::string story = InsertedId("stories", Object{{"title", Value("s")}});
  ExpectRefused(store_->Update("stories", Value(story), Object{{"assignee_id", Value("no")}}),
                ErrorCode::CONSTRAINT, "assignee_id", "foreign key");
  ExpectRefused(store_->Insert("users", Object{{"origin", Value("mars")}}), ErrorCode::CONSTRAINT,
                "origin", "foreign key");
}

TEST_F(RecordsTest, NamesWhatStillRefersToADeletedRow) {
  User("ada");
  const Result<bool> refused = store_->Delete("systems", Value("local"));
  ExpectRefused(refused, ErrorCode::CONSTRAINT, "origin", "foreign key");
  EXPECT_EQ(TextDetail(refused.status(), "references"), "users");
  EXPECT_EQ(CountOf("systems"), 6);
}

TEST_F(RecordsTest, NamesTheCheckThatFails) {
  const std::string user = User("ada");
  const Result<Value> refused =
      store_->Insert("api_keys", Object{{"user_id", Value(user)}, {"kind", Value("issued")}});
  ExpectRefused(refused, ErrorCode::CONSTRAINT, "kind, key_hash", "check");
  const std::string story = InsertedId("stories", Object{{"title", Value("s")}});
  ExpectRefused(store_->Insert("story_dependencies", Object{{"story_id", Value(story)},
                                                            {"depends_on_ref", Value("r")},
                                                            {"depends_on_id", Value(story)}}),
                ErrorCode::CONSTRAINT, "story_id, depends_on_id", "check");
}

TEST_F(RecordsTest, InsertManyIsAllOrNothing) {
  Array rows;
  for (int i = 0; i < 50; ++i) rows.push_back(Object{{"username", Value("u" + std::to_string(i))}});
  const auto ids = store_->InsertMany("users", rows);
  ASSERT_TRUE(ids.ok()) << ids.status().message();
  ASSERT_EQ(ids->size(), 50U);
  EXPECT_EQ(*store_->Get("users", Value((*ids)[7]))->AsObject().Find("username"), Value("u7"));

  Array second = {Value(Object{{"username", Value("new")}}),
                  Value(Object{{"username", Value("u3")}})};
  const auto refused = store_->InsertMany("users", second);
  ExpectRefused(refused, ErrorCode::ALREADY_EXISTS, "origin, username", "unique");
  EXPECT_EQ(std::get<int64_t>(*refused.status().Find("row")), 1);
  EXPECT_EQ(CountOf("users"), 50);
  EXPECT_FALSE(database_->in_transaction());

  const auto invalid =
      store_->InsertMany("users", Array{Value(Object{}), Value(Object{}), Value(7)});
  ASSERT_FALSE(invalid.ok());
  EXPECT_EQ(std::get<int64_t>(*invalid.status().Find("row")), 2);
  EXPECT_EQ(CountOf("users"), 50);
  EXPECT_EQ(store_->InsertMany("users", Array{})->size(), 0U);
}

TEST_F(RecordsTest, InsertManyInsideATransactionUndoesItselfAlone) {
  Result<Transaction> outer = Transaction::Begin(*database_);
  ASSERT_TRUE(outer.ok());
  User("kept");
  EXPECT_FALSE(store_
                   ->InsertMany("users", Array{Value(Object{{"username", Value("x")}}),
                                               Value(Object{{"username", Value("kept")}})})
                   .ok());
  ASSERT_TRUE(outer->Commit().ok());
  EXPECT_EQ(CountOf("users"), 1);
}

TEST_F(RecordsTest, RowsOfTwoKeysAreNamedByAnObject) {
  const std::string user = User("ada");
  const std::string team = InsertedId("teams", Object{{"name", Value("core")}});
  const Value key = Object{{"user_id", Value(user)}, {"team_id", Value(team)}};
  const auto ids = store_->InsertMany("user_teams", Array{key});
  ASSERT_TRUE(ids.ok()) << ids.status().message();
  EXPECT_EQ((*ids)[0], user + "/" + team);
  EXPECT_EQ(*store_->Get("user_teams", key)->AsObject().Find("team_id"), Value(team));
  EXPECT_EQ(
      *store_->Update("user_teams", key, Object{{"role", Value("lead")}})->AsObject().Find("role"),
      Value("lead"));
  EXPECT_FALSE(store_->Get("user_teams", Value(user)).ok());
  ExpectRefused(store_->Get("user_teams", Object{{"user_id", Value(user)}}), kInvalid, "team_id",
                "key");
  EXPECT_FALSE(
      store_
          ->Get("user_teams",
                Object{{"user_id", Value(user)}, {"team_id", Value(team)}, {"role", Value("lead")}})
          .ok());
  EXPECT_TRUE(*store_->Delete("user_teams", key));
  EXPECT_FALSE(*store_->Delete("user_teams", key));
}

TEST_F(RecordsTest, TheMigratorsRowsAreReadOnly) {
  const Result<Value> row = store_->Get("schema_migrations", Value(1));
  ASSERT_TRUE(row.ok()) << row.status().message();
  EXPECT_EQ(*row->AsObject().Find("name"), Value("unified"));
  const Result<bool> refused = store_->Delete("schema_migrations", Value(1));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), ErrorCode::FAILED_PRECONDITION);
}

TEST_F(RecordsTest, MessagesHoldNoValues) {
  const std::string secret = "hunter2-secret";
  const Result<Value> bad_enum = store_->Insert("users", Object{{"status", Value(secret)}});
  EXPECT_EQ(bad_enum.status().message().find(secret), std::string::npos);
  User(secret);
  const Result<Value> twice = store_->Insert("users", Object{{"username", Value(secret)}});
  EXPECT_EQ(twice.status().message().find(secret), std::string::npos);
}

}  // namespace
}  // namespace archivolt
