#include "text/snippet.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/utf.h"

namespace archivolt {
namespace {

using Terms = std::vector<std::string>;

TEST(Snippet, ShortTextIsShownWholeWithMarks) {
  EXPECT_EQ(MakeSnippet("The index  is\nbuilt once.", Terms{"index"}),
            "The **index** is built once.");
  EXPECT_EQ(MakeSnippet("No match here.", Terms{"zebra"}), "No match here.");
  EXPECT_EQ(MakeSnippet("", Terms{"x"}), "");
  EXPECT_EQ(MakeSnippet(" \n ", Terms{}), "");
}

TEST(Snippet, EndingsCaseAndAccentsAreForgiven) {
  EXPECT_EQ(MakeSnippet("Indexing INDEXES indexed", Terms{"index"}),
            "**Indexing** **INDEXES** **indexed**");
  EXPECT_EQ(MakeSnippet("El análisis", Terms{FoldForMatch("ANALISIS")}), "El **análisis**");
  EXPECT_EQ(MakeSnippet("caching", Terms{"caches"}), "**caching**");
  EXPECT_EQ(MakeSnippet("configuration", Terms{"config"}), "**configuration**")
      << "prefix of what is typed";
  EXPECT_EQ(MakeSnippet("art start", Terms{"art"}), "**art** start");
}

TEST(Snippet, WindowHoldsMostDifferentTerms) {
  std::string text;
  for (int i = 0; i < 50; ++i) text += "alpha filler ";
  text += "here the write ahead log is checkpointed ";
  for (int i = 0; i < 50; ++i) text += "tail words ";
  const std::string out = MakeSnippet(text, Terms{"alpha", "write", "log"}, {.tokens = 10});
  EXPECT_NE(out.find("**write**"), std::string::npos) << out;
  EXPECT_NE(out.find("**log**"), std::string::npos) << out;
  EXPECT_TRUE(out.starts_with("…")) << out;
  EXPECT_TRUE(out.ends_with("…")) << out;
}

TEST(Snippet, CutsAtWordsAndHonoursOptions) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "word" + std::to_string(i) + " ";
  const std::string out =
      MakeSnippet(text, Terms{"word50"}, {.tokens = 5, .before = "<b>", .after = "</b>"});
  EXPECT_NE(out.find("<b>word50</b>"), std::string::npos) << out;
  EXPECT_TRUE(out.starts_with("…word4")) << out;
  EXPECT_LT(out.size(), 80U);
  EXPECT_TRUE(MakeSnippet(text, Terms{}, {.tokens = 3}) == "word0 word1 word2…")
      << MakeSnippet(text, Terms{}, {.tokens = 3});
}

TEST(Snippet, CjkTermsAreMarkedInRunningText) {
  EXPECT_EQ(MakeSnippet("全文検索エンジンです", Terms{"検索"}), "全文**検索**エンジンです");
  EXPECT_EQ(MakeSnippet("全文検索", Terms{"全文", "検索"}), "**全文検索**");
}

TEST(NearestTerms, AreTheTwoDifferentOnesWithTheFewestWordsBetween) {
  const Terms terms{"log", "archive", "", "index", "zebra"};
  const auto nearest = [&](std::string_view text) { return NearestTerms(text, terms); };
  EXPECT_EQ(nearest(""), 0U);
  EXPECT_EQ(nearest("a log, a log"), 0U);
  EXPECT_EQ(nearest("Log archive"), 1U);
  EXPECT_EQ(nearest("the archive of an old log"), 4U);
  EXPECT_EQ(nearest("log x x x archive x indexes x x x log"), 2U);
  EXPECT_EQ(NearestTerms("log archive", {}), 0U);
  EXPECT_EQ(NearestTerms("数据库", Terms{"数据", "库"}), 1U);
  std::string cut = "log archive é";
  cut.pop_back();
  EXPECT_EQ(nearest(cut), 1U);
}

TEST(Snippet, HostileTextsStayValidAndShort) {
  std::mt19937_64 random(7);
  const Terms terms{"a", "日本", "xyz"};
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const size_t pieces = random() % 400;
    for (size_t i = 0; i < pieces; ++i) {
      static const std::vector<std::string> kPieces = {"a",
                                                       " ",
                                                       "日本",
                                                       "e\xCC\x81",
                                                       "\n",
                                                       "----------",
                                                       "\xF0\x9F\x98\x80",
                                                       "x",
                                                       "\xE2\x80\x8D",
                                                       "**",
                                                       "_"};
      text += kPieces[random() % kPieces.size()];
    }
    const std::string out = MakeSnippet(text, terms, {.tokens = 1 + random() % 20});
    ASSERT_TRUE(IsValidUtf8(out));
    ASSERT_LT(out.size(), 20 * 3 * 60U + 100);
  }
  EXPECT_LT(MakeSnippet(std::string(1 << 20, 'x'), Terms{"x"}).size(), 4000U);
  EXPECT_LT(MakeSnippet(std::string(1 << 20, '-') + "end", Terms{"end"}).size(), 4000U);
}

}  // namespace
}  // namespace archivolt
