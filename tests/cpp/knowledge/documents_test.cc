#include "knowledge/documents.h"

#include <string>

#include "support/knowledge_fixture.h"

namespace archivolt {
namespace {

class DocumentsTest : public KnowledgeTest {
 protected:
  void SetUp() override {
    KnowledgeTest::SetUp();
    Run("INSERT INTO users(id, username) VALUES ('u1', 'ann');"
        "INSERT INTO conversations(id, user_id) VALUES ('c1', 'u1')");
  }
  std::string Tier(const Object& scope, bool* enabled) {
    const auto rows = documents_->Effective(scope);
    EXPECT_TRUE(rows.ok()) << rows.status().message();
    EXPECT_EQ(rows->size(), 1U);
    *enabled = rows->front().AsObject().Find("enabled")->AsBool();
    return rows->front().AsObject().Find("tier")->AsString();
  }
};

TEST_F(DocumentsTest, RemoveTakesEverythingWithIt) {
  LoadEmbedder();
  const std::string kept = Add("kept.md", "# Kept\n\nThis one stays where it is.");
  const std::string gone =
      Add("gone.md", "# Gone\n\nXylophone concerts are rare.\n\n```\nint xylophone;\n```\n");
  const auto removed = documents_->Remove(gone);
  ASSERT_TRUE(removed.ok() && *removed);
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM document_chunks"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM vector_points"), 1);
  EXPECT_EQ(
      Count("SELECT count(*) FROM document_chunks_fts WHERE document_chunks_fts MATCH 'xylophone'"),
      0);
  EXPECT_TRUE(FullTextIsSound());
  const auto collection = vectors_->Ready(kChunkCollection);
  ASSERT_TRUE(collection.ok());
  EXPECT_EQ((*collection)->index->count(), 1U);
  EXPECT_FALSE(*documents_->Remove(gone));
  EXPECT_EQ(documents_->Chunks(gone).status().code(), ErrorCode::NOT_FOUND);
  EXPECT_EQ(documents_->Chunks(kept)->size(), 1U);
}

TEST_F(DocumentsTest, TheNarrowestTierDecides) {
  const std::string id = Add("a.md", "Text.");
  const Object user{{"user", "u1"}};
  const Object conversation{{"conversation", "c1"}};
  bool enabled = false;
  EXPECT_EQ(Tier(conversation, &enabled), "global");
  EXPECT_TRUE(enabled);
  ASSERT_TRUE(documents_->Select(Object{{"id", id}, {"enabled", false}, {"user", "u1"}}).ok());
  EXPECT_EQ(Tier(user, &enabled), "user");
  EXPECT_FALSE(enabled);
  EXPECT_EQ(Tier(conversation, &enabled), "user") << "a conversation brings its user with it";
  EXPECT_FALSE(enabled);
  ASSERT_TRUE(
      documents_->Select(Object{{"id", id}, {"enabled", true}, {"conversation", "c1"}}).ok());
  EXPECT_EQ(Tier(conversation, &enabled), "conversation");
  EXPECT_TRUE(enabled);
  EXPECT_EQ(Tier(user, &enabled), "user");
  ASSERT_TRUE(
      documents_->Select(Object{{"id", id}, {"enabled", nullptr}, {"conversation", "c1"}}).ok());
  EXPECT_EQ(Tier(conversation, &enabled), "user");
  ASSERT_TRUE(documents_->Select(Object{{"id", id}, {"enabled", nullptr}, {"user", "u1"}}).ok());
  EXPECT_EQ(Tier(Object{}, &enabled), "global");
  EXPECT_TRUE(enabled);
  Run("UPDATE documents SET is_deleted = 1");
  EXPECT_TRUE(documents_->Effective(user)->empty());
}

