#include "privacy/retention.h"

#include "privacy/privacy_fixture.h"

namespace archivolt {
namespace {

class RetentionTest : public PrivacyTest {
 protected:
  void SetUp() override {
    PrivacyTest::SetUp();
    retention_ = std::make_unique<RetentionService>(*database_, clock_, ids_, audit_);
  }

  Object Apply(bool dry_run = false, int64_t budget_ms = 0) {
    const Result<Value> result = retention_->Apply(budget_ms, dry_run);
    EXPECT_TRUE(result.ok()) << result.status().message();
    if (!result.ok()) return {};
    more_ = result->AsObject().Find("more")->AsBool();
    return result->AsObject().Find("deleted")->AsObject();
  }
  static int64_t Rows(const Object& counts, std::string_view table) {
    const Value* rows = counts.Find(table);
    return rows == nullptr ? 0 : rows->AsInt();
  }
  /// A project with two epics, `stories` stories with a task each, and content of every kind.
  void AddProject(const std::string& id, int stories) {
    Run("INSERT INTO projects(id, name) VALUES ('" + id + "', 'P" + id + "');" +
        "INSERT INTO users(id, username) VALUES ('u" + id + "', 'U" + id + "');" +
        "INSERT INTO epics(id, project_id, title) VALUES ('e" + id + "', '" + id + "', 'E');" +
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < " +
        std::to_string(stories) + ") INSERT INTO stories(id, epic_id, title) SELECT '" + id +
        "s' || x, 'e" + id + "', 'Story ' || x FROM n;" +
        "INSERT INTO tasks(id, story_id, title) SELECT 't' || id, id, 'T' FROM stories WHERE "
        "epic_id = 'e" +
        id + "';" + "INSERT INTO documents(id, project_id, filename) VALUES ('d" + id + "', '" +
        id + "', 'a.md');" +
        "INSERT INTO document_chunks(id, document_id, chunk_index, chunk_text) VALUES ('c" + id +
        "', 'd" + id + "', 0, 'text');" +
        "INSERT INTO decisions(id, user_id, project_id, title, "
        "options) VALUES ('x" +
        id + "', 'u" + id + "', '" + id + "', 'D', '[]')");
  }

