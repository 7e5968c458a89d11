#include "text/chunker.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "base/utf.h"
#include "text/chunks.h"

namespace archivolt {
namespace {

TEST(ChunkOptions, OutOfRangeIsRefused) {
  EXPECT_TRUE(ValidateChunkOptions({.size = 100, .overlap = 0}).ok());
  EXPECT_TRUE(ValidateChunkOptions({.size = 10000, .overlap = 4999}).ok());
  EXPECT_EQ(ValidateChunkOptions({.size = 99, .overlap = 0}).code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(ValidateChunkOptions({.size = 10001, .overlap = 0}).code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(ValidateChunkOptions({.size = 1000, .overlap = 500}).code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_FALSE(ChunkDocument("x", ChunkFormat::kPlain, {.size = 1, .overlap = 0}).ok());
}

TEST(Chunker, EmptyAndBlankTextsGiveNothing) {
  for (const auto format :
       {ChunkFormat::kMarkdown, ChunkFormat::kPlain, ChunkFormat::kCode, ChunkFormat::kJson}) {
    EXPECT_TRUE(Chunks("", format).empty());
    EXPECT_TRUE(Chunks(" \n\t\r\n\xE3\x80\x80\n", format).empty());
    EXPECT_EQ(Chunks("x", format).size(), 1U);
  }
}

TEST(Chunker, HeadingsBecomeBreadcrumbs) {
  const std::string text =
      "Before.\n\n# Guide #\n\nIntro.\n\n## Install `npm` "
      "[![Badge](b.svg)](http://b)\n\nSteps.\n\nSetext\n======\n\nOther.\n\n"
      "Sub\n---\n\nDeep.\n\n### [Link](http://x) {#id}\nEnd.\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ASSERT_EQ(chunks.size(), 6U);
  EXPECT_EQ(chunks[0].heading, "");
  EXPECT_EQ(chunks[1].heading, "Guide");
  EXPECT_EQ(TextOf(text, chunks[1]), "# Guide #\n\nIntro.");
  EXPECT_EQ(chunks[2].heading, "Guide > Install npm");
  EXPECT_EQ(chunks[3].heading, "Setext");
  EXPECT_EQ(chunks[4].heading, "Setext > Sub");
  EXPECT_EQ(chunks[5].heading, "Setext > Sub > Link");
  ExpectInvariants(text, chunks, {});
}

TEST(Chunker, HeadingWithoutTextStaysWithTheNext) {
  const std::string text = "# A\n\n## B\n\nText.\n\n## C\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(TextOf(text, chunks[0]), "# A\n\n## B\n\nText.");
  EXPECT_EQ(chunks[0].heading, "A > B");
  EXPECT_EQ(TextOf(text, chunks[1]), "## C");
}

TEST(Chunker, HashInFenceIsNoHeading) {
  const std::string text = "# A\n\n```sh\n# comment\n\nls | wc\n```\n\n~~~\n## no\n~~~\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].heading, "A");
  EXPECT_EQ(chunks[0].script, ChunkScript::kCode);
}

TEST(Chunker, FrontMatterIsSkippedUnlessItIsAll) {
  const std::string text = "---\ntitle: X\n---\n# H\nBody\n";
  auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(TextOf(text, chunks[0]), "# H\nBody");
  const std::string only = "---\ntitle: X\n---\n";
  EXPECT_EQ(Chunks(only, ChunkFormat::kMarkdown).size(), 1U);
  const std::string rule = "---\n\nText after a rule, no closing one.\n";
  chunks = Chunks(rule, ChunkFormat::kMarkdown);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].begin8, 0U);
}

TEST(Chunker, FencesAndTablesStayWhole) {
  const std::string fence =
      "```\n" + Repeat("a line of code that is long\n", 60) + "```";  // about 1,700
  const std::string table = "| a | b |\n|---|---|\n" + Repeat("| cell one | cell two |\n", 60);
  const std::string text =
      Repeat("Prose before it. ", 40) + "\n\n" + fence + "\n\nBetween.\n\n" + table;
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ExpectInvariants(text, chunks, {});
  bool fence_whole = false;
  bool table_whole = false;
  for (const auto& chunk : chunks) {
    const auto body = TextOf(text, chunk);
    fence_whole = fence_whole || body.find(fence) != std::string_view::npos;
    table_whole =
        table_whole || body.find(table.substr(0, table.size() - 1)) != std::string_view::npos;
  }
  EXPECT_TRUE(fence_whole);
  EXPECT_TRUE(table_whole);
}

TEST(Chunker, FenceBeyondTheHardLimitIsCutAtLines) {
  const std::string text = "```\n" + Repeat("0123456789 0123456789 0123456789\n", 400) + "```\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ASSERT_GT(chunks.size(), 8U);
  ExpectInvariants(text, chunks, {});
  for (size_t i = 1; i < chunks.size(); ++i) {
    EXPECT_EQ(text[chunks[i].begin8 - 1], '\n') << i;
    EXPECT_EQ(chunks[i].script, ChunkScript::kCode);
  }
}

TEST(Chunker, ParagraphIsCutAtSentences) {
  const std::string text =
      Repeat("This is a sentence with e.g. an abbreviation, of some length. ", 60);
  const ChunkOptions options{.size = 500, .overlap = 100};
  const auto chunks = Chunks(text, ChunkFormat::kPlain, options);
  ExpectInvariants(text, chunks, options);
  ASSERT_GT(chunks.size(), 5U);
  for (const auto& chunk : chunks) {
    EXPECT_TRUE(TextOf(text, chunk).starts_with("This is")) << TextOf(text, chunk);
    EXPECT_EQ(text[chunk.end8 - 1], '.');
  }
  EXPECT_LT(chunks[1].begin8, chunks[0].end8) << "overlap is repeated";
}

TEST(Chunker, OverlapNeverCrossesAHeading) {
  std::string text;
  for (int i = 0; i < 6; ++i)
    text += "## Part " + std::to_string(i) + "\n\n" + Repeat("Some words here. ", 50) + "\n\n";
  const ChunkOptions options{.size = 400, .overlap = 120};
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown, options);
  ExpectInvariants(text, chunks, options);
  for (size_t i = 1; i < chunks.size(); ++i) {
    if (chunks[i].heading != chunks[i - 1].heading) {
      EXPECT_GE(chunks[i].begin8, chunks[i - 1].end8);
    }
    EXPECT_EQ(TextOf(text, chunks[i]).substr(1).find("## Part"), std::string_view::npos);
  }
}

TEST(Chunker, CjkIsCutAtItsSentences) {
  const std::string text = Repeat("これは日本語の文章です。検索できますか？", 80);
  const ChunkOptions options{.size = 200, .overlap = 40};
  const auto chunks = Chunks(text, ChunkFormat::kPlain, options);
  ExpectInvariants(text, chunks, options);
  ASSERT_GT(chunks.size(), 5U);
  for (const auto& chunk : chunks) {
    EXPECT_EQ(chunk.script, ChunkScript::kCjk);
    const auto body = TextOf(text, chunk);
    EXPECT_TRUE(body.ends_with("。") || body.ends_with("？")) << body;
    EXPECT_TRUE(body.starts_with("これは") || body.starts_with("検索")) << body;
  }
}

TEST(Chunker, CodeIsCutBetweenDefinitions) {
  std::string text;
  for (int i = 0; i < 40; ++i) {
    text += "function f" + std::to_string(i) + "(a) {\n  const b = a + 1;\n\n  return b;\n}\n\n";
  }
  const ChunkOptions options{.size = 300, .overlap = 0};
  const auto chunks = Chunks(text, ChunkFormat::kCode, options);
  ExpectInvariants(text, chunks, options);
  for (const auto& chunk : chunks) {
    EXPECT_TRUE(TextOf(text, chunk).starts_with("function f")) << TextOf(text, chunk);
    EXPECT_EQ(text[chunk.end8 - 1], '}');
    EXPECT_EQ(chunk.script, ChunkScript::kCode);
  }
}

TEST(Chunker, IndentationOfTheFirstLineIsKept) {
  const std::string text = "\n\n    indented\nmore\n";
  const auto chunks = Chunks(text, ChunkFormat::kPlain);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(TextOf(text, chunks[0]), "    indented\nmore");
}

TEST(Chunker, MinifiedJsonIsCutAfterMembers) {
  std::string text = "[";
  for (int i = 0; i < 300; ++i)
    text += "{\"id\":" + std::to_string(i) + ",\"name\":\"item number\"},";
  text += "{}]";
  const auto chunks = Chunks(text, ChunkFormat::kJson);
  ExpectInvariants(text, chunks, {});
  ASSERT_GT(chunks.size(), 8U);
  for (size_t i = 0; i + 1 < chunks.size(); ++i) {
    const char last = text[chunks[i].end8 - 1];
    EXPECT_TRUE(last == ',' || last == '}') << last;
  }
}

TEST(Chunker, FlagsJoinersAndAccentsAreNotParted) {
  const std::string flag = "\xF0\x9F\x87\xAA\xF0\x9F\x87\xB8";
  const std::string family =
      "\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7";
  const std::string accent = "e\xCC\x81\xCC\xA7";
  for (const std::string& unit : {flag, family, accent}) {
    const std::string text = Repeat(unit, 500);
    const ChunkOptions options{.size = 101, .overlap = 0};
    const auto chunks = Chunks(text, ChunkFormat::kPlain, options);
    ExpectInvariants(text, chunks, options);
    for (const auto& chunk : chunks) {
      EXPECT_EQ(chunk.begin8 % unit.size(), 0U);
      EXPECT_EQ((chunk.end8 - chunk.begin8) % unit.size(), 0U);
    }
  }
}

TEST(Chunker, ByteOrderMarkHidesNoHeading) {
  const std::string text = "\xEF\xBB\xBF# Title\n\nText\n";
  const auto chunks = Chunks(text, ChunkFormat::kMarkdown);
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].heading, "Title");
  EXPECT_EQ(chunks[0].start16, 1U);
}