TEST_F(DocumentsTest, SelectChecksItsArguments) {
  const std::string id = Add("a.md", "Text.");
  const auto code = [&](const Object& request) { return documents_->Select(request).code(); };
  EXPECT_EQ(code(Object{{"id", id}, {"enabled", true}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(Object{{"id", id}, {"enabled", true}, {"user", "u1"}, {"conversation", "c1"}}),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(Object{{"id", id}, {"enabled", 1}, {"user", "u1"}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(Object{{"id", id}, {"user", "u1"}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(code(Object{{"id", "x"}, {"enabled", true}, {"user", "u1"}}), ErrorCode::NOT_FOUND);
  EXPECT_EQ(code(Object{{"id", id}, {"enabled", true}, {"user", "u2"}}), ErrorCode::NOT_FOUND);
  EXPECT_EQ(code(Object{{"id", id}, {"enabled", true}, {"conversation", "c2"}}),
            ErrorCode::NOT_FOUND);
}

TEST_F(DocumentsTest, IndexIsFilledFromRowsAfterARestart) {
  LoadEmbedder();
  for (int i = 0; i < 30; ++i)
    Add("d" + std::to_string(i) + ".md", "Document number " + std::to_string(i) + " on caches.");
  Restart();
  const auto before = vectors_->Describe();
  ASSERT_TRUE(before.ok());
  EXPECT_EQ(before->front().AsObject().Find("state")->AsString(), "loading");
  const auto more = vectors_->Maintain(1000);
  ASSERT_TRUE(more.ok());
  EXPECT_FALSE(*more);
  const auto after = vectors_->Describe();
  EXPECT_EQ(after->front().AsObject().Find("state")->AsString(), "ready");
  EXPECT_EQ(after->front().AsObject().Find("count")->AsInt(), 30);
}

TEST_F(DocumentsTest, SelectionLeavesOutDeletedDocumentsAndThoseOfDeletedProjects) {
  Run("INSERT INTO projects(id, name) VALUES ('p', 'p')");
  const std::string kept = Add("kept.md", "# Kept");
  const std::string mine = Add("mine.md", "# Mine");
  Run("UPDATE documents SET project_id = 'p' WHERE id = '" + mine + "'");
  const auto ids = [&] {
    std::vector<std::string> out;
    const auto entries = documents_->Effective({});
    for (const Value& entry : *entries)
      out.push_back(entry.AsObject().Find("document_id")->AsString());
    return out;
  };
  EXPECT_EQ(ids(), (std::vector<std::string>{kept, mine}));
  Run("UPDATE projects SET deleted_at = 1");
  EXPECT_EQ(ids(), std::vector<std::string>{kept});
  Run("UPDATE projects SET deleted_at = NULL; UPDATE documents SET is_deleted = 1 WHERE id = '" +
      kept + "'");
  EXPECT_EQ(ids(), std::vector<std::string>{mine});
}

TEST_F(DocumentsTest, NamesAreFoundByLikenessBestFirstWithTiesInOrder) {
  Run("INSERT INTO projects(id, name, deleted_at) VALUES ('p', 'p', 1)");
  Run("INSERT INTO documents(id, filename, display_name, is_deleted, project_id) VALUES "
      "('1', 'x.md', 'Deployment guide', 0, NULL), ('2', 'deployment guide', NULL, 0, NULL),"
      "('3', 'y', 'Deployment guides', 0, NULL), ('4', 'z', 'Cooking', 0, NULL),"
      "('5', 'z', 'Deployment guide', 1, NULL), ('6', 'z', 'Deployment guide', 0, 'p'),"
      "('7', 'deployment guide', '', 0, NULL), ('8', NULL, NULL, 0, NULL)");
  const auto find = [&](Object request) {
    std::vector<std::string> out;
    const auto found = documents_->FindByName(request);
    EXPECT_TRUE(found.ok()) << found.status().message();
    if (!found.ok()) return out;
    for (const Value& hit : *found) out.push_back(hit.AsObject().Find("id")->AsString());
    return out;
  };
  using Ids = std::vector<std::string>;
  EXPECT_EQ(find(Object{{"name", "DEPLOYMENT guide"}}), (Ids{"1", "2", "7", "3"}));
  EXPECT_EQ(find(Object{{"name", "deployment"}, {"threshold", 1}}), Ids());
  EXPECT_EQ(find(Object{{"name", "deployment guide"}, {"threshold", 1}}), (Ids{"1", "2", "7"}));
  EXPECT_EQ(find(Object{{"name", "cook"}, {"limit", 1}}), Ids{"4"});
  EXPECT_EQ(find(Object{{"name", "?!"}}), Ids());
  EXPECT_EQ(documents_->FindByName(Object{{"name", ""}}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(documents_->FindByName(Object{{"name", "x"}, {"threshold", 1.5}}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace archivolt
