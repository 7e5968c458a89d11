#include "workspace/workspace.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>

#include "storage/database.h"

namespace archivolt {
namespace {

class WorkspaceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    folder_ = std::filesystem::temp_directory_path() / ("archivolt_workspace_" + name);
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string path() const { return (folder_ / "archivolt.db").string(); }

  std::unique_ptr<Workspace> Open(bool read_only = false) {
    WorkspaceOptions options;
    options.path = path();
    options.read_only = read_only;
    auto opened = Workspace::Open(options, clock_, SystemRandom());
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    return opened.ok() ? std::move(opened).value() : nullptr;
  }

  static Value Ok(Result<Value> result) {
    EXPECT_TRUE(result.ok()) << result.status().message();
    return result.ok() ? std::move(result).value() : Value();
  }

  static ErrorCode CodeOf(const Result<Value>& result) { return result.status().code(); }

  // A document taken in without vectors; answers its id.
  static std::string Ingest(Workspace& workspace, const std::string& filename,
                            const std::string& text) {
    const Value opened = Ok(workspace.Call("ingest.open", Object{{"filename", filename},
                                                                 {"text", text},
                                                                 {"contentHash", filename},
                                                                 {"format", "markdown"},
                                                                 {"embed", "none"}}));
    const Value* job = opened.AsObject().Find("job");
    EXPECT_NE(job, nullptr);
    for (int step = 0; step < 1000; ++step) {
      const Value state =
          Ok(workspace.Call("ingest.step", Object{{"job", *job}, {"budgetMs", 20}}));
      if (state.AsObject().Find("phase")->AsString() == "done") {
        return state.AsObject().Find("document")->AsObject().Find("id")->AsString();
      }
    }
    ADD_FAILURE() << "the ingest does not end";
    return "";
  }

  SystemClock clock_;
  std::filesystem::path folder_;
};

TEST_F(WorkspaceTest, OpensANewFileWithTheLatestSchema) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  const Value status = Ok(workspace->Call("workspace.status", Value()));
  EXPECT_EQ(status.AsObject().Find("schemaVersion")->AsInt(),
            Ok(workspace->Call("migrations.current", Value())).AsInt());
  EXPECT_GE(status.AsObject().Find("schemaVersion")->AsInt(), 1);
  EXPECT_FALSE(status.AsObject().Find("readOnly")->AsBool());
  const Value list = Ok(workspace->Call("migrations.list", Value()));
  ASSERT_FALSE(list.AsArray().empty());
  EXPECT_FALSE(list.AsArray()[0].AsObject().Find("appliedAt")->is_null());
}

TEST_F(WorkspaceTest, KeepsDocumentsAndFindsThemAfterReopening) {
  std::string id;
  {
    auto workspace = Open();
    ASSERT_NE(workspace, nullptr);
    id = Ingest(*workspace, "breaker.md", "# Circuit breaker\n\nStop calling a failing service.");
  }
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  const Value found =
      Ok(workspace->Call("search", Object{{"query", "failing"}, {"mode", "keyword"}}));
  const Array& hits = found.AsObject().Find("hits")->AsArray();
  ASSERT_EQ(hits.size(), 1u);
  EXPECT_EQ(hits[0].AsObject().Find("documentId")->AsString(), id);
}