TEST(Chunker, TitleIsTheFirstHeadingOfTheHighestLevel) {
  const std::string text = "## Small\n\nx\n\n# Big *one*\n\ny\n\n# Later\n";
  Chunker chunker(text, ChunkFormat::kMarkdown, {});
  ChunkSpan span;
  while (chunker.Next(&span)) {
  }
  EXPECT_EQ(chunker.title(), "Big one");
}

std::string RandomText(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"word ",
                                                   "Sentence end. ",
                                                   "a",
                                                   "\n",
                                                   "\n\n",
                                                   "# Heading\n",
                                                   "### Deep\n",
                                                   "```\n",
                                                   "~~~~\n",
                                                   "| a | b |\n",
                                                   "|---|---|\n",
                                                   "- item\n",
                                                   "1. item\n",
                                                   "  ",
                                                   "\t",
                                                   "\r\n",
                                                   "日本語",
                                                   "。",
                                                   "é",
                                                   "e\xCC\x81",
                                                   "\xF0\x9F\x98\x80",
                                                   "\xE2\x80\x8D",
                                                   "{\"k\":1},",
                                                   "[]",
                                                   "===\n",
                                                   "---\n",
                                                   "> quote\n",
                                                   "x_y",
                                                   "!?",
                                                   "\xE3\x80\x80",
                                                   "    code\n",
                                                   "Supercalifragilistic",
                                                   "\xF0\x9F\x87\xAA\xF0\x9F\x87\xB8",
                                                   "...\n",
                                                   "+++\n"};
  std::string text;
  const size_t pieces = random() % 1500;
  const size_t palette = 1 + random() % kPieces.size();
  for (size_t i = 0; i < pieces; ++i)
    text += kPieces[(random() % palette * 7 + palette) % kPieces.size()];
  return text;
}

