#include "knowledge/graph_store.h"

#include <cmath>
#include <string>

#include "storage/transaction.h"
#include "support/knowledge_fixture.h"

namespace archivolt {
namespace {

constexpr int kPoints = 2100;  // enough for a graph

class GraphStoreTest : public KnowledgeTest {
 protected:
  void SetUp() override {
    KnowledgeTest::SetUp();
    ASSERT_TRUE(
        collections_->Create(Object{{"name", "code"}, {"dimensions", 3}, {"efConstruction", 24}})
            .ok());
    Write(0, kPoints);
  }
  /// As good as random.
  static Array VectorOf(int i) {
    return Array{std::cos(i * 12.9898), std::cos(i * 78.233), std::cos(i * 37.719)};
  }
  void Write(int from, int to, int shift = 0) {
    Array points;
    for (int i = from; i < to; ++i) {
      points.push_back(Object{{"id", "p" + std::to_string(i)}, {"vector", VectorOf(i + shift)}});
    }
    const Status written = collections_->Upsert("code", points).status();
    ASSERT_TRUE(written.ok()) << written.message();
  }
  void MaintainAll() {
    while (true) {
      const auto more = vectors_->Maintain(1000);
      ASSERT_TRUE(more.ok()) << more.status().message();
      if (!*more) return;
    }
  }
  int64_t Count(const std::string& sql) { return database_->QueryValue(sql)->AsInt(); }
  int64_t Stored() { return Count("SELECT count(*) FROM vector_graphs WHERE part = 0"); }
  Value Told(const char* what) {
    const Array told = *vectors_->Describe();
    for (const Value& one : told) {
      if (one.AsObject().Find("collection")->AsString() == "code")
        return *one.AsObject().Find(what);
    }
    return Value();
  }
  std::string Nearest(int i, bool exact = false) {
    const auto hits = collections_->Query(
        Object{{"name", "code"}, {"vector", VectorOf(i)}, {"limit", 1}, {"exact", exact}});
    EXPECT_TRUE(hits.ok()) << hits.status().message();
    return hits.ok() && !hits->empty() ? hits->front().AsObject().Find("id")->AsString() : "";
  }
  /// After a restart: how many links came from the database, once all rows are read.
  int64_t RestoredNow() {
    Restart();
    EXPECT_EQ(Nearest(17), "p17");
    return Told("restored").AsInt();
  }
};

TEST_F(GraphStoreTest, AGraphIsStoredWhenItIsBuiltAndUsedAtTheNextStart) {
  EXPECT_EQ(Stored(), 0);
  MaintainAll();
  EXPECT_EQ(Stored(), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM vector_graphs"), 1 + 3);
  EXPECT_EQ(RestoredNow(), kPoints);
  EXPECT_EQ(Told("state").AsString(), "ready") << "nothing is left to link";
  MaintainAll();
  EXPECT_EQ(Count("SELECT max(generation) FROM vector_graphs"), 1) << "not written again";
  ASSERT_TRUE(*collections_->Drop("code"));
  EXPECT_EQ(Count("SELECT count(*) FROM vector_graphs"), 0);
}

TEST_F(GraphStoreTest, RowsThatChangeAfterwardsAreRight) {
  MaintainAll();
  Write(kPoints, kPoints + 20);
  Write(100, 110, 5000);  // other vectors for the same ids
  Array gone;
  for (int i = 200; i < 240; ++i) gone.emplace_back("p" + std::to_string(i));
  ASSERT_EQ(*collections_->Delete("code", gone), 40);
  EXPECT_EQ(RestoredNow(), kPoints - 10 - 40);
  EXPECT_EQ(Told("count").AsInt(), kPoints + 20 - 40);
  EXPECT_EQ(Told("state").AsString(), "rebuilding") << "what is new waits to be linked";
  for (const int i : {kPoints, 5100, 5109}) {
    EXPECT_EQ(Nearest(i), "p" + std::to_string(i > kPoints ? i - 5000 : i));
  }
  for (const int i : {200, 210, 239}) EXPECT_EQ(Nearest(i), Nearest(i, true));
  MaintainAll();
  EXPECT_EQ(Told("state").AsString(), "ready");
  EXPECT_EQ(Count("SELECT max(generation) FROM vector_graphs"), 1) << "few changes";
  Write(kPoints + 20, kPoints + 400);
  MaintainAll();
  EXPECT_EQ(Count("SELECT min(generation) FROM vector_graphs"), 2)
      << "many, and the old one is gone";
  EXPECT_EQ(RestoredNow(), kPoints + 400 - 40);
}

TEST_F(GraphStoreTest, AnotherProgramMayChangeTheRows) {
  MaintainAll();
  vectors_.reset();
  // A key that is free again is used again.
  ASSERT_TRUE(
      database_
          ->Execute("CREATE TEMP TABLE last AS SELECT * FROM vector_points ORDER BY pk DESC "
                    "LIMIT 1")
          .ok());
  ASSERT_TRUE(database_
                  ->Execute("DELETE FROM vector_points WHERE pk = (SELECT pk FROM last);"
                            "UPDATE last SET id = 'x', point_uid = 'other', vector = (SELECT "
                            "vector FROM vector_points WHERE point_uid = 'p3');"
                            "INSERT INTO vector_points SELECT * FROM last")
                  .ok());
  EXPECT_EQ(RestoredNow(), kPoints - 1);
  EXPECT_EQ(Told("count").AsInt(), kPoints);
  EXPECT_EQ(Nearest(kPoints - 1), Nearest(kPoints - 1, true));
}

TEST_F(GraphStoreTest, KilledAtAnyMomentOfWritingThereIsTheOldGraphOrNone) {
  // A clock that moves makes every call of Maintain one step.
  clock_.set_step(10'000);
  int after_links = 0;
  bool more = true;
  while (more) {
    const auto step = vectors_->Maintain(1);
    ASSERT_TRUE(step.ok());
    more = *step;
    if (Count("SELECT count(*) FROM vector_graphs") == 0) continue;
    ++after_links;
    VectorRegistry next(*database_, clock_, ids_);
    const auto ready = next.Ready("code");
    ASSERT_TRUE(ready.ok());
    EXPECT_EQ((*ready)->index->restored(), Stored() == 1 ? kPoints : 0U);
    EXPECT_EQ((*ready)->index->count(), static_cast<size_t>(kPoints));
  }
  EXPECT_GE(after_links, 4) << "three parts and the head";
  Write(0, 1000, 9000);
  int64_t steps = 0;
  for (more = true; more; ++steps) {
    more = *vectors_->Maintain(1);
    EXPECT_EQ(Stored(), 1) << "the old one stays until the new one is whole";
  }
  EXPECT_EQ(Count("SELECT max(generation) FROM vector_graphs"), 2);
  EXPECT_EQ(Count("SELECT count(DISTINCT generation) FROM vector_graphs"), 1);
}

TEST_F(GraphStoreTest, WhatAnEarlierStartLeftUnfinishedIsRemoved) {
  ASSERT_TRUE(database_
                  ->Execute("INSERT INTO vector_graphs SELECT id, 7, 1, x'0102' FROM "
                            "vector_collections WHERE name = 'code'")
                  .ok());
  MaintainAll();
  EXPECT_EQ(Count("SELECT count(DISTINCT generation) FROM vector_graphs"), 1);
  EXPECT_EQ(RestoredNow(), kPoints);
}

TEST_F(GraphStoreTest, DamagedOrForeignGraphsAreNotUsedAndWrittenAnew) {
  MaintainAll();
  for (const char* damage :
       {"UPDATE vector_graphs SET bytes = substr(bytes, 1, 4096) WHERE part = 2",
        "UPDATE vector_graphs SET bytes = x'' WHERE part = 0",
        "UPDATE vector_graphs SET bytes = CAST(substr(bytes, 1, 100) || x'55' || substr(bytes, "
        "102) "
        "AS BLOB) WHERE part = 1",
        "UPDATE vector_graphs SET bytes = (SELECT g.bytes FROM vector_graphs g WHERE g.part = 1) "
        "WHERE part = 2",
        "DELETE FROM vector_graphs WHERE part = 3", "DELETE FROM vector_graphs WHERE part = 0",
        "UPDATE vector_collections SET hnsw_m = 4 WHERE name = 'code'"}) {
    ASSERT_TRUE(database_->Execute(damage).ok()) << damage;
    EXPECT_EQ(RestoredNow(), 0) << damage;
    EXPECT_EQ(Told("count").AsInt(), kPoints) << damage;
    MaintainAll();
    EXPECT_EQ(RestoredNow(), kPoints) << damage;
  }
}

TEST_F(GraphStoreTest, WithoutSpaceTheOldGraphServesOn) {
  MaintainAll();
  Write(500, 1500, 9000);
  const int64_t pages = Count("PRAGMA page_count");
  ASSERT_TRUE(database_->QueryValue("PRAGMA max_page_count = " + std::to_string(pages)).ok());
  MaintainAll();
  EXPECT_EQ(Stored(), 1);
  EXPECT_EQ(Nearest(9500), "p500");
  ASSERT_TRUE(database_->QueryValue("PRAGMA max_page_count = 1000000").ok());
  EXPECT_EQ(RestoredNow(), 0) << "two fifths have changed: too many";
  MaintainAll();
  EXPECT_EQ(RestoredNow(), kPoints);
}

TEST_F(GraphStoreTest, NothingIsWrittenIntoATransactionOfOthers) {
  {
    const auto others = Transaction::Begin(*database_);
    ASSERT_TRUE(others.ok());
    MaintainAll();
    EXPECT_EQ(Count("SELECT count(*) FROM vector_graphs"), 0);
  }
  MaintainAll();
  EXPECT_EQ(Stored(), 1);
}

}  // namespace
}  // namespace archivolt
