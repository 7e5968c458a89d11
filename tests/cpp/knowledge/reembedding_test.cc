#include "knowledge/reembedding.h"

#include <string>
#include <utility>

#include "support/knowledge_fixture.h"

namespace archivolt {
namespace {

/// A workspace of documents and messages with vectors of the built-in embedder, and another
/// embedder outside whose vectors say how long a text is.
class ReembeddingTest : public KnowledgeTest {
 protected:
  void SetUp() override {
    KnowledgeTest::SetUp();
    LoadEmbedder();
    Begin();
    Run("INSERT INTO users(id, username) VALUES ('u', 'ann');"
        "INSERT INTO conversations(id, user_id) VALUES ('c', 'u')");
  }
  /// As after a reload.
  void Begin() {
    Restart();
    again_ = std::make_unique<Reembedding>(*database_, clock_, ids_, embedders_, *vectors_, *rows_,
                                           audit_);
    texts_ = 0;
  }
  void AddMessages(int count) {
    Run("WITH RECURSIVE n(i) AS (SELECT coalesce(max(pk), 0) + 1 FROM messages UNION ALL SELECT i "
        "+ 1 FROM n LIMIT " +
        std::to_string(count) +
        ") INSERT INTO messages(id, conversation_id, role, content) SELECT 'm' || i, 'c', 'user', "
        "'Server ' || i FROM n");
  }
  void DrainAll() {
    for (int step = 0; step < 1000; ++step) {
      const auto more = rows_->Drain(10);
      ASSERT_TRUE(more.ok()) << more.status().message();
      if (!*more) return;
    }
    FAIL() << "draining does not end";
  }
  static Value Identity(const std::string& model, int64_t dimensions = 2) {
    return Value(Object{{"model", model}, {"dimensions", dimensions}});
  }
  /// One step as the worker takes it; the latest texts' vectors go along.
  Result<Object> Step(const Value& embedder, int64_t budget_ms = 1000) {
    Object request{{"embedder", embedder}, {"begin", texts_ == 0}, {"limit", 10}};
    if (!given_.empty()) {
      Array vectors;
      for (const std::string& text : std::exchange(given_, {}))
        vectors.emplace_back(ToBytes(std::vector<float>{1, static_cast<float>(text.size())}));
      request.Set("vectors", std::move(vectors));
    }
    AV_ASSIGN_OR_RETURN(Value answer, again_->Step(request, budget_ms));
    ++texts_;
    if (const Value* texts = answer.AsObject().Find("texts"); texts != nullptr) {
      for (const Value& text : texts->AsArray()) given_.push_back(text.AsString());
    }
    return answer.AsObject();
  }
  /// By the present embedder, the built-in one, to its end or for so many steps.
  void ByOwn(int steps = 1000) {
    Array vectors;
    for (int step = 0; step < steps; ++step) {
      Object request{{"begin", step == 0}};
      if (!vectors.empty()) request.Set("vectors", std::exchange(vectors, {}));
      const auto answer = again_->Step(request, 10);
      ASSERT_TRUE(answer.ok()) << answer.status().message();
      if (answer->AsObject().Find("phase")->AsString() == "done") return;
      const Value* texts = answer->AsObject().Find("texts");
      if (texts == nullptr) continue;
      const auto embedded = embedders_.Embed(texts->AsArray());
      ASSERT_TRUE(embedded.ok());
      vectors = embedded->AsObject().Find("vectors")->AsArray();
    }
    if (steps == 1000) FAIL() << "it does not end";
  }
  /// To its end; how many steps it took.
  int All(const Value& embedder) {
    given_.clear();
    texts_ = 0;
    for (int step = 1; step < 10'000; ++step) {
      const auto answer = Step(embedder);
      EXPECT_TRUE(answer.ok()) << answer.status().message();
      if (!answer.ok() || answer->Find("phase")->AsString() == "done") return step;
    }
    ADD_FAILURE() << "it does not end";
    return 0;
  }
  int64_t Points(const std::string& name) {
    return Count(
        "SELECT count(*) FROM vector_points p JOIN vector_collections c ON c.id = p.collection_id "
        "WHERE c.name = '" +
        name + "'");
  }
  std::string Model(const std::string& name) {
    return QueryOne("SELECT model FROM vector_collections WHERE name = '" + name + "'").AsString();
  }
  /// Every chunk and message has the vector of its own present text, and nothing else is left.
  void ExpectAllByLength(const std::string& model) {
    EXPECT_EQ(Model("document_chunks"), model);
    EXPECT_EQ(Count("SELECT count(*) FROM vector_collections WHERE name GLOB '*:*:*'"), 0);
    EXPECT_EQ(Points("document_chunks"), Count("SELECT count(*) FROM document_chunks"));
    const auto chunks = vectors_->Ready("document_chunks");
    ASSERT_TRUE(chunks.ok());
    auto rows = database_->Prepare(
        "SELECT pk, length(CAST(coalesce(heading || char(10), '') || chunk_text AS BLOB)) FROM "
        "document_chunks");
    while (*rows->Step()) {
      const auto label = (*chunks)->LabelOf(rows->Int(0));
      ASSERT_TRUE(label.has_value()) << rows->Int(0);
      const std::vector<float> wanted{1, static_cast<float>(rows->Int(1))};
      EXPECT_NEAR(*(*chunks)->index->Distance(*label, wanted), 0, 1e-6);
    }
  }

