// Chunker: cuts stored content into passages that can be embedded, searched and pointed at.
//
// Owns where the cuts fall: at headings and sections always, else between blocks, sentences, lines,
// words, and only then between characters (never within a surrogate pair or, up to 4 sizes, a
// combining sequence). Fences and tables stay whole up to 4 sizes; what is cut of a table has its
// columns as the last part of its heading. Does not copy or change the text; a chunk is exactly
// content[begin8, end8) and, for JavaScript, content.slice(start16, end16).
// Invariants: 1. no chunk is blank; 2. every non-blank character is in a chunk, front matter of
// Markdown excepted when more follows it; 3. chunks are in order and a later one never starts
// before an earlier one;
// 4. only the overlap is repeated, and never across a heading or a section's beginning.
// Time is linear in the text; Next does a bounded piece of work, so callers stop between chunks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "text/block_scanner.h"

namespace archivolt {

/// What the keyword index does with a chunk: 'word' stems words, 'cjk' and 'code' also match
/// substrings.
enum class ChunkScript { kWord, kCjk, kCode };
/// "word", "cjk" or "code".
std::string_view ChunkScriptName(ChunkScript script);

/// 'cjk' when the text has CJK characters, else 'code' when it is code.
ChunkScript ScriptOf(std::string_view text, bool is_code);

struct ChunkOptions {
  uint32_t size = 1000;    ///< UTF-16 units aimed at, 100..10000.
  uint32_t overlap = 150;  ///< UTF-16 units repeated from the chunk before, 0..size/2 (exclusive).
};
/// INVALID_ARGUMENT naming chunkSize or chunkOverlap when out of range.
Status ValidateChunkOptions(const ChunkOptions& options);

/// Where a part of source code begins that is a passage of its own, and what it is part of: the
/// grammars that know are the caller's.
struct CodeSection {
  size_t begin8 = 0;
  std::string path;  ///< "Class > function", below the headings; may be empty.
};

struct ChunkSpan {
  size_t begin8 = 0;  ///< Bytes in UTF-8, end exclusive.
  size_t end8 = 0;
  uint32_t start16 = 0;  ///< UTF-16 units, end exclusive.
  uint32_t end16 = 0;
  std::string heading;  ///< "A > B": the headings above the chunk, outermost first; may be empty.
  ChunkScript script = ChunkScript::kWord;
};

class Chunker {
 public:
  /// `text` must outlive the chunker. REQUIRES: valid UTF-8 under 4 GiB, valid options, and
  /// sections in order, each at a character's start. A section ends where the next one begins.
  Chunker(std::string_view text, ChunkFormat format, const ChunkOptions& options,
          std::vector<CodeSection> sections = {});

  /// Sets the next chunk, or returns false at the end.
  bool Next(ChunkSpan* span);
  /// Bytes of the text that the chunks so far reach: progress.
  size_t consumed() const { return emitted_.byte; }
  /// The first heading of the highest level met so far; empty without headings.
  const std::string& title() const { return title_; }

 private:
  struct Cut {
    size_t byte = 0;
    uint32_t unit = 0;
  };

  void Add(TextBlock block);
  void EnterSections(TextBlock* block);
  void AddContent(const TextBlock& block);
  void AddHeading(const TextBlock& block);
  void Append(const TextBlock& block, Cut end);
  void SplitStep();
  /// Emits [start_, end_) when it holds something new; then starts at the overlap or at end_.
  void Flush(bool keep_overlap);
  void Emit(Cut start, Cut end);
  Cut OverlapStart(Cut start, Cut end) const;
  /// Walks forward to `byte`, or as far as `max_units` allows.
  Cut Advance(Cut from, size_t byte, uint64_t max_units) const;
  Cut Back(Cut from, size_t byte) const;
  Cut FindBreak(Cut from, Cut limit, size_t block_end, BlockKind kind) const;
  std::string Breadcrumb() const;

  std::string_view text_;
  ChunkFormat format_;
  uint32_t size_;
  uint32_t overlap_;
  uint32_t hard_limit_;
  BlockScanner blocks_;

  Cut start_, end_;    // the chunk in the making; empty when equal
  Cut emitted_;        // end of the last chunk: what lies before it is overlap
  Cut overlap_floor_;  // overlap must not start before it
  bool only_headings_ = false;
  uint64_t code_units_ = 0;  // of [start_, end_), in fences
  bool splitting_ = false;
  TextBlock split_;
  TextBlock rest_;  // of a block in which a section begins; empty when there is none
  std::vector<CodeSection> sections_;
  size_t next_section_ = 0;
  std::string path_;       // of the section
  std::string columns_;    // of the table that was met last
  bool in_table_ = false;  // it was cut, and the columns are in a chunk before
  std::vector<std::pair<int, std::string>> headings_;  // level, text
  std::string title_;
  int title_level_ = 7;
  std::vector<ChunkSpan> ready_;
  size_t given_ = 0;  // of ready_
};

/// All chunks at once. INVALID_ARGUMENT for invalid options.
Result<std::vector<ChunkSpan>> ChunkDocument(std::string_view text, ChunkFormat format,
                                             const ChunkOptions& options = {},
                                             std::vector<CodeSection> sections = {});

}  // namespace archivolt
