// Source code cut where the caller's grammar says, tables with their columns, and dots that end no
// sentence.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "text/boundaries.h"
#include "text/chunker.h"
#include "text/chunks.h"

namespace archivolt {
namespace {

std::vector<std::string> Headings(const std::vector<ChunkSpan>& chunks) {
  std::vector<std::string> out;
  for (const ChunkSpan& chunk : chunks) out.push_back(chunk.heading);
  return out;
}

TEST(ChunkerSections, EachBeginsAPassageWithItsPath) {
  const std::string text =
      "import x\n\nclass A {\n  a() {\n    return 1;\n  }\n\n  b() {\n    return 2;\n  "
      "}\n}\n\nz();\n";
  const auto chunks = Chunks(text, ChunkFormat::kCode, {},
                             {{0, ""},
                              {text.find("class"), "A > a"},
                              {text.find("  b()"), "A > b"},
                              {text.find("z()"), ""}});
  ExpectInvariants(text, chunks, {});
  EXPECT_EQ(Headings(chunks), (std::vector<std::string>{"", "A > a", "A > b", ""}));
  ASSERT_EQ(chunks.size(), 4U);
  EXPECT_EQ(TextOf(text, chunks[1]), "class A {\n  a() {\n    return 1;\n  }");
  EXPECT_EQ(TextOf(text, chunks[2]), "  b() {\n    return 2;\n  }\n}");
}

TEST(ChunkerSections, ALongOneIsCutAtLinesAndKeepsItsPath) {
  const std::string text =
      "f() {\n" + Repeat("  call_something(with, arguments);\n", 60) + "}\ng()\n";
  const ChunkOptions options{.size = 500, .overlap = 80};
  const auto chunks =
      Chunks(text, ChunkFormat::kCode, options, {{0, "f"}, {text.find("g()"), "g"}});
  ExpectInvariants(text, chunks, options);
  ASSERT_GT(chunks.size(), 4U);
  for (size_t i = 0; i + 1 < chunks.size(); ++i) {
    EXPECT_EQ(chunks[i].heading, "f");
    if (i > 0) {
      EXPECT_EQ(text[chunks[i].begin8 - 1], '\n');
    }
  }
  EXPECT_EQ(chunks.back().heading, "g");
  EXPECT_EQ(TextOf(text, chunks.back()), "g()") << "no overlap across the beginning of a section";
}

TEST(ChunkerSections, OfAFenceStandBelowTheHeadings) {
  std::string code;
  std::vector<CodeSection> sections;
  std::string text = "# Guide\n\n## Example\n\n```ts\n";
  for (const std::string name : {"a", "b", "c"}) {
    sections.push_back({name == "a" ? text.find("```") : text.size(), name});
    text += "function " + name + "() {\n" + Repeat("  one_more_line();\n", 30) + "}\n";
  }
  sections.push_back({text.size(), ""});
  text += "```\n\nText behind it.\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown, {}, sections);
  ExpectInvariants(text, chunks, {});
  ASSERT_EQ(chunks.size(), 4U);
  EXPECT_EQ(Headings(chunks),
            (std::vector<std::string>{"Guide > Example > a", "Guide > Example > b",
                                      "Guide > Example > c", "Guide > Example"}));
  EXPECT_TRUE(TextOf(text, chunks[0]).starts_with("# Guide\n"))
      << "headings stay with what follows";
  EXPECT_EQ(chunks[1].script, ChunkScript::kCode);
  EXPECT_TRUE(TextOf(text, chunks[3]).ends_with("Text behind it."));
}

TEST(ChunkerSections, OutsideOfTheTextOrTwiceAtAPlaceDoNoHarm) {
  const std::string text = "a();\n\nb();\n";
  const auto chunks =
      Chunks(text, ChunkFormat::kCode, {},
             {{0, "x"}, {0, "y"}, {4, "blank"}, {6, "z"}, {11, "end"}, {900, "far"}});
  ExpectInvariants(text, chunks, {});
  EXPECT_EQ(Headings(chunks), (std::vector<std::string>{"y", "z"}));
}

std::string Rows(size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i)
    out += "| " + std::to_string(i) + " | a name that is long enough | 2026-01-01 |\n";
  return out;
}

TEST(ChunkerTables, WhatIsCutOfOneNamesItsColumns) {
  const std::string text = "# Users\n\nAll of them.\n\n| id | *name* | since |\n|---|:--|--:|\n" +
                           Rows(200) + "\nBehind it.\n\n## Next\n\nMore.\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ExpectInvariants(text, chunks, {});
  ASSERT_GT(chunks.size(), 9U);
  EXPECT_EQ(chunks[0].heading, "Users") << "the columns are in its text";
  for (size_t i = 1; i + 2 < chunks.size(); ++i) {
    EXPECT_EQ(chunks[i].heading, "Users > id | *name* | since") << i;
    EXPECT_EQ(text[chunks[i].begin8], '|');
  }
  EXPECT_EQ(TextOf(text, chunks[chunks.size() - 2]), "Behind it.");
  EXPECT_EQ(chunks[chunks.size() - 2].heading, "Users");
  EXPECT_EQ(chunks.back().heading, "Users > Next");
}

TEST(ChunkerTables, OneThatIsReadInPiecesGoesOn) {
  const std::string text =
      "| id | name | since |\n|---|---|---|\n" + Rows(4000) + "\n| b |\n|---|\n| 1 |\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ExpectInvariants(text, chunks, {});
  ASSERT_GT(text.size(), size_t{3 * 64 * 1024});
  for (size_t i = 1; i + 1 < chunks.size(); ++i) {
    ASSERT_EQ(chunks[i].heading, "id | name | since") << i;
    ASSERT_EQ(text[chunks[i].begin8], '|');
    ASSERT_EQ(text[chunks[i].end8 - 1], '|');
  }
  EXPECT_EQ(chunks.back().heading, "");
  EXPECT_EQ(TextOf(text, chunks.back()), "| b |\n|---|\n| 1 |");
}

TEST(ChunkerTables, PiecesThatStayWholeNameThemAsWell) {
  const std::string text =
      "| имя | лет |\n|---|---|\n" + Repeat("| Анна Каренина | тридцать |\n", 6000);
  const ChunkOptions options{.size = 10000, .overlap = 0};
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown, options);
  ExpectInvariants(text, chunks, options);
  ASSERT_GT(chunks.size(), 4U);
  EXPECT_EQ(chunks[0].heading, "");
  for (size_t i = 1; i < chunks.size(); ++i) EXPECT_EQ(chunks[i].heading, "имя | лет") << i;
}