TEST_F(WorkspaceTest, RefusesWhatItDoesNotKnow) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  EXPECT_EQ(CodeOf(workspace->Call("records.explode", Value())), ErrorCode::NOT_FOUND);
  EXPECT_EQ(CodeOf(workspace->Call("", Value())), ErrorCode::NOT_FOUND);
  EXPECT_EQ(CodeOf(workspace->Call("records.find", Value(3))), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(CodeOf(workspace->Call("records.find", Object{})), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(CodeOf(workspace->Call("records.find", Object{{"table", 7}})),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(CodeOf(workspace->Call("records.find", Object{{"table", "users"}, {"limit", -1}})),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(CodeOf(workspace->Call("embedder.load", Object{{"table", "text"}})),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(CodeOf(workspace->Call("collections.upsert", Object{{"name", "x"}})),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(WorkspaceTest, SqlReadsAndWritesOneStatementAtATime) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  const Value inserted = Ok(workspace->Call(
      "sql.execute", Object{{"sql", "INSERT INTO tags(id, name) VALUES (?, ?)"},
                            {"params", Array{"t1", "Robert'); DROP TABLE tags;--"}}}));
  EXPECT_EQ(inserted.AsObject().Find("changes")->AsInt(), 1);
  const Value read =
      Ok(workspace->Call("sql.query", Object{{"sql", "SELECT name FROM tags WHERE id = :id"},
                                             {"params", Object{{"id", "t1"}}}}));
  EXPECT_EQ(read.AsObject().Find("rows")->AsArray()[0].AsArray()[0].AsString(),
            "Robert'); DROP TABLE tags;--");
  for (const char* sql : {"DELETE FROM tags", "DROP TABLE tags", "PRAGMA journal_mode = DELETE",
                          "SELECT 1; SELECT 2", "ATTACH 'x' AS y", "", "not sql", "BEGIN"}) {
    EXPECT_EQ(CodeOf(workspace->Call("sql.query", Object{{"sql", sql}})),
              ErrorCode::INVALID_ARGUMENT)
        << sql;
  }
  for (const char* sql : {"DROP TABLE tags", "CREATE TABLE x(y)", "PRAGMA user_version = 9",
                          "COMMIT", "DELETE FROM schema_migrations", "SELECT 1"}) {
    EXPECT_EQ(CodeOf(workspace->Call("sql.execute", Object{{"sql", sql}})),
              ErrorCode::INVALID_ARGUMENT)
        << sql;
  }
  EXPECT_EQ(CodeOf(workspace->Call("sql.query", Object{{"sql", "SELECT ?"}, {"params", 5}})),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(WorkspaceTest, ABatchIsAllOrNothing) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  const Object good{{"sql", "INSERT INTO tags(id, name) VALUES ('a', 'a')"}};
  const Object bad{{"sql", "INSERT INTO tags(id, name) VALUES ('b', 'a')"}};
  const auto failed = workspace->Call("sql.batch", Object{{"statements", Array{good, bad}}});
  EXPECT_EQ(CodeOf(failed), ErrorCode::ALREADY_EXISTS);
  ASSERT_NE(failed.status().Find("statement"), nullptr);
  EXPECT_EQ(std::get<int64_t>(*failed.status().Find("statement")), 1);
  EXPECT_EQ(Ok(workspace->Call("records.count", Object{{"table", "tags"}})).AsInt(), 0);
  Ok(workspace->Call("sql.batch", Object{{"statements", Array{good}}}));
  EXPECT_EQ(Ok(workspace->Call("records.count", Object{{"table", "tags"}})).AsInt(), 1);
}

TEST_F(WorkspaceTest, ATransactionSpansCalls) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  EXPECT_EQ(CodeOf(workspace->Call("tx.commit", Value())), ErrorCode::FAILED_PRECONDITION);
  Ok(workspace->Call("tx.begin", Value()));
  EXPECT_EQ(CodeOf(workspace->Call("tx.begin", Value())), ErrorCode::FAILED_PRECONDITION);
  Ok(workspace->Call("records.insert", Object{{"table", "tags"}, {"row", Object{{"name", "a"}}}}));
  Ok(workspace->Call("tx.rollback", Value()));
  EXPECT_EQ(Ok(workspace->Call("records.count", Object{{"table", "tags"}})).AsInt(), 0);
  Ok(workspace->Call("tx.begin", Value()));
  Ok(workspace->Call("records.insert", Object{{"table", "tags"}, {"row", Object{{"name", "b"}}}}));
  Ok(workspace->Call("tx.commit", Value()));
  EXPECT_EQ(Ok(workspace->Call("records.count", Object{{"table", "tags"}})).AsInt(), 1);
}

TEST_F(WorkspaceTest, SaysWhichRowsCommitsChanged) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  workspace->TakeChanges();
  const auto insert = [&](std::string id) {
    Ok(workspace->Call("records.insert",
                       Object{{"table", "tags"}, {"row", Object{{"id", id}, {"name", id}}}}));
  };
  insert("one");
  insert("two");
  Ok(workspace->Call("records.delete", Object{{"table", "tags"}, {"id", "one"}}));
  const Object changed = workspace->TakeChanges();
  ASSERT_NE(changed.Find("tags"), nullptr);
  EXPECT_EQ(*changed.Find("tags"), Value(Array{Value("one"), Value("two")}));
  EXPECT_TRUE(workspace->TakeChanges().empty());
}

TEST_F(WorkspaceTest, SaysOfManyRowsOnlyThatTheyChanged) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  workspace->TakeChanges();
  Array rows;
  for (int i = 0; i <= 1000; ++i) rows.emplace_back(Object{{"name", std::to_string(i)}});
  Ok(workspace->Call("records.insertMany", Object{{"table", "tags"}, {"rows", rows}}));
  const Object changed = workspace->TakeChanges();
  ASSERT_NE(changed.Find("tags"), nullptr);
  EXPECT_TRUE(changed.Find("tags")->is_null());
}

TEST_F(WorkspaceTest, SaysNothingOfTablesThatTheCoreKeepsForItself) {
  auto workspace = Open();
  ASSERT_NE(workspace, nullptr);
  Ok(workspace->Call("records.insert",
                     Object{{"table", "conversations"}, {"row", Object{{"id", "c"}}}}));
  workspace->TakeChanges();
  Ok(workspace->Call("records.insert", Object{{"table", "messages"},
                                              {"row", Object{{"id", "m"},
                                                             {"conversation_id", "c"},
                                                             {"role", "user"},
                                                             {"content", "hello"}}}}));
  const Object changed = workspace->TakeChanges();
  EXPECT_NE(changed.Find("messages"), nullptr);
  EXPECT_EQ(changed.Find("embedding_queue"), nullptr);
}

TEST_F(WorkspaceTest, LeavesANewerSchemaUntouched) {
  {
    ASSERT_NE(Open(), nullptr);
  }
  {
    DatabaseOptions options;
    options.path = path();
    auto database = Database::Open(options);
    ASSERT_TRUE(database.ok());
    ASSERT_TRUE((*database)->Execute("PRAGMA user_version = 9999").ok());
  }
  WorkspaceOptions options;
  options.path = path();
  auto refused = Workspace::Open(options, clock_, SystemRandom());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), ErrorCode::SCHEMA_TOO_NEW);
  auto reader = Open(/*read_only=*/true);
  ASSERT_NE(reader, nullptr);
  EXPECT_EQ(Ok(reader->Call("records.count", Object{{"table", "systems"}})).AsInt(), 6);
  EXPECT_FALSE(
      reader->Call("records.insert", Object{{"table", "tags"}, {"row", Object{{"name", "a"}}}})
          .ok());
}

TEST_F(WorkspaceTest, RefusesAFileThatIsNoDatabaseAndLeavesIt) {
  const std::string content = "this is a letter, not a database, and somebody wants to keep it";
  std::ofstream(path()) << content;
  WorkspaceOptions options;
  options.path = path();
  auto refused = Workspace::Open(options, clock_, SystemRandom());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.status().code(), ErrorCode::CORRUPTION);
  std::ifstream kept(path());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), content);
}

}  // namespace
}  // namespace archivolt
