// The keyword leg against FTS5's own bm25(), over random texts that change between the searches.
#include "search/bm25.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "search/keyword_leg.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr SearchKind kKind{"notes", "notes", "notes_fts", {3.0, 1.0}, "", "", "", false};

class Bm25Test : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Database::Open({});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    database_ = std::move(opened).value();
    Write("CREATE VIRTUAL TABLE notes_fts USING fts5(title, body, tokenize = 'porter unicode61')");
    sizes_ = std::make_unique<IndexSizes>(*database_);
  }
  void Write(const std::string& sql) {
    const Status done = database_->Execute(sql);
    EXPECT_TRUE(done.ok()) << sql << ": " << done.message();
  }
  size_t Below(size_t limit) {
    return std::uniform_int_distribution<size_t>(0, limit - 1)(random_);
  }
  /// w0 is in nearly every text, each next word in half as many; w0x begins like w0.
  std::string Word() {
    size_t word = 0;
    while (word < 9 && Below(2) == 0) ++word;
    return "w" + std::to_string(word) + (Below(6) == 0 ? "x" : "");
  }
  std::string Text(size_t most) {
    std::string text;
    for (size_t i = Below(most); i-- > 0;) text += Word() + " ";
    return text;
  }
  void Change() {
    const std::string row = std::to_string(Below(400) + 1);
    switch (Below(5)) {
      case 0:
        return Write("DELETE FROM notes_fts WHERE rowid = " + row);
      case 1:
        return Write("UPDATE notes_fts SET body = '" + Text(40) + "' WHERE rowid = " + row);
      default:
        return Write("INSERT OR REPLACE INTO notes_fts(rowid, title, body) VALUES (" + row + ", '" +
                     Text(4) + "', '" + Text(25) + "')");
    }
  }
  std::vector<ScoredRow> Expected(const std::string& expression) {
    std::vector<ScoredRow> rows;
    auto statement = database_->Prepare(
        "SELECT rowid, -bm25(notes_fts, 3.0, 1.0) AS score FROM notes_fts WHERE notes_fts MATCH ?1 "
        "ORDER BY 2 DESC, rowid");
    EXPECT_TRUE(statement.ok() && statement->Bind(1, expression).ok());
    while (*statement->Step()) rows.push_back({statement->Int(0), statement->Real(1)});
    return rows;
  }
  KeywordMatches Found(const std::string& expression, size_t candidates,
                       const RowFilter& filter = {}) {
    KeywordQuery query;
    query.words = expression;
    auto found = RunKeywordLeg(*database_, *sizes_, kKind, query, filter, candidates);
    EXPECT_TRUE(found.ok()) << found.status().message();
    return found.ok() ? std::move(*found) : KeywordMatches();
  }
  std::string Query() {
    std::string query = "\"" + Word() + "\"";
    for (size_t i = Below(4); i-- > 0;) query += " OR \"" + Word() + "\"";
    if (Below(3) == 0) query += " OR \"" + Word() + " " + Word() + "\"";
    if (Below(3) == 0) query += " OR \"" + Word() + "\"*";
    return query;
  }

  std::mt19937_64 random_{11};
  std::unique_ptr<Database> database_;
  std::unique_ptr<IndexSizes> sizes_;
};

TEST_F(Bm25Test, ScoresAsFts5DoesWhateverChangesBetween) {
  for (int round = 0; round < 60; ++round) {
    if (round % 4 == 3) {
      auto undone = Transaction::Begin(*database_);
      for (int i = 0; i < 10; ++i) Change();
      Found(Query(), 50);  // what it reads here must not be kept
    } else {
      for (int i = 0; i < 25; ++i) Change();
    }
    const std::string query = Query();
    SCOPED_TRACE(query + " in round " + std::to_string(round));
    const std::vector<ScoredRow> expected = Expected(query);
    // Room for every match: then nothing is left out.
    const KeywordMatches all = Found(query, expected.size() + 1);
    ASSERT_EQ(all.ranked.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_NEAR(all.ranked[i].score, expected[i].score, 1e-12 + expected[i].score * 1e-12);
      const auto score = all.scores.ScoreOf(expected[i].pk);
      ASSERT_TRUE(score.ok());
      EXPECT_NEAR(*score, expected[i].score, 1e-12 + expected[i].score * 1e-12);
    }
    const size_t few = std::min<size_t>(expected.size(), 10);
    const KeywordMatches best = Found(query, few);
    ASSERT_EQ(best.ranked.size(), few);
    for (size_t i = 0; i < few; ++i) {
      // Six words at most, 2.2e-6 each for the body and a third more at most for the title.
      EXPECT_NEAR(best.ranked[i].score, expected[i].score, 3e-5);
    }
  }
}

TEST_F(Bm25Test, CommonWordsFindWhatTheOthersDoNot) {
  for (int i = 1; i <= 30; ++i)
    Write("INSERT INTO notes_fts(rowid, body) VALUES (" + std::to_string(i) + ", 'common" +
          (i <= 3 ? " rare" : "") + (i == 30 ? " common" : "") + "')");
  const KeywordMatches enough = Found("\"common\" OR \"rare\"", 3);
  ASSERT_EQ(enough.ranked.size(), 3U);
  EXPECT_EQ(enough.ranked[0].pk, 1);
  EXPECT_EQ(*enough.scores.ScoreOf(9), 0.0) << "was not read";
  const KeywordMatches more = Found("\"common\" OR \"rare\"", 5);
  ASSERT_EQ(more.ranked.size(), 5U);
  EXPECT_EQ(more.ranked[2].pk, 3);
  EXPECT_EQ(more.ranked[3].pk, 30) << "it holds the word twice";
  EXPECT_EQ(more.ranked[4].pk, 4);
  EXPECT_GT(*more.scores.ScoreOf(9), 0.0);
}

TEST_F(Bm25Test, RanksAllowedRowsOnly) {
  for (int i = 1; i <= 9; ++i)
    Write("INSERT INTO notes_fts(rowid, body) VALUES (" + std::to_string(i) + ", '" +
          (i < 5 ? "apple" : "pear") + "')");
  RowFilter filter;
  filter.denied = {1, 3};
  const KeywordMatches found = Found("\"apple\"", 10, filter);
  ASSERT_EQ(found.ranked.size(), 2U);
  EXPECT_EQ(found.ranked[0].pk, 2);
  EXPECT_EQ(found.ranked[1].pk, 4);
  EXPECT_TRUE(Found("\"plum\"", 10).ranked.empty());
  EXPECT_TRUE(Found("\"!?\"", 10).ranked.empty()) << "a phrase without a word";
}

}  // namespace
}  // namespace archivolt
