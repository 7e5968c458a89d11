#include "knowledge/row_embeddings.h"

#include <cstring>
#include <string>

#include "storage/transaction.h"
#include "support/knowledge_fixture.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

class RowEmbeddingsTest : public KnowledgeTest {
 protected:
  void SetUp() override {
    KnowledgeTest::SetUp();
    Run("INSERT INTO users(id, username) VALUES ('u', 'ann');"
        "INSERT INTO conversations(id, user_id) VALUES ('c', 'u')");
  }
  /// One row of every kind, about the same matter.
  void AddRows() {
    Run("INSERT INTO decisions(id, user_id, title, options) VALUES ('d', 'u', 'Use a queue', '[]');"
        "INSERT INTO stories(id, title, description) VALUES ('s', 'Retry jobs', 'From a queue');"
        "INSERT INTO code_examples(id, title, code_content) VALUES ('x', 'Worker', 'takeJob()');"
        "INSERT INTO messages(id, conversation_id, role, content) VALUES ('m', 'c', 'user', 'Why "
        "do jobs wait?');"
        "INSERT INTO ai_requests(id, kind, user_id, prompt_text, response_text) VALUES ('r', "
        "'query', 'u', 'Explain the queue', 'Jobs wait in it')");
  }
  int64_t Queued() { return Count("SELECT count(*) FROM embedding_queue"); }
  int64_t Points(const std::string& kind) {
    return Count(
        "SELECT count(*) FROM vector_points p JOIN vector_collections c ON c.id = p.collection_id "
        "WHERE c.name = 'archivolt:" +
        kind + "'");
  }
  void DrainAll() {
    for (int step = 0; step < 1000; ++step) {
      const auto more = rows_->Drain(10);
      ASSERT_TRUE(more.ok()) << more.status().message();
      if (!*more) return;
    }
    FAIL() << "draining does not end";
  }
  void UseExternal(const std::string& model, int64_t dimensions = 4) {
    ASSERT_TRUE(embedders_.Use(Object{{"model", model}, {"dimensions", dimensions}}).ok());
  }
  static Value Floats(std::initializer_list<float> values) {
    return Value(ToBytes(std::vector<float>(values)));
  }
};

TEST_F(RowEmbeddingsTest, DrainGivesEveryRowOnePointUnderItsId) {
  LoadEmbedder();
  AddRows();
  EXPECT_EQ(Queued(), 5);
  DrainAll();
  EXPECT_EQ(Queued(), 0);
  for (const EmbeddedKind& kind : EmbeddedKinds()) EXPECT_EQ(Points(std::string(kind.name)), 1);
  EXPECT_EQ(QueryOne("SELECT point_uid FROM vector_points p JOIN vector_collections c ON c.id = "
                     "p.collection_id WHERE c.name = 'archivolt:messages'")
                .AsString(),
            "m");
  const auto collection = vectors_->Ready("archivolt:messages");
  ASSERT_TRUE(collection.ok());
  std::vector<float> expected(embedders_.builtin()->dimensions());
  embedders_.builtin()->Embed("Why do jobs wait?", expected);
  const int64_t pk = Count("SELECT pk FROM messages");
  ASSERT_TRUE((*collection)->LabelOf(pk).has_value());
  EXPECT_NEAR(*(*collection)->index->Distance(*(*collection)->LabelOf(pk), expected), 0, 1e-6);
  EXPECT_EQ((*collection)->identity.fingerprint, embedders_.builtin()->fingerprint());
}

TEST_F(RowEmbeddingsTest, ChangedTextsAreEmbeddedAgainAndDeletedRowsLoseTheirPoint) {
  LoadEmbedder();
  AddRows();
  DrainAll();
  Run("UPDATE messages SET role = 'system'");
  EXPECT_EQ(Queued(), 0) << "its text is what it was";
  Run("UPDATE messages SET content = 'Where is the log?'");
  EXPECT_EQ(Queued(), 1);
  EXPECT_EQ(Points("messages"), 0);
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index->count(), 0U);
  DrainAll();
  EXPECT_EQ(Points("messages"), 1);
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index->count(), 1U);
  Run("REPLACE INTO stories(pk, id, title) SELECT pk, id, 'Another' FROM stories");
  EXPECT_EQ(Queued(), 1);
  Run("DELETE FROM users");  // takes the conversation's message's author, decisions and requests
  EXPECT_EQ(Points("decisions"), 0);
  EXPECT_EQ(Points("ai_requests"), 0);
  Run("DELETE FROM conversations");
  EXPECT_EQ(Points("messages"), 0);
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index->count(), 0U);
}

