#include "records/audit.h"

#include <gtest/gtest.h>

#include <string>

#include "guarded_fixture.h"

namespace archivolt {
namespace {

class AuditTest : public GuardedTest {};

TEST_F(AuditTest, ARowLeavesItsWholeStory) {
  const std::string user = User("ada");
  AuditContext::ActAs actor(audit_, user);
  const std::string id = InsertedId(
      "projects", Object{{"name", "Atlas"}, {"owner_id", user}, {"tags", Array{Value("a")}}});
  ASSERT_TRUE(store_->Update("projects", id, Object{{"name", "Atlas 2"}}).ok());
  ASSERT_TRUE(store_->Update("projects", id, Object{{"name", "Atlas 2"}}).ok());  // no change
  ASSERT_TRUE(store_->Delete("projects", id).ok());
  const Array entries = Entries("projects", id);
  ASSERT_EQ(entries.size(), 3U);
  const char* actions[] = {"insert", "update", "delete"};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Field(entries[i], "action"), Value(actions[i]));
    EXPECT_EQ(Field(entries[i], "actor"), Value(user));
    EXPECT_EQ(Field(entries[i], "user_id"), Value(user));
    EXPECT_EQ(Field(entries[i], "origin"), Value("local"));
    EXPECT_EQ(Field(entries[i], "value_format"), Value("json"));
    EXPECT_TRUE(Field(entries[i], "created_at").is_string());
  }
  EXPECT_TRUE(Field(entries[0], "old_value").is_null());
  const Value added = Side(entries[0], "new_value");
  EXPECT_EQ(Field(added, "name"), Value("Atlas"));
  EXPECT_EQ(Field(added, "owner_id"), Value(user));
  EXPECT_EQ(Field(added, "tags"), Value(Array{Value("a")}));
  EXPECT_TRUE(Field(added, "created_at").is_string());
  EXPECT_EQ(added.AsObject().Find("updated_at"), nullptr);
  EXPECT_EQ(added.AsObject().Find("description"), nullptr);
  EXPECT_EQ(Side(entries[1], "old_value"), Value(Object{{"name", "Atlas"}}));
  EXPECT_EQ(Side(entries[1], "new_value"), Value(Object{{"name", "Atlas 2"}}));
  EXPECT_EQ(Field(Side(entries[2], "old_value"), "name"), Value("Atlas 2"));
  EXPECT_TRUE(Field(entries[2], "new_value").is_null());
}

TEST_F(AuditTest, KeysOfSeveralColumnsAreJoined) {
  const std::string user = User("ada");
  const std::string team = InsertedId("teams", Object{{"name", "x"}});
  Inserted("user_teams", Object{{"user_id", user}, {"team_id", team}});
  ASSERT_EQ(Entries("user_teams", user + "/" + team).size(), 1U);
  // The cascade of a row that goes tells as well.
  ASSERT_TRUE(*store_->Delete("teams", Value(team)));
  const Array entries = Entries("user_teams");
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(Field(entries[1], "action"), Value("delete"));
}

TEST_F(AuditTest, ValuesKeepTheirMeaning) {
  const std::string long_text = std::string(4095, 'x') + "\u00e4" + std::string(10, 'y');
  const std::string user =
      InsertedId("users", Object{{"username", "ada"},
                                 {"bio", long_text},
                                 {"is_admin", true},
                                 {"metadata", Object{{"a", Array{Value(1), Value()}}}}});
  const Value added = Side(Entries("users", user)[0], "new_value");
  // Cut between characters: the one at the limit does not fit.
  EXPECT_EQ(Field(added, "bio"),
            Value(Object{{"text", std::string(4095, 'x')}, {"bytes", int64_t{4107}}}));
  EXPECT_EQ(Field(added, "is_admin"), Value(true));
  EXPECT_EQ(Field(added, "metadata"), Value(Object{{"a", Array{Value(1), Value()}}}));
  // What JSON cannot hold, from SQL.
  const std::string exact = std::string(4096, 'x');
  MustSql("UPDATE users SET bio = ?1", Value(Array{exact}));
  EXPECT_EQ(Field(Side(Entries("users", user)[1], "new_value"), "bio"), Value(exact));
  MustSql("UPDATE users SET bio = CAST(x'61ff62' AS TEXT), display_name = char(0, 1, 34)");
  const Value odd = Side(Entries("users", user)[2], "new_value");
  EXPECT_EQ(Field(odd, "bio"), Value("a\uFFFDb"));
  EXPECT_EQ(Field(odd, "display_name"), Value(std::string("\0\x01\"", 3)));
  MustSql("INSERT INTO code_symbols(id, complexity) VALUES ('s', 9e999)");
  EXPECT_EQ(Field(Side(Entries("code_symbols", "s")[0], "new_value"), "complexity"),
            Value("Infinity"));
  // As deep as SQLite takes for JSON: an entry may not be deeper.
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  MustSql("UPDATE users SET metadata = ?1", Value(Array{deep}));
  EXPECT_EQ(Field(Side(Entries("users", user)[3], "new_value"), "metadata"), Value(deep));
}

