// BlockScanner: reads content as a stream of blocks: headings, paragraphs, list items, tables,
// fences.
//
// Owns the line rules of Markdown, plain text, source code, JSON and rows of values. Knows no sizes
// of chunks. Blocks come in order, do not overlap and hold every non-blank line, front matter of
// Markdown excepted. A block of more than 64 KiB is handed out in pieces, so that no call walks
// through the whole text for a fence that never closes (one single line may be longer).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace archivolt {

/// kTable: rows of values, the first one the columns' names (CSV, TSV).
enum class ChunkFormat { kMarkdown, kPlain, kCode, kJson, kTable };

enum class BlockKind {
  kHeading,
  kProse,  ///< A paragraph or a list item: may be cut at sentences and words.
  kFence,  ///< Fenced or indented code within prose: whole when possible, else cut at lines.
  kTable,  ///< As a fence.
  kCode,   ///< A top-level piece of source code: cut at lines.
  kJson,   ///< Lines of JSON: cut at lines, then after members.
};

struct TextBlock {
  size_t begin = 0;  ///< Bytes; the end excludes the last line's line end.
  size_t end = 0;
  BlockKind kind = BlockKind::kProse;
  int level = 0;  ///< Of a heading: 1..6.
  /// Of a heading: its text without markup; of a table that begins: its columns as they are
  /// written. At most 200 bytes.
  std::string heading;
  bool goes_on = false;  ///< Of a table: its beginning was in the block before.
};

class BlockScanner {
 public:
  /// `text` must outlive the scanner.
  BlockScanner(std::string_view text, ChunkFormat format);

  bool Next(TextBlock* block);
  /// Bytes read so far.
  size_t position() const { return at_; }

 private:
  struct Line {
    size_t begin = 0;
    size_t end = 0;   // without the line end
    size_t next = 0;  // start of the following line
    std::string_view text;
    bool blank = false;
    size_t indent = 0;  // columns, a tab counts 4
  };

  Line ReadLine(size_t at) const;
  bool NextMarkdown(TextBlock* block);
  bool NextPlain(TextBlock* block);
  bool NextCode(TextBlock* block);
  void ReadFence(TextBlock* block, Line line);
  void ReadParagraph(TextBlock* block, Line line);
  void ReadTable(TextBlock* block, Line row);
  bool StartsBlock(const Line& line) const;
  size_t EndOfFrontMatter() const;

  std::string_view text_;
  ChunkFormat format_;
  size_t at_ = 0;
  char fence_char_ = 0;  // of the open fence, 0 outside
  size_t fence_length_ = 0;
  bool table_open_ = false;  // the rows of a table go on
};

}  // namespace archivolt