TEST_F(RowEmbeddingsTest, SlicesEndWithTheirBudgetAndLeaveTheRest) {
  LoadEmbedder();
  Run("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 200) INSERT INTO "
      "messages(id, conversation_id, role, content) SELECT 'm' || i, 'c', 'user', 'Server ' || i "
      "FROM n");
  clock_.set_step(1000);
  const auto more = rows_->Drain(1);
  ASSERT_TRUE(more.ok());
  EXPECT_TRUE(*more);
  const int64_t left = Queued();
  EXPECT_GT(left, 100);
  EXPECT_LT(left, 200);
  EXPECT_EQ(Points("messages"), 200 - left) << "what was done is committed";
  DrainAll();
  EXPECT_EQ(Points("messages"), 200);
}

TEST_F(RowEmbeddingsTest, WordlessTextsGetAVectorThatNothingFinds) {
  LoadEmbedder();
  Run("INSERT INTO messages(id, conversation_id, role, content) VALUES ('m', 'c', 'user', '!?')");
  DrainAll();
  EXPECT_EQ(Queued(), 0);
  EXPECT_EQ(Points("messages"), 1);
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index->count(), 0U);
}

TEST_F(RowEmbeddingsTest, NothingIsDoneInACallersTransactionOrWithoutAnEmbedder) {
  AddRows();
  EXPECT_FALSE(*rows_->Drain(10));
  EXPECT_EQ(rows_->Texts(10).status().code(), ErrorCode::FAILED_PRECONDITION);
  LoadEmbedder();
  auto transaction = Transaction::Begin(*database_);
  EXPECT_FALSE(*rows_->Drain(10));
  EXPECT_EQ(Queued(), 5);
}

TEST_F(RowEmbeddingsTest, AnOlderSchemaHasNoQueueAndThatIsNoError) {
  LoadEmbedder();
  AddRows();
  Migrator migrator(*database_, EmbeddedMigrations(), clock_);
  ASSERT_TRUE(guards_->Remove().ok());
  ASSERT_TRUE(migrator.Migrate(1).ok());
  EXPECT_EQ(*rows_->CountPending(), 0);
  EXPECT_FALSE(*rows_->Drain(10));
  EXPECT_TRUE(rows_->EmbedPending("messages", 10)->empty());
  ASSERT_TRUE(migrator.Migrate(migrator.latest()).ok());
  EXPECT_EQ(*rows_->CountPending(), 5) << "every row is queued by the migration";
}

TEST_F(RowEmbeddingsTest, AnotherEmbedderDiscardsTheOldVectorsAndQueuesEveryRow) {
  LoadEmbedder();
  Run("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 1200) INSERT INTO "
      "messages(id, conversation_id, role, content) SELECT 'm' || i, 'c', 'user', 'Server ' || i "
      "FROM n");
  DrainAll();
  ASSERT_EQ(Points("messages"), 1200);
  UseExternal("other");
  const auto texts = rows_->Texts(3);
  ASSERT_TRUE(texts.ok()) << texts.status().message();
  EXPECT_EQ(texts->AsObject().Find("texts")->AsArray().size(), 3U);
  EXPECT_TRUE(texts->AsObject().Find("more")->AsBool()) << "old points are left to be dropped";
  EXPECT_EQ(Queued(), 1200);
  EXPECT_EQ(Points("messages"), 0);
  EXPECT_EQ(Points("messages:old"), 1200);
  Run("DELETE FROM messages WHERE id = 'm1'");
  EXPECT_EQ(Points("messages:old"), 1199) << "a deleted row's old vector goes at once";
  ASSERT_TRUE(rows_->Texts(1).ok());
  EXPECT_EQ(Points("messages:old"), 699);
  ASSERT_TRUE(rows_->Texts(1).ok());
  ASSERT_TRUE(rows_->Texts(1).ok());
  EXPECT_EQ(Points("messages:old"), 0);
  EXPECT_EQ(Count("SELECT count(*) FROM vector_collections WHERE name LIKE '%:old'"), 0);
  EXPECT_EQ(
      QueryOne("SELECT model FROM vector_collections WHERE name = 'archivolt:messages'").AsString(),
      "other");
}