TEST_F(AuditTest, SilenceRecordsNothingAndRulesStillHold) {
  {
    const AuditContext::Silence outer(audit_);
    const AuditContext::Silence inner(audit_);
    MustSql("INSERT INTO tags(id, name) VALUES ('t', 'x')");
    EXPECT_FALSE(Sql("INSERT INTO tags(id, name) VALUES ('u', ' ')").ok());
  }
  EXPECT_EQ(CountOf("audit_log"), 0);
  MustSql("DELETE FROM tags");
  EXPECT_EQ(CountOf("audit_log"), 1);
}

TEST_F(AuditTest, AStatementThatIsInterruptedLeavesTheGuardsAwake) {
  for (int i = 0; i < 50; ++i) Inserted("tags", Object{{"name", "t" + std::to_string(i)}});
  // Stopped at different places, also while the core corrects rows of its own.
  for (int stop = 0; stop < 40; ++stop) {
    int looks = 0;
    own_database_->SetInterruptCheck([&] { return ++looks > stop; });
    const Status status = Sql("UPDATE tags SET name = ' ' || name || ' '");
    own_database_->SetInterruptCheck({});
    EXPECT_TRUE(status.ok() || status.code() == ErrorCode::CANCELLED) << status.message();
    EXPECT_EQ(Ask("SELECT count(*) FROM tags WHERE name <> trim(name)"), Value(0));
    EXPECT_FALSE(Sql("UPDATE tags SET name = ''").ok()) << "after " << stop;
  }
  EXPECT_EQ(CountOf("audit_log"), 50);  // blanks that are taken off again change nothing
}

TEST_F(AuditTest, EntriesOfServicesNameWhoActs) {
  const std::string user = User("ada");
  const AuditContext::ActAs actor(audit_, user);
  ASSERT_TRUE(WriteAuditEntry(*own_database_, clock_, ids_, audit_,
                              {.action = "login",
                               .resource_type = "users",
                               .resource_id = user,
                               .details = Object{{"reason", "wrong password"}},
                               .success = false})
                  .ok());
  const Array entries = Entries("users", user);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(Field(entries[1], "action"), Value("login"));
  EXPECT_EQ(Field(entries[1], "status"), Value("failure"));
  EXPECT_EQ(Field(entries[1], "user_id"), Value(user));
  EXPECT_EQ(Field(entries[1], "details"), Value(Object{{"reason", "wrong password"}}));
  ASSERT_TRUE(
      WriteAuditEntry(*own_database_, clock_, ids_, AuditContext(), {.action = "tidy"}).ok());
  EXPECT_EQ(CountOf("audit_log", Value(Object{{"resource_type", Value(Object{{"isNull", true}})},
                                              {"actor", Value(Object{{"isNull", true}})}})),
            1);
}

TEST_F(AuditTest, UpsertsTellWhatTheyDid) {
  for (const char* name : {"a", "b"}) {
    MustSql(
        "INSERT INTO tags(id, name) VALUES ('t', ?1) ON CONFLICT(id) DO UPDATE SET name = "
        "excluded.name",
        Value(Array{name}));
  }
  // REPLACE is a deletion and an insertion.
  MustSql("REPLACE INTO tags(id, name) VALUES ('t', 'c')");
  std::string actions;
  for (const Value& entry : Entries("tags", "t"))
    actions += Field(entry, "action").AsString() + " ";
  EXPECT_EQ(actions, "insert update delete insert ");
}

}  // namespace
}  // namespace archivolt
