#include "text/table_words.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace archivolt {
namespace {

using Words = std::vector<std::string>;

Words WordsOf(std::string_view text) {
  Words words;
  TableWords cut(text);
  for (auto word = cut.Next(); !word.empty(); word = cut.Next()) words.emplace_back(word);
  return words;
}

TEST(TableWordsTest, LettersAndDigitsInLowerCase) {
  EXPECT_EQ(WordsOf("The QUICK brown-fox, 42 times (utf8)!"),
            (Words{"the", "quick", "brown", "fox", "42", "times", "utf8"}));
  EXPECT_TRUE(WordsOf("").empty());
  EXPECT_TRUE(WordsOf(" \t\n--- *** ___ ''' ").empty());
}

TEST(TableWordsTest, CamelCaseAndSnakeCaseAreCut) {
  EXPECT_EQ(WordsOf("openWorkspace getHTTPServer max_element_count"),
            (Words{"open", "workspace", "get", "httpserver", "max", "element", "count"}));
  EXPECT_EQ(WordsOf("utf8Decode IPv4Address"), (Words{"utf8", "decode", "ipv4", "address"}));
  EXPECT_EQ(WordsOf("aB"), (Words{"a", "b"}));
}

TEST(TableWordsTest, ApostrophesStayInsideAndAFinalSGoes) {
  EXPECT_EQ(WordsOf("don't the server's 'quoted' it's rock'n'roll"),
            (Words{"don't", "the", "server", "quoted", "it", "rock'n'roll"}));
  EXPECT_EQ(WordsOf("don\u2019t the server\u2019s \u2018quoted\u2019 dogs\u2019"),
            (Words{"don't", "the", "server", "quoted", "dogs"}));
  EXPECT_EQ(WordsOf("'s s' a's"), (Words{"s", "s", "a"}));
  // After an apostrophe a capital does not start a new word.
  EXPECT_EQ(WordsOf("O'Reilly d'Agostino"), (Words{"o'reilly", "d'agostino"}));
}

TEST(TableWordsTest, LettersBeyondAsciiAreFoldedAndPunctuationSeparates) {
  EXPECT_EQ(WordsOf("NAÏVE Übung ÖREBRO straße"), (Words{"naïve", "übung", "örebro", "straße"}));
  EXPECT_EQ(WordsOf("a\u00A0b\u2014c\u2026d\u2192e×f«g»"),
            (Words{"a", "b", "c", "d", "e", "f", "g"}));
}

TEST(TableWordsTest, CharactersOfScriptsWithoutSpacesAreAWordEach) {
  EXPECT_EQ(WordsOf("SQL数据库v2"), (Words{"sql", "数", "据", "库", "v2"}));
}

TEST(TableWordsTest, InvalidUtf8SeparatesWords) {
  EXPECT_EQ(WordsOf("ab\xFF"
                    "cd\xC3"),
            (Words{"ab", "cd"}));
  EXPECT_EQ(WordsOf("x\xE2\x80"), (Words{"x"}));
  EXPECT_EQ(WordsOf("\xF0\x9F\x98 y"), (Words{"y"}));
  EXPECT_EQ(WordsOf("a\xC0\x80z"), (Words{"a", "z"}));  // an overlong NUL
}

TEST(TableWordsTest, OnlyTheFirst250BytesOfAWordCount) {
  EXPECT_EQ(WordsOf(std::string(250, 'x') + " end"), (Words{std::string(250, 'x'), "end"}));
  EXPECT_EQ(WordsOf(std::string(1'000'000, 'X') + " end"), (Words{std::string(250, 'x'), "end"}));
}

TEST(TableWordsTest, EveryCutOfEveryByteIsSafe) {
  // On the heap without a terminator, so that the sanitizer sees a look past the end.
  const std::string sample = "a\u2019s É'n \xF0\x9F\x98\x80 数's x\xE2\x80\x99 y'";
  for (size_t end = 0; end <= sample.size(); ++end) {
    const std::vector<char> cut(sample.begin(), sample.begin() + static_cast<std::ptrdiff_t>(end));
    for (const auto& word : WordsOf({cut.data(), cut.size()})) EXPECT_FALSE(word.empty());
  }
}

}  // namespace
}  // namespace archivolt