  std::unique_ptr<RetentionService> retention_;
  bool more_ = false;
};

TEST_F(RetentionTest, ListsAndSetsClasses) {
  const auto list = retention_->List();
  ASSERT_TRUE(list.ok());
  ASSERT_EQ(list->size(), 5u);
  EXPECT_EQ((*list)[2].AsObject().Find("class")->AsString(), "logs");
  EXPECT_EQ((*list)[2].AsObject().Find("keepDays")->AsInt(), 30);
  EXPECT_TRUE((*list)[1].AsObject().Find("keepDays")->is_null());
  ASSERT_TRUE(retention_->Set("logs", Value()).ok());
  EXPECT_EQ(Ask("SELECT keep_days FROM retention_policies WHERE class = 'logs'"), Value());
  ASSERT_TRUE(retention_->Set("documents", Value(0)).ok());
  EXPECT_EQ(Count("SELECT keep_days FROM retention_policies WHERE class = 'documents'"), 0);
}

TEST_F(RetentionTest, RefusesWrongClassesAndDays) {
  for (const Value& days : {Value(-1), Value(36'501), Value(1.5), Value("1"), Value(true)}) {
    EXPECT_EQ(retention_->Set("logs", days).code(), ErrorCode::INVALID_ARGUMENT);
  }
  EXPECT_EQ(retention_->Set("log", Value(1)).code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(retention_->Set("", Value(1)).code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Count("SELECT keep_days FROM retention_policies WHERE class = 'logs'"), 30);
}

TEST_F(RetentionTest, EachClassEndsAtItsOwnTime) {
  const std::string now = std::to_string(clock_.now());
  Run("INSERT INTO users(id) VALUES ('u');"
      "INSERT INTO audit_log(id, action, created_at) VALUES ('l', 'insert', " +
      now + ");" +
      "INSERT INTO audit_log(id, origin, action, created_at) VALUES ('old', 'archi', 'x', 1);" +
      "INSERT INTO auth_sessions(id, user_id, expires_at) VALUES ('s', 'u', " + now + ");" +
      "INSERT INTO cache_entries(key, namespace, created_at, last_used_at, expires_at) VALUES "
      "('k', 'n', 0, 0, " +
      now + " + 1);" +
      "INSERT INTO rate_limits(subject, endpoint, window_start, expires_at) VALUES "
      "('u', 'e', 0, " +
      now + " + 1);" + "INSERT INTO projects(id, name, deleted_at) VALUES ('p', 'P', " + now +
      ");" + "INSERT INTO documents(id, is_deleted, deleted_at) VALUES ('d', 1, " + now + ")");
  EXPECT_TRUE(Apply().empty());
  clock_.AddDays(0.5);
  Object counts = Apply();
  EXPECT_EQ(Rows(counts, "cache_entries"), 1);
  EXPECT_EQ(Rows(counts, "rate_limits"), 1);
  EXPECT_EQ(counts.size(), 2u);
  clock_.AddDays(0.5);
  counts = Apply();
  EXPECT_EQ(Rows(counts, "auth_sessions"), 1);
  EXPECT_EQ(counts.size(), 1u);
  clock_.AddDays(28.9);
  EXPECT_TRUE(Apply().empty());
  clock_.AddDays(0.2);
  EXPECT_EQ(Rows(Apply(), "audit_log"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log WHERE id = 'old'"), 1) << "imported history";
  clock_.AddDays(60);
  EXPECT_EQ(Rows(Apply(), "projects"), 1);
  clock_.AddDays(10'000);
  Apply();
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 1) << "kept for ever";
  ASSERT_TRUE(retention_->Set("documents", Value(7)).ok());
  EXPECT_EQ(Rows(Apply(), "documents"), 1);
}

TEST_F(RetentionTest, AProjectGoesWithAllItsContentAndNothingElse) {
  AddProject("a", 3);
  AddProject("b", 3);
  Run("UPDATE projects SET deleted_at = 0 WHERE id = 'a'");
  const Object dry = Apply(true);
  EXPECT_EQ(Count("SELECT count(*) FROM stories"), 6);
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), 0);
  const Object real = Apply();
  EXPECT_EQ(dry, real);
  EXPECT_EQ(Rows(real, "projects"), 1);
  EXPECT_EQ(Rows(real, "epics"), 1);
  EXPECT_EQ(Rows(real, "stories"), 3);
  EXPECT_EQ(Rows(real, "tasks"), 3);
  EXPECT_EQ(Rows(real, "documents"), 1);
  EXPECT_EQ(Rows(real, "document_chunks"), 1);
  EXPECT_EQ(Rows(real, "decisions"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM stories"), 3);
  EXPECT_EQ(Count("SELECT count(*) FROM tasks"), 3);
  EXPECT_EQ(Count("SELECT count(*) FROM document_chunks"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM users"), 2);
  EXPECT_EQ(Count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
  EXPECT_TRUE(Apply().empty());
}

TEST_F(RetentionTest, ARestoredProjectStays) {
  AddProject("a", 2);
  Run("UPDATE projects SET deleted_at = " + std::to_string(clock_.now()));
  clock_.AddDays(89);
  Apply();
  Run("UPDATE projects SET deleted_at = NULL");
  clock_.AddDays(1000);
  EXPECT_TRUE(Apply().empty());
  EXPECT_EQ(Count("SELECT count(*) FROM stories"), 2);
}

TEST_F(RetentionTest, SlicesAddUpAndLeaveOneEntry) {
  AddProject("a", 400);
  Run("UPDATE projects SET deleted_at = 0");
  const Object expected = Apply(true);
  clock_.set_step(500);
  Object sum;
  int slices = 0;
  do {
    for (const auto& [table, rows] : Apply(false, 1)) {
      sum.Set(table, Rows(sum, table) + rows.AsInt());
    }
    ASSERT_LT(++slices, 1000);
  } while (more_);
  EXPECT_GT(slices, 5);
  for (const auto& [table, rows] : expected) EXPECT_EQ(Rows(sum, table), rows.AsInt()) << table;
  EXPECT_EQ(sum.size(), expected.size());
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log WHERE action = 'retention'"), 1);
  EXPECT_EQ(Count("SELECT details ->> '$.stories' FROM audit_log"), 400);
  Run("INSERT INTO cache_entries(key, namespace, created_at, last_used_at, expires_at) VALUES "
      "('k', 'n', 0, 0, 0)");
  Apply();
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log WHERE action = 'retention'"), 2);
}

TEST_F(RetentionTest, LogsKeptForNoTimeComeToAnEnd) {
  ASSERT_TRUE(retention_->Set("logs", Value(0)).ok());
  Run("INSERT INTO audit_log(id, action, created_at) VALUES ('l', 'insert', 1)");
  EXPECT_EQ(Rows(Apply(), "audit_log"), 1);
  EXPECT_TRUE(Apply().empty());
}

TEST_F(RetentionTest, FailsWholeInAClosedDatabase) {
  ASSERT_TRUE(database_->Close().ok());
  EXPECT_EQ(retention_->Apply(0, false).status().code(), ErrorCode::FAILED_PRECONDITION);
  EXPECT_EQ(retention_->List().status().code(), ErrorCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace archivolt