TEST(Chunker, RandomDocumentsKeepEveryPromise) {
  std::mt19937_64 random(20261121);
  for (int round = 0; round < 400; ++round) {
    const std::string text = RandomText(random);
    ChunkOptions options;
    options.size = 100 + static_cast<uint32_t>(random() % 1200);
    options.overlap = static_cast<uint32_t>(random() % (options.size / 2));
    for (const auto format : {ChunkFormat::kMarkdown, ChunkFormat::kPlain, ChunkFormat::kCode,
                              ChunkFormat::kJson, ChunkFormat::kTable}) {
      std::vector<CodeSection> sections;
      if (round % 2 == 1) {
        for (size_t at = 0; at != std::string::npos; at = text.find('\n', at + 1)) {
          if (random() % 8 == 0) sections.push_back({at == 0 ? 0 : at + 1, "part"});
        }
      }
      const auto chunks = Chunks(text, format, options, sections);
      // Front matter is the one thing that may be left out.
      const bool may_skip = format == ChunkFormat::kMarkdown && !chunks.empty() &&
                            (text.starts_with("---\n") || text.starts_with("+++\n"));
      ExpectInvariants(text, chunks, options, may_skip ? chunks[0].begin8 : 0, sections);
      if (HasFatalFailure()) FAIL() << "round " << round << " format " << static_cast<int>(format);
    }
  }
}

TEST(Chunker, LargeTextsTakeLinearTime) {
  // Texts that tempt a chunker to look at everything again for every chunk.
  const size_t size = 1 << 19;
  const std::vector<std::string> texts = {std::string(size, 'x'),
                                          std::string(size, ' ') + "x",
                                          "```\n" + Repeat("line\n", size / 5),
                                          Repeat("| a | b |\n", size / 10),
                                          Repeat("e\xCC\x81", size / 3),
                                          Repeat("word ", size / 5)};
  for (const std::string& text : texts) {
    for (const auto format : {ChunkFormat::kMarkdown, ChunkFormat::kJson}) {
      Chunker chunker(text, format, {});
      ChunkSpan span;
      size_t count = 0;
      size_t last = 0;
      while (chunker.Next(&span)) {
        ASSERT_GT(span.end8, last);
        last = span.end8;
        ++count;
      }
      EXPECT_GE(count, text.front() == ' ' ? 1U : size / 6000);
    }
  }
}

}  // namespace
}  // namespace archivolt
