#include "knowledge/collections.h"

#include <string>

#include "storage/transaction.h"
#include "support/knowledge_fixture.h"

namespace archivolt {
namespace {

class CollectionsTest : public KnowledgeTest {
 protected:
  void SetUp() override {
    KnowledgeTest::SetUp();
    const Status created = collections_->Create(Object{{"name", "code"}, {"dimensions", 2}});
    ASSERT_TRUE(created.ok()) << created.message();
  }
  static Object Point(std::string_view id, double x, double y, Value payload = Value()) {
    return Object{{"id", id}, {"vector", Array{x, y}}, {"payload", std::move(payload)}};
  }
  std::string Nearest(Object request) {
    request.Set("name", "code");
    if (request.Find("vector") == nullptr) request.Set("vector", Array{1, 0});
    const auto hits = collections_->Query(request);
    EXPECT_TRUE(hits.ok()) << hits.status().message();
    std::string ids;
    if (!hits.ok()) return ids;
    for (const Value& hit : *hits)
      ids += (ids.empty() ? "" : " ") + hit.AsObject().Find("id")->AsString();
    return ids;
  }
};

TEST_F(CollectionsTest, PointsAreFoundReplacedAndDeleted) {
  ASSERT_TRUE(collections_
                  ->Upsert("code", Array{Point("a", 1, 0, Object{{"k", 1}}), Point("b", 0, 1),
                                         Point("c", 1, 1)})
                  .ok());
  EXPECT_EQ(Nearest({}), "a c b");
  ASSERT_TRUE(collections_->Upsert("code", Array{Point("a", -1, 0)}).ok());
  EXPECT_EQ(Nearest({}), "c b a");
  const auto got = collections_->Get("code", "c");
  ASSERT_TRUE(got.ok());
  EXPECT_EQ(got->AsObject().Find("vector")->AsBytes().size(), 8U);
  EXPECT_TRUE(collections_->Get("code", "zz")->is_null());
  EXPECT_EQ(*collections_->Delete("code", Array{"c", "nobody"}), 1);
  EXPECT_EQ(Nearest({}), "b a");
  EXPECT_TRUE(collections_->Compact("code").ok());
  EXPECT_EQ(Nearest(Object{{"limit", 1}, {"exact", true}}), "b");
  Restart();
  EXPECT_EQ(Nearest({}), "b a") << "the same from the rows alone";
  EXPECT_EQ(collections_->List()->front().AsObject().Find("count")->AsInt(), 2);
}

TEST_F(CollectionsTest, FiltersLookIntoThePayload) {
  Array points;
  for (int i = 0; i < 200; ++i) {
    points.push_back(Point("p" + std::to_string(i), 1, i / 100.0,
                           Object{{"n", i},
                                  {"lang", i % 2 == 0 ? "cpp" : "ts"},
                                  {"tags", Array{"t" + std::to_string(i % 5)}}}));
  }
  ASSERT_TRUE(collections_->Upsert("code", points).ok());
  EXPECT_EQ(Nearest(Object{{"limit", 2}, {"filter", Object{{"lang", "ts"}}}}), "p1 p3");
  EXPECT_EQ(
      Nearest(Object{{"limit", 2}, {"filter", Object{{"n", Object{{"gte", 50}, {"lt", 52}}}}}}),
      "p50 p51");
  EXPECT_EQ(Nearest(Object{{"limit", 2}, {"filter", Object{{"tags", Object{{"has", "t4"}}}}}}),
            "p4 p9");
  EXPECT_EQ(Nearest(Object{{"filter", Object{{"or", Array{Object{{"n", 7}}, Object{{"n", 3}}}}}}}),
            "p3 p7");
  EXPECT_EQ(Nearest(Object{{"filter", Object{{"n", 1000}}}}), "");
  EXPECT_EQ(collections_
                ->Query(Object{{"name", "code"},
                               {"vector", Array{1, 0}},
                               {"filter", Object{{"n", Object{{"near", 1}}}}}})
                .status()
                .code(),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(CollectionsTest, RolledBackPointsAreNotFound) {
  ASSERT_TRUE(collections_->Upsert("code", Array{Point("a", 1, 0)}).ok());
  {
    auto transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(transaction.ok());
    ASSERT_TRUE(collections_->Upsert("code", Array{Point("b", 1, 0.1)}).ok());
    ASSERT_EQ(*collections_->Delete("code", Array{"a"}), 1);
    EXPECT_EQ(Nearest({}), "b") << "seen inside";
    ASSERT_TRUE(transaction->Rollback().ok());
  }
  EXPECT_EQ(Nearest({}), "a");
}

TEST_F(CollectionsTest, RowsDeletedBehindItsBackAreNotFound) {
  ASSERT_TRUE(
      collections_->Upsert("code", Array{Point("a", 1, 0), Point("b", 0, 1), Point("c", 1, 1)})
          .ok());
  EXPECT_EQ(Nearest({}), "a c b");
  Run("DELETE FROM vector_points WHERE point_uid = 'a'");
  EXPECT_EQ(Nearest(Object{{"limit", 1}}), "c") << "the place of the lost one is filled";
}

TEST_F(CollectionsTest, ManyRowsDeletedBehindItsBackLeaveTheOthersFound) {
  Array points;
  for (int i = 0; i < 300; ++i) points.push_back(Point("p" + std::to_string(i), 1, i / 300.0));
  ASSERT_TRUE(collections_->Upsert("code", points).ok());
  EXPECT_EQ(Nearest(Object{{"limit", 2}}), "p0 p1");
  Run("DELETE FROM vector_points WHERE point_uid NOT IN ('p298', 'p299')");
  EXPECT_EQ(Nearest(Object{{"limit", 2}}), "p298 p299") << "though all nearer ones are gone";
  const auto described = vectors_->Describe();
  ASSERT_TRUE(described.ok());
  EXPECT_EQ((*described)[0].AsObject().Find("count")->AsInt(), 2);
}

TEST_F(CollectionsTest, RowsWrittenBehindItsBackAreFound) {
  ASSERT_TRUE(collections_->Upsert("code", Array{Point("a", 1, 0), Point("b", 0, 1)}).ok());
  EXPECT_EQ(Nearest({}), "a b");
  Run("UPDATE vector_points SET vector = x'000080bf00000000' WHERE point_uid = 'a'");  // (-1, 0)
  EXPECT_EQ(Nearest({}), "b a");
  Run("INSERT INTO vector_points(id, collection_id, point_uid, vector) "
      "SELECT 'c', collection_id, 'c', x'0000803f00000000' FROM vector_points LIMIT 1");  // (1, 0)
  EXPECT_EQ(Nearest({}), "c b a");
}

TEST_F(CollectionsTest, OwnWritesKeepTheGraph) {
  Array points;
  for (int i = 0; i < 3000; ++i) points.push_back(Point("p" + std::to_string(i), 1, i));
  ASSERT_TRUE(collections_->Upsert("code", points).ok());
  bool more = true;
  while (more) {
    const auto step = vectors_->Maintain(1000);
    ASSERT_TRUE(step.ok());
    more = *step;
  }
  const auto state = [&] {
    return (*vectors_->Describe())[0].AsObject().Find("state")->AsString();
  };
  ASSERT_EQ(state(), "ready");
  ASSERT_EQ(*collections_->Delete("code", Array{"p1", "p2"}), 2);
  EXPECT_EQ(state(), "ready");
  EXPECT_FALSE(collections_->Upsert("code", Array{Point("x", 1, 1), Point("y", 0, 0)}).ok());
  EXPECT_EQ(state(), "ready") << "nothing was written";
  Run("DELETE FROM vector_points WHERE point_uid = 'p3'");
  EXPECT_EQ(state(), "ready") << "a deletion needs no new graph";
  EXPECT_EQ((*vectors_->Describe())[0].AsObject().Find("deleted")->AsInt(), 3);
}

TEST_F(CollectionsTest, AnIndexFilledInsideATransactionIsFilledAgain) {
  ASSERT_TRUE(collections_->Upsert("code", Array{Point("a", 1, 0), Point("b", 0, 1)}).ok());
  Restart();
  {
    auto transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(transaction.ok());
    Run("DELETE FROM vector_points WHERE point_uid = 'a'");
    EXPECT_EQ(Nearest({}), "b");
    ASSERT_TRUE(transaction->Rollback().ok());
  }
  EXPECT_EQ(Nearest({}), "a b");
}

TEST_F(CollectionsTest, WhatChangesWhileLoadingIsFoundAsItIs) {
  Array points;
  for (int i = 0; i < 600; ++i) points.push_back(Point("p" + std::to_string(i), 1, 1));
  ASSERT_TRUE(collections_->Upsert("code", points).ok());
  Restart();
  // Two of three slices: the points with the smallest numbers are in.
  clock_.set_step(1'000'000);
  ASSERT_TRUE(*vectors_->Maintain(1));
  ASSERT_TRUE(*vectors_->Maintain(1));
  clock_.set_step(1);
  // "new" gets the number of the one that is deleted, which had yet to be read; the others are
  // points that were read, one that was not, and one with a new number.
  ASSERT_EQ(*collections_->Delete("code", Array{"p599", "p1"}), 2);
  ASSERT_TRUE(collections_
                  ->Upsert("code", Array{Point("new", 1, 0), Point("p0", 1, 0.1),
                                         Point("p598", 1, 0.2), Point("newer", 1, 0.3)})
                  .ok());
  EXPECT_EQ(Nearest(Object{{"limit", 4}}), "new p0 p598 newer");
  EXPECT_EQ(vectors_->Describe()->front().AsObject().Find("count")->AsInt(), 600);
}

TEST_F(CollectionsTest, KeysWithGapsAndOtherCollectionsBetweenAreAllLoaded) {
  ASSERT_TRUE(
      collections_->Create(Object{{"name", "other"}, {"dimensions", 2}, {"metric", "cosine"}})
          .ok());
  for (int i = 0; i < 40; ++i) {
    Array points;
    for (int j = 0; j <= i; ++j) {
      points.push_back(Point("p" + std::to_string(i) + "-" + std::to_string(j), 1, 1));
    }
    ASSERT_TRUE(collections_->Upsert(i % 3 == 0 ? "other" : "code", points).ok());
  }
  Run("DELETE FROM vector_points WHERE pk % 7 = 3");
  const int64_t wanted = Count(
      "SELECT count(*) FROM vector_points JOIN vector_collections c ON c.id = collection_id WHERE "
      "c.name = 'code'");
  Restart();
  ASSERT_TRUE(vectors_->Ready("code").ok());
  EXPECT_EQ((*vectors_->Ready("code"))->index->count(), wanted);
}

TEST_F(CollectionsTest, CallsThatBelongTogetherAreOneEntryOfTheAuditTrail) {
  const int64_t before = Count("SELECT count(*) FROM audit_log");
  EXPECT_EQ(*collections_->Upsert("code", Array{Point("a", 1, 0), Point("b", 0, 1)}, 0, true), 2);
  EXPECT_EQ(*collections_->Upsert("code", Array{Point("a", 1, 0), Point("c", 0, 1)}, 2, true), 1);
  EXPECT_EQ(*collections_->Upsert("code", Array{Point("c", 0, 1)}, 3), 0) << "it was there";
  EXPECT_EQ(Count("SELECT count(*) FROM audit_log"), before + 1);
  EXPECT_EQ(
      Count("SELECT json_extract(details, '$.count') FROM audit_log ORDER BY pk DESC LIMIT 1"), 3);
}

TEST_F(CollectionsTest, MetricsScoreHigherForNearer) {
  for (const char* metric : {"ip", "l2"}) {
    ASSERT_TRUE(
        collections_->Create(Object{{"name", metric}, {"dimensions", 2}, {"metric", metric}}).ok());
    ASSERT_TRUE(
        collections_->Upsert(metric, Array{Point("near", 2, 0), Point("far", 0.5, 0)}).ok());
    const auto hits = collections_->Query(Object{{"name", metric}, {"vector", Array{2, 0}}});
    ASSERT_TRUE(hits.ok());
    EXPECT_EQ((*hits)[0].AsObject().Find("id")->AsString(), "near");
    EXPECT_GT((*hits)[0].AsObject().Find("score")->AsNumber(),
              (*hits)[1].AsObject().Find("score")->AsNumber());
  }
}

TEST_F(CollectionsTest, ArgumentsAreChecked) {
  const auto create = [&](const Object& spec) { return collections_->Create(spec).code(); };
  EXPECT_EQ(create(Object{{"name", "code"}, {"dimensions", 2}}), ErrorCode::ALREADY_EXISTS);
  EXPECT_EQ(create(Object{{"name", ""}, {"dimensions", 2}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(create(Object{{"name", "x"}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(create(Object{{"name", "x"}, {"dimensions", 20000}}), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(create(Object{{"name", "x"}, {"dimensions", 2}, {"metric", "hamming"}}),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(create(Object{{"name", "x"}, {"dimensions", 2}, {"quantization", "int4"}}),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(create(Object{{"name", "document_chunks"}, {"dimensions", 2}}),
            ErrorCode::FAILED_PRECONDITION);
  EXPECT_EQ(collections_->Upsert("none", Array{}).status().code(), ErrorCode::NOT_FOUND);
  EXPECT_EQ(collections_->Upsert("code", Array{Object{{"id", "a"}, {"vector", Array{1}}}})
                .status()
                .code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(collections_->Upsert("code", Array{Point("z", 0, 0)}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(collections_->Upsert("code", Array{Point("ok", 1, 0), Point("", 1, 0)}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Count("SELECT count(*) FROM vector_points"), 0) << "all points or none";
  EXPECT_TRUE(*collections_->Drop("code"));
  EXPECT_FALSE(*collections_->Drop("code"));
  EXPECT_EQ(collections_->Query(Object{{"name", "code"}, {"vector", Array{1, 0}}}).status().code(),
            ErrorCode::NOT_FOUND);
}

}  // namespace
}  // namespace archivolt
