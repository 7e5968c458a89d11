// Collections of codes: the stored vectors decide the order, whatever the codes say.
#include "knowledge/nearest_points.h"

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "knowledge/collections.h"
#include "storage/transaction.h"
#include "support/knowledge_fixture.h"

namespace archivolt {
namespace {

constexpr size_t kDims = 32;
constexpr size_t kPoints = 2300;

class NearestPointsTest : public KnowledgeTest {
 protected:
  void Fill(const char* name, const char* metric, const char* quantization) {
    ASSERT_TRUE(collections_
                    ->Create(Object{{"name", name},
                                    {"dimensions", static_cast<int64_t>(kDims)},
                                    {"metric", metric},
                                    {"efConstruction", 40},
                                    {"quantization", quantization}})
                    .ok());
    std::mt19937 random(5);
    Array points;
    for (size_t i = 0; i < kPoints; ++i) {
      points.push_back(Object{{"id", "p" + std::to_string(i)},
                              {"vector", Drawn(random)},
                              {"payload", Object{{"n", static_cast<int64_t>(i)}}}});
    }
    ASSERT_TRUE(collections_->Upsert(name, points).ok());
    ASSERT_TRUE(vectors_->Ready(name).ok());
    for (bool more = true; more;) {
      const auto maintained = vectors_->Maintain(1000);
      ASSERT_TRUE(maintained.ok());
      more = *maintained;
    }
  }
  static Array Drawn(std::mt19937& random) {
    std::normal_distribution<double> normal;
    const double centre = static_cast<double>(random() % 8);
    Array vector;
    for (size_t i = 0; i < kDims; ++i)
      vector.push_back(std::sin(centre * static_cast<double>(i)) + 0.5 * normal(random));
    return vector;
  }
  Array Query(const char* name, const Array& vector, bool exact, Value filter = Value()) {
    auto hits = collections_->Query(Object{
        {"name", name}, {"vector", vector}, {"exact", exact}, {"filter", std::move(filter)}});
    EXPECT_TRUE(hits.ok()) << hits.status().message();
    return hits.ok() ? std::move(hits).value() : Array();
  }
  static std::string IdOf(const Value& hit) { return hit.AsObject().Find("id")->AsString(); }
  static double DistanceOf(const Value& hit) { return hit.AsObject().Find("distance")->AsNumber(); }
};

TEST_F(NearestPointsTest, CodesFindWhatFloatsFind) {
  for (const char* metric : {"cosine", "l2"}) {
    const std::string plain = std::string("plain-") + metric;
    const std::string coded = std::string("coded-") + metric;
    Fill(plain.c_str(), metric, "none");
    Fill(coded.c_str(), metric, "int8");
    std::mt19937 random(6);
    size_t found = 0;
    size_t found_by_floats = 0;
    for (int q = 0; q < 20; ++q) {
      const Array query = Drawn(random);
      const Array truth = Query(plain.c_str(), query, true);
      const Array exact = Query(coded.c_str(), query, true);
      ASSERT_EQ(truth.size(), 10U);
      ASSERT_EQ(exact.size(), 10U);
      for (size_t i = 0; i < truth.size(); ++i) {
        EXPECT_EQ(IdOf(exact[i]), IdOf(truth[i]));
        EXPECT_NEAR(DistanceOf(exact[i]), DistanceOf(truth[i]), 1e-4);
      }
      double before = -1e30;
      const Array hits = Query(coded.c_str(), query, false);
      EXPECT_EQ(hits.size(), 10U);
      for (const Value& hit : hits) {
        EXPECT_LE(before, DistanceOf(hit));
        before = DistanceOf(hit);
        for (const Value& true_one : truth) {
          if (IdOf(true_one) != IdOf(hit)) continue;
          ++found;
          EXPECT_NEAR(DistanceOf(hit), DistanceOf(true_one), 1e-4);
        }
      }
      for (const Value& hit : Query(plain.c_str(), query, false)) {
        for (const Value& true_one : truth) found_by_floats += IdOf(true_one) == IdOf(hit) ? 1 : 0;
      }
    }
    EXPECT_GE(found_by_floats, 180U) << metric;
    EXPECT_GE(found + 2, found_by_floats) << metric << ", of 200";
  }
}

TEST_F(NearestPointsTest, FiltersHoldAtEveryShare) {
  for (const char* quantization : {"none", "int8"}) {
    Fill(quantization, "cosine", quantization);
    std::mt19937 random(7);
    for (const int64_t below : {int64_t{1150}, int64_t{230}, int64_t{23}, int64_t{2}}) {
      const Value filter(Object{{"n", Object{{"lt", below}}}});
      size_t found = 0;
      size_t wanted = 0;
      for (int q = 0; q < 10; ++q) {
        const Array query = Drawn(random);
        const Array truth = Query(quantization, query, true, filter);
        EXPECT_EQ(truth.size(), std::min<size_t>(10, static_cast<size_t>(below)));
        const Array hits = Query(quantization, query, false, filter);
        EXPECT_EQ(hits.size(), truth.size());
        for (const Value& hit : hits) {
          EXPECT_LT(hit.AsObject().Find("payload")->AsObject().Find("n")->AsInt(), below);
          for (const Value& true_one : truth) found += IdOf(true_one) == IdOf(hit) ? 1 : 0;
        }
        wanted += truth.size();
      }
      EXPECT_GE(static_cast<double>(found), 0.95 * static_cast<double>(wanted)) << below;
    }
  }
}

TEST_F(NearestPointsTest, WhatIsDeletedOrRolledBackDoesNotComeBack) {
  Fill("codes", "cosine", "int8");
  std::mt19937 random(5);
  const Array first = Drawn(random);
  EXPECT_EQ(IdOf(Query("codes", first, false).front()), "p0");
  {
    const auto transaction = Transaction::Begin(*database_);
    ASSERT_TRUE(transaction.ok());
    EXPECT_EQ(*collections_->Delete("codes", Array{"p0"}), 1);
    EXPECT_NE(IdOf(Query("codes", first, false).front()), "p0");
  }
  EXPECT_EQ(IdOf(Query("codes", first, false).front()), "p0") << "rolled back";
  Array ids;
  for (int i = 0; i < 700; ++i) ids.push_back("p" + std::to_string(i));
  EXPECT_EQ(*collections_->Delete("codes", ids), 700);
  ASSERT_TRUE(vectors_->Ready("codes").ok());
  EXPECT_EQ((*vectors_->Ready("codes"))->index->deleted(), 700U);
  const size_t before = (*vectors_->Ready("codes"))->index->memory().codes;
  for (bool more = true; more;) more = *vectors_->Maintain(1000);
  const VectorIndex& index = *(*vectors_->Ready("codes"))->index;
  EXPECT_EQ(index.deleted(), 0U) << "more than a fifth: the index is built anew";
  EXPECT_LT(index.memory().codes, before);
  for (const bool exact : {false, true}) {
    for (const Value& hit : Query("codes", first, exact)) {
      EXPECT_GE(hit.AsObject().Find("payload")->AsObject().Find("n")->AsInt(), 700);
    }
  }
}

}  // namespace
}  // namespace archivolt