TEST_F(RowEmbeddingsTest, ExternalVectorsAreTakenForTheTextsThatWereGiven) {
  UseExternal("outside");
  AddRows();
  const auto texts = rows_->Texts(2);
  ASSERT_TRUE(texts.ok());
  EXPECT_EQ(texts->AsObject().Find("texts")->AsArray().size(), 2U);
  EXPECT_EQ(rows_->Vectors({Floats({1, 0, 0, 0})}).code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(rows_->Vectors({}).code(), ErrorCode::OK) << "the batch was given up";
  ASSERT_TRUE(rows_->Texts(2).ok());
  EXPECT_EQ(rows_->Vectors({Floats({1, 0}), Floats({1, 0})}).code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Queued(), 5);
  ASSERT_TRUE(rows_->Texts(2).ok());
  Run("UPDATE stories SET title = 'Meanwhile'");
  ASSERT_TRUE(rows_->Vectors({Floats({1, 0, 0, 0}), Floats({0, 1, 0, 0})}).ok());
  EXPECT_EQ(Queued(), 4);
  EXPECT_EQ(Points("decisions"), 1);
  EXPECT_EQ(Points("stories"), 0) << "its vector would be that of an older text";
  for (int batch = 0; batch < 5; ++batch) {
    const auto next = rows_->Texts(2);
    ASSERT_TRUE(next.ok());
    Array vectors;
    for (size_t i = 0; i < next->AsObject().Find("texts")->AsArray().size(); ++i)
      vectors.push_back(Floats({0, 0, 1, 0}));
    ASSERT_TRUE(rows_->Vectors(vectors).ok());
  }
  EXPECT_EQ(Queued(), 0);
  EXPECT_EQ((*vectors_->Ready("archivolt:stories"))->index->count(), 1U);
}

TEST_F(RowEmbeddingsTest, VectorsOfTextsThatAreNotKnownAreNotTaken) {
  UseExternal("outside");
  AddRows();
  EXPECT_EQ(rows_->Vectors({Floats({1, 0, 0, 0})}).code(), ErrorCode::OK);
  EXPECT_EQ(Queued(), 5);
  ASSERT_TRUE(rows_->Texts(2).ok());
  Restart();
  EXPECT_EQ(rows_->Vectors({Floats({1, 0, 0, 0}), Floats({1, 0, 0, 0})}).code(), ErrorCode::OK);
  EXPECT_EQ(Queued(), 5) << "they are asked for again";
  EXPECT_EQ(Count("SELECT count(*) FROM vector_points"), 0);
}

TEST_F(RowEmbeddingsTest, OneChangedRowLeavesTheGraphAlone) {
  UseExternal("outside");
  Run("WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n LIMIT 2500) INSERT INTO "
      "messages(id, conversation_id, role, content) SELECT 'm' || i, 'c', 'user', 'Row ' || i FROM "
      "n");
  float at = 0;
  while (Queued() > 0) {
    const auto next = rows_->Texts(1000);
    ASSERT_TRUE(next.ok());
    Array vectors;
    for (size_t i = 0; i < next->AsObject().Find("texts")->AsArray().size(); ++i)
      vectors.push_back(Floats({1, at += 0.001F, 1 / (1 + at), 0.5F}));
    ASSERT_TRUE(rows_->Vectors(vectors).ok());
  }
  while (*vectors_->Maintain(1000)) {
  }
  const VectorIndex* index = (*vectors_->Ready("archivolt:messages"))->index.get();
  ASSERT_EQ(index->pending(), 0U);
  Run("UPDATE messages SET content = 'Changed' WHERE id = 'm7'");
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index.get(), index);
  EXPECT_EQ(index->count(), 2499U);
  EXPECT_EQ(index->pending(), 0U) << "nothing is linked anew";
  {
    auto transaction = Transaction::Begin(*database_);
    Run("DELETE FROM messages WHERE id = 'm8'");
    EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index->count(), 2498U)
        << "seen by its own transaction";
  }
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index->count(), 2499U) << "rolled back";
  EXPECT_EQ((*vectors_->Ready("archivolt:messages"))->index.get(), index);
}

}  // namespace
}  // namespace archivolt
