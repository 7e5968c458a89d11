// What tests of the chunker share: chunks of a text, and the promises of chunker.h.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/utf.h"
#include "text/chunker.h"

namespace archivolt {

inline std::vector<ChunkSpan> Chunks(std::string_view text, ChunkFormat format,
                                     ChunkOptions options = {},
                                     std::vector<CodeSection> sections = {}) {
  auto chunks = ChunkDocument(text, format, options, std::move(sections));
  EXPECT_TRUE(chunks.ok()) << chunks.status().message();
  return std::move(chunks).value();
}

inline std::string_view TextOf(std::string_view text, const ChunkSpan& span) {
  return text.substr(span.begin8, span.end8 - span.begin8);
}

inline std::string Repeat(std::string_view piece, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += piece;
  return out;
}

/// Whether a cut at `at` takes a mark from its letter. A mark after white space has no letter.
inline bool PartsSequence(std::string_view text, size_t at) {
  if (at == 0 || at >= text.size() || !IsCombining(DecodeUtf8(text, at).value)) return false;
  return !IsUnicodeSpace(DecodeUtf8(text, FloorToCharacter(text, at - 1)).value);
}

/// The promises of chunker.h, for any text.
inline void ExpectInvariants(std::string_view text, const std::vector<ChunkSpan>& chunks,
                             const ChunkOptions& options, size_t body_begin = 0,
                             const std::vector<CodeSection>& sections = {}) {
  std::vector<bool> covered(text.size(), false);
  size_t last_begin = 0;
  size_t last_end = 0;
  for (size_t i = 0; i < chunks.size(); ++i) {
    const ChunkSpan& chunk = chunks[i];
    ASSERT_LT(chunk.begin8, chunk.end8);
    ASSERT_LE(chunk.end8, text.size());
    const std::string_view body = TextOf(text, chunk);
    ASSERT_TRUE(IsValidUtf8(body)) << "cut within a character";
    ASSERT_EQ(chunk.start16, Utf16Length(text.substr(0, chunk.begin8)));
    ASSERT_EQ(chunk.end16, Utf16Length(text.substr(0, chunk.end8)));
    ASSERT_FALSE(PartsSequence(text, chunk.begin8))
        << "starts within a sequence at " << chunk.begin8;
    ASSERT_FALSE(PartsSequence(text, chunk.end8)) << "ends within a sequence at " << chunk.end8;
    ASSERT_LE(chunk.end16 - chunk.start16, options.size * 4 + 64);
    if (i > 0) {
      ASSERT_GE(chunk.begin8, last_begin);
      ASSERT_GT(chunk.end8, last_end) << "a chunk with nothing new";
      if (chunk.begin8 < last_end) {
        ASSERT_LE(Utf16Length(text.substr(chunk.begin8, last_end - chunk.begin8)), options.overlap);
        for (const CodeSection& section : sections) {
          ASSERT_FALSE(section.begin8 > chunk.begin8 && section.begin8 <= last_end)
              << "overlap across the section at " << section.begin8;
        }
      }
    }
    last_begin = chunk.begin8;
    last_end = chunk.end8;
    for (size_t at = chunk.begin8; at < chunk.end8; ++at) covered[at] = true;
  }
  for (size_t at = body_begin; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsUnicodeSpace(c.value)) {
      ASSERT_TRUE(covered[at]) << "character at byte " << at << " is in no chunk";
    }
    at += c.length;
  }
}

}  // namespace archivolt