  std::unique_ptr<Reembedding> again_;
  std::vector<std::string> given_;
  int texts_ = 0;
};

TEST_F(ReembeddingTest, AllVectorsAreExchangedAtOnceAndTheOldOnesGo) {
  const std::string id = Add("a.md", "# Bridge\n\nA bridge carries people.\n\n# Tunnel\n\nDark.");
  AddMessages(30);
  DrainAll();
  const std::string before = Model("document_chunks");
  const Value other = Identity("length");
  for (int step = 0;; ++step) {
    const auto answer = Step(other);
    ASSERT_TRUE(answer.ok()) << answer.status().message();
    if (answer->Find("present") != nullptr) break;
    EXPECT_EQ(Model("document_chunks"), before);
    EXPECT_EQ(Model("archivolt:messages"), before);
    EXPECT_TRUE(vectors_->CheckIdentity(*embedders_.Present()).ok()) << "searches go on";
    ASSERT_LT(step, 1000);
  }
  EXPECT_EQ(Model("document_chunks"), "length");
  EXPECT_EQ(Model("archivolt:messages"), "length");
  EXPECT_EQ(Points("archivolt:messages"), 30);
  EXPECT_EQ(embedders_.Present()->model, "length");
  All(other);
  ExpectAllByLength("length");
  EXPECT_EQ(Count("SELECT count(*) FROM embedding_queue"), 0);
  ASSERT_TRUE(documents_->Remove(id).ok());
  EXPECT_EQ(Points("document_chunks"), 0);
}

TEST_F(ReembeddingTest, WhatWasEmbeddedBeforeAKillIsNotEmbeddedAgain) {
  for (int i = 0; i < 60; ++i) Add("d" + std::to_string(i) + ".md", "Text " + std::to_string(i));
  const Value other = Identity("length");
  int64_t staged = 0;
  for (int step = 0; step < 5; ++step) ASSERT_TRUE(Step(other).ok());
  staged = Points("archivolt:document_chunks:new");
  EXPECT_GE(staged, 30);
  EXPECT_LT(staged, 60);
  given_.clear();
  Begin();
  int64_t asked = 0;
  for (int step = 0; step < 1000; ++step) {
    const auto answer = Step(other);
    ASSERT_TRUE(answer.ok());
    asked += static_cast<int64_t>(given_.size());
    if (answer->Find("phase")->AsString() == "done") break;
  }
  EXPECT_EQ(asked, 60 - staged);
  ExpectAllByLength("length");
}

TEST_F(ReembeddingTest, RowsThatComeChangeAndGoMeanwhileAreRightAtTheEnd) {
  const std::string gone = Add("gone.md", "Something that goes away");
  for (int i = 0; i < 25; ++i) Add("d" + std::to_string(i) + ".md", "Text " + std::to_string(i));
  AddMessages(25);
  DrainAll();
  const Value other = Identity("length");
  for (int step = 0; step < 4; ++step) ASSERT_TRUE(Step(other).ok());
  ASSERT_EQ(Points("archivolt:messages:new"), 25);
  ASSERT_GT(Points("archivolt:document_chunks:new"), 0);
  Run("UPDATE messages SET content = content || ' is a longer one now' WHERE id IN ('m1', 'm25')");
  Run("DELETE FROM messages WHERE id = 'm2'");
  // The key of the last row is given again.
  Run("DELETE FROM messages WHERE id = 'm25'");
  AddMessages(3);
  Run("UPDATE document_chunks SET chunk_text = 'changed by SQL' WHERE pk = (SELECT max(pk) FROM "
      "document_chunks)");
  Run("UPDATE document_chunks SET chunk_text = 'changed by SQL' WHERE pk = (SELECT min(pk) FROM "
      "document_chunks)");
  ASSERT_TRUE(documents_->Remove(gone).ok());
  Add("new.md", "A document that came in between");
  All(other);
  ExpectAllByLength("length");
  EXPECT_EQ(Points("archivolt:messages"), Count("SELECT count(*) FROM messages"));
  const auto messages = vectors_->Ready("archivolt:messages");
  ASSERT_TRUE(messages.ok());
  const int64_t pk = Count("SELECT pk FROM messages WHERE id = 'm1'");
  const float length = static_cast<float>(
      QueryOne("SELECT content FROM messages WHERE id = 'm1'").AsString().size());
  EXPECT_NEAR(*(*messages)->index->Distance(*(*messages)->LabelOf(pk), std::vector{1.0F, length}),
              0, 1e-6);
}

TEST_F(ReembeddingTest, WhereTheOldEmbedderIsGoneDocumentsComeInAndEverythingIsMadeAnew) {
  for (int i = 0; i < 40; ++i) Add("d" + std::to_string(i) + ".md", "Text " + std::to_string(i));
  Run("UPDATE vector_collections SET fingerprint = 'of another time', model = 'gone'");
  Begin();
  EXPECT_EQ(Ingest(Object{{"filename", "b.md"}, {"text", "Text"}}).status().code(),
            ErrorCode::FAILED_PRECONDITION);
  const auto told = again_->OtherEmbedder();
  ASSERT_TRUE(told.ok());
  EXPECT_EQ(told->AsObject().Find("model")->AsString(), "gone");
  EXPECT_FALSE(told->AsObject().Find("begun")->AsBool());
  ByOwn(1);
  EXPECT_TRUE(again_->OtherEmbedder()->AsObject().Find("begun")->AsBool());
  Add("c.md", "A document that came in between");
  EXPECT_EQ(Points("document_chunks"), 40);
  EXPECT_EQ(Points("archivolt:document_chunks:new"), 1);
  ByOwn();
  EXPECT_TRUE(again_->OtherEmbedder()->is_null());
  EXPECT_EQ(Points("document_chunks"), 41);
  EXPECT_TRUE(vectors_->CheckIdentity(*embedders_.Present()).ok());
  EXPECT_EQ((*vectors_->Ready("document_chunks"))->index->count(), 41U);
}

TEST_F(ReembeddingTest, AJobThatWasOpenAtTheExchangeEmbedsItsDocumentAnew) {
  Add("a.md", "A bridge carries people.");
  const auto opened = ingest_->Open(Object{{"filename", "b.md"}, {"text", "Some text"}});
  ASSERT_TRUE(opened.ok());
  const int64_t job = opened->AsObject().Find("job")->AsInt();
  clock_.set_step(100'000);
  ASSERT_EQ(ingest_->Step(job, 0)->AsObject().Find("phase")->AsString(), "embed");
  clock_.set_step(1);
  All(Identity("length"));
  const auto again = ingest_->Step(job, 100);
  ASSERT_TRUE(again.ok()) << again.status().message();
  EXPECT_EQ(again->AsObject().Find("phase")->AsString(), "embed");
  EXPECT_EQ(again->AsObject().Find("done")->AsInt(), 0);
  ASSERT_TRUE(ingest_->Vectors(job, 0, {Value(ToBytes(std::vector<float>{1, 9}))}).ok());
  EXPECT_EQ(ingest_->Step(job, 100)->AsObject().Find("phase")->AsString(), "done");
  ExpectAllByLength("length");
}

TEST_F(ReembeddingTest, ASliceThatEndsTheChunksOverItsTimeSaysWhoseVectorsAreWanted) {
  Add("a.md", "A bridge carries people.");
  const auto opened = ingest_->Open(Object{{"filename", "b.md"}, {"text", "Some text"}});
  ASSERT_TRUE(opened.ok());
  const int64_t job = opened->AsObject().Find("job")->AsInt();
  All(Identity("length"));
  const auto step = ingest_->Step(job, 0);
  ASSERT_TRUE(step.ok()) << step.status().message();
  EXPECT_EQ(step->AsObject().Find("phase")->AsString(), "embed");
  EXPECT_TRUE(step->AsObject().Find("waits")->AsBool());
  ASSERT_TRUE(ingest_->Texts(job, 0, 1).ok());
  ASSERT_TRUE(ingest_->Vectors(job, 0, {Value(ToBytes(std::vector<float>{1, 9}))}).ok());
  EXPECT_EQ(ingest_->Step(job, 100)->AsObject().Find("phase")->AsString(), "done");
  ExpectAllByLength("length");
}

TEST_F(ReembeddingTest, AJobFollowsTheExchangeAlsoWhereItIsTheFirstDocument) {
  const auto opened = ingest_->Open(Object{{"filename", "b.md"}, {"text", "Some text"}});
  ASSERT_TRUE(opened.ok());
  const int64_t job = opened->AsObject().Find("job")->AsInt();
  clock_.set_step(100'000);
  ASSERT_FALSE(ingest_->Step(job, 0)->AsObject().Find("waits")->AsBool());
  clock_.set_step(1);
  All(Identity("length"));
  EXPECT_TRUE(ingest_->Step(job, 100)->AsObject().Find("waits")->AsBool());
  ASSERT_TRUE(ingest_->Vectors(job, 0, {Value(ToBytes(std::vector<float>{1, 9}))}).ok());
  EXPECT_EQ(ingest_->Step(job, 100)->AsObject().Find("phase")->AsString(), "done");
  ExpectAllByLength("length");
}

TEST_F(ReembeddingTest, AnotherEmbedderOrThePresentOneGivesUpWhatWasBegun) {
  for (int i = 0; i < 30; ++i) Add("d" + std::to_string(i) + ".md", "Text " + std::to_string(i));
  for (int step = 0; step < 3; ++step) ASSERT_TRUE(Step(Identity("first")).ok());
  ASSERT_GT(Points("archivolt:document_chunks:new"), 0);
  ByOwn();
  EXPECT_EQ(Points("archivolt:document_chunks:new"), 0);
  EXPECT_EQ(Points("document_chunks"), 30);
  EXPECT_FALSE(embedders_.has_external());
  given_.clear();
  texts_ = 0;
  for (int step = 0; step < 3; ++step) ASSERT_TRUE(Step(Identity("first")).ok());
  All(Identity("second", 2));
  ExpectAllByLength("second");
}

TEST_F(ReembeddingTest, ChunksWithoutAVectorGetOne) {
  ASSERT_TRUE(
      Ingest(Object{{"filename", "a.md"}, {"text", "A bridge carries people."}, {"embed", "none"}})
          .ok());
  EXPECT_EQ(Points("document_chunks"), 0);
  ByOwn();
  EXPECT_EQ(Points("document_chunks"), 1);
  ASSERT_TRUE(
      Ingest(Object{{"filename", "b.md"}, {"text", "A tunnel is dark."}, {"embed", "none"}}).ok());
  ByOwn();
  EXPECT_EQ(Points("document_chunks"), 2);
}

TEST_F(ReembeddingTest, WrongVectorsAreRefusedAndNothingOfThemIsKept) {
  Add("a.md", "A bridge carries people.");
  ASSERT_TRUE(Step(Identity("length")).ok());
  EXPECT_EQ(again_
                ->Step(Object{{"embedder", Identity("length")},
                              {"vectors", Array{Value(ToBytes(std::vector<float>{1, 2, 3}))}}},
                       10)
                .status()
                .code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Points("archivolt:document_chunks:new"), 0);
  EXPECT_EQ(again_->Step(Object{{"embedder", Identity("", 2)}}, 10).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  given_.clear();
  All(Identity("length"));
  ExpectAllByLength("length");
  embedders_ = Embedders();
  EXPECT_EQ(again_->Step(Object{}, 10).status().code(), ErrorCode::FAILED_PRECONDITION);
}

}  // namespace
}  // namespace archivolt
