// Everything that walks over text: UTF-8, chunks, query tokens, snippets, words of names, times.
#include "base/utf.h"
#include "fuzz_support.h"
#include "text/chunker.h"
#include "text/identifiers.h"
#include "text/query_tokens.h"
#include "text/snippet.h"
#include "text/trigrams.h"

using namespace archivolt;  // NOLINT: a program, no header

namespace {

/// A section at every `step`-th byte, or where its character begins; none for 0.
std::vector<CodeSection> Sections(std::string_view text, size_t step) {
  std::vector<CodeSection> sections;
  for (size_t at = step; step != 0 && at < text.size(); at += step) {
    sections.push_back({FloorToCharacter(text, at), at % 2 == 0 ? "" : "part"});
  }
  return sections;
}

void Chunks(std::string_view text, ChunkFormat format, const ChunkOptions& options, size_t step) {
  const Result<std::vector<ChunkSpan>> chunks =
      ChunkDocument(text, format, options, Sections(text, step));
  FUZZ_EXPECT(chunks.ok() == ValidateChunkOptions(options).ok());
  if (!chunks.ok()) return;
  size_t before = 0;
  for (const ChunkSpan& chunk : *chunks) {
    FUZZ_EXPECT(chunk.begin8 < chunk.end8 && chunk.end8 <= text.size());
    FUZZ_EXPECT(chunk.begin8 >= before);
    before = chunk.begin8;
    FUZZ_EXPECT(FloorToCharacter(text, chunk.begin8) == chunk.begin8);
    FUZZ_EXPECT(FloorToCharacter(text, chunk.end8) == chunk.end8);
    FUZZ_EXPECT(IsValidUtf8(chunk.heading));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const uint8_t choice = input.Byte();
  const ChunkOptions options{100U + input.Byte() * 8U, static_cast<uint32_t>(input.Byte())};
  const std::string_view text = input.Rest();
  const bool valid = IsValidUtf8(text);
  if (valid) {
    Chunks(text, static_cast<ChunkFormat>(choice % 5), options, choice / 16 * size_t{7});
    FUZZ_EXPECT(Utf8OffsetOf(text, Utf16Length(text)) == text.size());
  }
  const KeywordQuery query = ParseKeywordQuery(text, {.prefix_last = (choice & 8) != 0});
  FUZZ_EXPECT(query.terms.size() <= 1000);
  const std::string snippet =
      MakeSnippet(text, query.terms, {.tokens = size_t{1} + options.overlap});
  FUZZ_EXPECT(!valid || IsValidUtf8(snippet));
  FUZZ_EXPECT(IdentifierWords(text).size() <= size_t{32} * 1024);
  const std::vector<uint64_t> trigrams = Trigrams(text);
  FUZZ_EXPECT(trigrams.empty() || TrigramSimilarity(trigrams, trigrams) == 1.0);
  FUZZ_EXPECT(!valid || (IsValidUtf8(FoldCase(text)) && IsValidUtf8(FoldForMatch(text))));
  if (const Result<int64_t> time = ParseIso8601(text); time.ok()) {
    const Result<int64_t> again = ParseIso8601(FormatMicros(*time));
    FUZZ_EXPECT(again.ok() && *again == *time);
  }
  return 0;
}
