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

}  // namespace
}  // namespace archivolt
