#include "text/query_tokens.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/utf.h"

namespace archivolt {
namespace {

TEST(QueryTokens, WordsAreQuotedAndJoinedByOr) {
  const KeywordQuery query = ParseKeywordQuery("Write-ahead log ");
  EXPECT_EQ(query.words, R"("Write" OR "ahead" OR "log")");
  EXPECT_EQ(query.terms, (std::vector<std::string>{"write", "ahead", "log"}));
  EXPECT_TRUE(query.like.empty());
}

TEST(QueryTokens, LastWordIsAPrefixUntilASpaceFollows) {
  EXPECT_EQ(ParseKeywordQuery("data check").words, R"("data" OR "check" OR "check"*)");
  EXPECT_EQ(ParseKeywordQuery("data check ").words, R"("data" OR "check")");
  EXPECT_EQ(ParseKeywordQuery("data check?").words, R"("data" OR "check")");
  EXPECT_EQ(ParseKeywordQuery("data check", {.prefix_last = false}).words, R"("data" OR "check")");
  EXPECT_EQ(ParseKeywordQuery("data c").words, R"("data" OR "c")");
  EXPECT_EQ(ParseKeywordQuery("po").words, R"("po" OR "po"*)");
  EXPECT_EQ(ParseKeywordQuery("database the").words, R"("database" OR "the"*)");
}

TEST(QueryTokens, StopWordsGoUnlessNothingElseIsThere) {
  EXPECT_EQ(ParseKeywordQuery("what is the index ").words, R"("index")");
  EXPECT_EQ(ParseKeywordQuery("cómo es la base de datos ").words, R"("base" OR "datos")");
  EXPECT_EQ(ParseKeywordQuery("to be or ").words, R"("to" OR "be" OR "or")");
}

TEST(QueryTokens, IdentifiersAreKeptAndSplit) {
  EXPECT_EQ(ParseKeywordQuery("getUserName ").words,
            R"("getUserName" OR "get" OR "User" OR "Name")");
  EXPECT_EQ(ParseKeywordQuery("user_name ").words, R"("user_name" OR "user" OR "name")");
  EXPECT_EQ(ParseKeywordQuery("parseHTTPResponse ").words,
            R"("parseHTTPResponse" OR "parse" OR "HTTP" OR "Response")");
  EXPECT_EQ(ParseKeywordQuery("SQLite OAuth ").words, R"("SQLite" OR "OAuth")")
      << "names, not identifiers";
  EXPECT_EQ(ParseKeywordQuery("getUserName ").trigrams, R"("getUserName")");
  EXPECT_EQ(ParseKeywordQuery("use std::vector, please ").trigrams, R"("std::vector")");
  EXPECT_TRUE(ParseKeywordQuery("plain words only ").trigrams.empty());
}

TEST(QueryTokens, CjkGoesToTrigramsOrLike) {
  const KeywordQuery query = ParseKeywordQuery("データベース");
  EXPECT_TRUE(query.words.empty());
  EXPECT_EQ(query.trigrams, R"("データ" OR "ータベ" OR "タベー" OR "ベース")");
  EXPECT_EQ(ParseKeywordQuery("検索").like, std::vector<std::string>{"%検索%"});
  EXPECT_TRUE(ParseKeywordQuery("検索").trigrams.empty());
  const KeywordQuery mixed = ParseKeywordQuery("SQLite検索 ");
  EXPECT_EQ(mixed.words, R"("SQLite")");
  EXPECT_EQ(mixed.like.size(), 1U);
}

TEST(QueryTokens, NothingToLookFor) {
  for (const char* text : {"", " ", "!?*", "\"\"", "--", "___", "()", "\xF0\x9F\x98\x80", "。、"}) {
    EXPECT_TRUE(ParseKeywordQuery(text).empty()) << text;
  }
}

TEST(QueryTokens, LongQueriesAreLimited) {
  std::string text;
  for (int i = 0; i < 10000; ++i) text += "word" + std::to_string(i) + " ";
  const KeywordQuery query = ParseKeywordQuery(text);
  EXPECT_EQ(query.terms.size(), 64U);
  std::string cjk;
  for (char32_t c = 0x4E00; c < 0x4E00 + 5000; ++c) AppendUtf8(cjk, c);
  const std::string trigrams = ParseKeywordQuery(cjk).trigrams;
  EXPECT_LE(std::count(trigrams.begin(), trigrams.end(), 'R'), 64);
  EXPECT_TRUE(IsValidUtf8(trigrams));
  EXPECT_LT(ParseKeywordQuery(std::string(1 << 20, 'a')).words.size(), 1000U);
}

TEST(QueryTokens, QuotesAndNulCannotEscape) {
  EXPECT_EQ(QuoteFtsToken("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteFtsToken(std::string_view("a\0b", 3)), "\"ab\"");
}

}  // namespace
}  // namespace archivolt