TEST(ChunkerTables, OneWithinASectionKeepsItsPath) {
  const std::string text = "# H\n\nBefore.\n\n| a | b |\n|---|---|\n" + Rows(200) + "\nBehind.\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown, {}, {{text.find("Before"), "S"}});
  ExpectInvariants(text, chunks, {});
  EXPECT_EQ(chunks[1].heading, "H > S > a | b");
  EXPECT_EQ(chunks.back().heading, "H > S");
}

TEST(ChunkerTables, ASmallOneHasNoOtherHeading) {
  const std::string text = "# T\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd.\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  EXPECT_EQ(Headings(chunks), (std::vector<std::string>{"T"}));
}

TEST(ChunkerTables, RowsOfValuesAreCutBetweenThem) {
  std::string text = "id,name,note\n";
  for (int i = 0; i < 3000; ++i)
    text += std::to_string(i) + ",\"Dr. Smith. And others\",a note of some words\n";
  text += "\n\n1,after blank lines,\n";
  const auto chunks = Chunks(text, ChunkFormat::kTable);
  ExpectInvariants(text, chunks, {});
  ASSERT_GT(chunks.size(), 100U);
  EXPECT_EQ(chunks[0].heading, "");
  for (size_t i = 1; i < chunks.size(); ++i) {
    ASSERT_EQ(chunks[i].heading, "id,name,note") << i;
    ASSERT_EQ(text[chunks[i].begin8 - 1], '\n');
  }
}

TEST(ChunkerSentences, InitialsAndTitlesEndNone) {
  for (const std::string sentence :
       {"The paper by Dr. Turing and J. R. R. Tolkien is read by Prof. Knuth vs. Dijkstra today. ",
        "See Fig. 3 or e.g. Redis and i.e. Kafka of the U.S. Army, by А. С. Пушкин himself. "}) {
    const std::string text = Repeat(sentence, 40);
    const ChunkOptions options{.size = 300, .overlap = 100};
    const auto chunks = Chunks(text, ChunkFormat::kPlain, options);
    ExpectInvariants(text, chunks, options);
    ASSERT_GT(chunks.size(), 8U);
    for (const auto& chunk : chunks) {
      EXPECT_TRUE(TextOf(text, chunk).starts_with(sentence.substr(0, 8))) << TextOf(text, chunk);
      EXPECT_TRUE(TextOf(text, chunk).ends_with(sentence.substr(sentence.size() - 7, 6)));
    }
  }
}

TEST(ChunkerSentences, AScanThatBeginsWithinAWordKnowsIt) {
  // Of each text the overlap may begin anywhere in it, also within its first word.
  for (const std::string begin : {" D. ", " Dr. ", "Dr. ", "é. ", " \xD0\x90. "}) {
    const std::string text = begin + Repeat("aaaa ", 9) + ". B" + std::string(200, 'b');
    for (uint32_t overlap = 0; overlap < 50; ++overlap) {
      const ChunkOptions options{.size = 100, .overlap = overlap};
      ExpectInvariants(text, Chunks(text, ChunkFormat::kPlain, options), options);
    }
  }
  const std::string text = "By Dr. Turing";
  for (const size_t at : {size_t{3}, size_t{4}, size_t{5}}) {
    BoundaryScanner scan(text, at);
    while (scan.position() < text.find('T')) scan.Step();
    EXPECT_FALSE(scan.Here().sentence) << at;
  }
}

TEST(ChunkerSentences, OrdinaryWordsEndThem) {
  const std::string text = Repeat("We store it. Nobody asked. Order matters to Ada. Ok. ", 40);
  std::set<std::string_view> ends;
  for (uint32_t size = 100; size < 160; ++size) {
    for (const auto& chunk : Chunks(text, ChunkFormat::kPlain, {.size = size, .overlap = 0})) {
      const std::string_view body = TextOf(text, chunk);
      ends.insert(body.substr(body.rfind(' ') + 1));
    }
  }
  EXPECT_EQ(ends, (std::set<std::string_view>{"it.", "asked.", "Ada.", "Ok."}));
}

}  // namespace
}  // namespace archivolt
