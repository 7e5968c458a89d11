#include "text/block_scanner.h"

#include <algorithm>
#include <utility>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr size_t kMaxPiece = 64 * 1024;
constexpr size_t kMaxHeading = 200;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool IsBlank(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsUnicodeSpace(c.value)) return false;
    at += c.length;
  }
  return true;
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  return text;
}

/// 1..6 for "## Title", else 0; `title` gets the rest of the line.
int AtxLevel(std::string_view trimmed, std::string_view* title) {
  size_t hashes = 0;
  while (hashes < trimmed.size() && trimmed[hashes] == '#') ++hashes;
  if (hashes == 0 || hashes > 6) return 0;
  if (hashes < trimmed.size() && trimmed[hashes] != ' ' && trimmed[hashes] != '\t') return 0;
  std::string_view rest = TrimSpaces(trimmed.substr(hashes));
  size_t end = rest.size();
  while (end > 0 && rest[end - 1] == '#') --end;
  if (end < rest.size() && (end == 0 || rest[end - 1] == ' ' || rest[end - 1] == '\t')) {
    rest = TrimSpaces(rest.substr(0, end));
  }
  *title = rest;
  return static_cast<int>(hashes);
}

/// 1 for a line of '=', 2 for a line of '-', else 0.
int SetextLevel(std::string_view trimmed) {
  if (trimmed.empty() || (trimmed.front() != '=' && trimmed.front() != '-')) return 0;
  if (trimmed.find_first_not_of(trimmed.front()) != std::string_view::npos) return 0;
  return trimmed.front() == '=' ? 1 : 2;
}

/// Length of the run of ` or ~ that opens a fence, or 0.
size_t FenceLength(std::string_view trimmed) {
  if (trimmed.empty() || (trimmed.front() != '`' && trimmed.front() != '~')) return 0;
  size_t length = trimmed.find_first_not_of(trimmed.front());
  if (length == std::string_view::npos) length = trimmed.size();
  if (length < 3) return 0;
  // Inline code such as ```x``` on one line is no fence.
  if (trimmed.front() == '`' && trimmed.substr(length).find('`') != std::string_view::npos)
    return 0;
  return length;
}

bool IsListItem(std::string_view trimmed) {
  if (trimmed.size() < 2) return false;
  size_t at = 0;
  if (trimmed[0] == '-' || trimmed[0] == '*' || trimmed[0] == '+') {
    at = 1;
  } else {
    while (at < trimmed.size() && at < 9 && trimmed[at] >= '0' && trimmed[at] <= '9') ++at;
    if (at == 0 || at >= trimmed.size() || (trimmed[at] != '.' && trimmed[at] != ')')) return false;
    ++at;
  }
  return at < trimmed.size() && (trimmed[at] == ' ' || trimmed[at] == '\t');
}

bool IsTableRule(std::string_view trimmed) {
  return trimmed.find('-') != std::string_view::npos &&
         trimmed.find('|') != std::string_view::npos &&
         trimmed.find_first_not_of("|:- \t") == std::string_view::npos;
}

/// The heading as a reader would say it: no emphasis, code marks, links or {#id}.
std::string PlainHeading(std::string_view title) {
  if (!title.empty() && title.back() == '}') {
    const size_t brace = title.rfind("{#");
    if (brace != std::string_view::npos && brace > 0) title = TrimSpaces(title.substr(0, brace));
  }
  std::string out;
  for (size_t at = 0; at < title.size() && out.size() < kMaxHeading; ++at) {
    const char c = title[at];
    if (title.substr(at, 2) == "![") {  // an image: badges say nothing about the section
      const size_t open = title.find("](", at);
      const size_t close = open == std::string_view::npos ? open : title.find(')', open);
      if (close != std::string_view::npos) {
        at = close;
        continue;
      }
    }
    if (c == '`' || c == '*' || c == '[' || (c == '!' && title.substr(at, 2) == "![")) continue;
    if (c == ']') {
      if (at + 1 < title.size() && title[at + 1] == '(') {
        const size_t close = title.find(')', at);
        if (close != std::string_view::npos) at = close;
      }
      continue;
    }
    out.push_back(c == '\t' || c == '\n' || c == '\r' ? ' ' : c);
  }
  // The loop stops at a byte; a character cut in two is dropped whole.
  while (!out.empty() && !IsValidUtf8(out)) out.pop_back();
  return std::string(TrimSpaces(out));
}

/// "id | name" of "| id | name |".
std::string Columns(std::string_view row) {
  row = TrimSpaces(row);
  if (row.starts_with('|')) row.remove_prefix(1);
  if (row.ends_with('|')) row.remove_suffix(1);
  row = TrimSpaces(row);
  return std::string(row.substr(0, FloorToCharacter(row, kMaxHeading)));
}

}  // namespace

BlockScanner::BlockScanner(std::string_view text, ChunkFormat format)
    : text_(text), format_(format) {
  if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  if (format_ == ChunkFormat::kMarkdown) at_ = EndOfFrontMatter();
}

bool BlockScanner::Next(TextBlock* block) {
  *block = TextBlock{};
  if (fence_char_ == 0) {
    while (at_ < text_.size()) {
      const Line line = ReadLine(at_);
      if (!line.blank) break;
      at_ = line.next;
      table_open_ = table_open_ && format_ == ChunkFormat::kTable;
    }
  }
  if (at_ >= text_.size()) return false;
  switch (format_) {
    case ChunkFormat::kMarkdown:
      return NextMarkdown(block);
    case ChunkFormat::kPlain:
      return NextPlain(block);
    case ChunkFormat::kTable:
      block->begin = at_;
      ReadTable(block, ReadLine(at_));
      return true;
    case ChunkFormat::kCode:
    case ChunkFormat::kJson:
      return NextCode(block);
  }
  return false;
}

BlockScanner::Line BlockScanner::ReadLine(size_t at) const {
  Line line;
  line.begin = at;
  const size_t newline = text_.find('\n', at);
  line.end = newline == std::string_view::npos ? text_.size() : newline;
  line.next = newline == std::string_view::npos ? text_.size() : newline + 1;
  if (line.end > at && text_[line.end - 1] == '\r') --line.end;
  line.text = text_.substr(at, line.end - at);
  line.blank = IsBlank(line.text);
  for (const char c : line.text) {
    if (c != ' ' && c != '\t') break;
    line.indent += c == '\t' ? 4 : 1;
  }
  return line;
}

bool BlockScanner::NextMarkdown(TextBlock* block) {
  const Line line = ReadLine(at_);
  block->begin = line.begin;
  if (fence_char_ != 0) {
    ReadFence(block, line);
    return true;
  }
  const std::string_view trimmed = TrimSpaces(line.text);
  const bool is_row = trimmed.find('|') != std::string_view::npos;
  table_open_ = table_open_ && is_row;
  if (table_open_) {
    ReadTable(block, line);
    return true;
  }
  std::string_view title;
  if (const int level = line.indent < 4 ? AtxLevel(trimmed, &title) : 0; level > 0) {
    block->kind = BlockKind::kHeading;
    block->level = level;
    block->heading = PlainHeading(title);
    block->end = line.end;
    at_ = line.next;
    return true;
  }
  if (const size_t length = FenceLength(trimmed); length > 0) {
    fence_char_ = trimmed.front();
    fence_length_ = length;
    block->end = line.end;
    at_ = line.next;
    if (at_ < text_.size()) {
      ReadFence(block, ReadLine(at_));
    } else {
      block->kind = BlockKind::kFence;
      fence_char_ = 0;
    }
    return true;
  }
  const Line after = line.next < text_.size() ? ReadLine(line.next) : Line{};
  if (is_row && IsTableRule(TrimSpaces(after.text))) {
    ReadTable(block, line);
    return true;
  }
  const int setext = line.indent < 4 && after.indent < 4 && !after.blank && !IsListItem(trimmed) &&
                             trimmed.front() != '>' && SetextLevel(trimmed) == 0
                         ? SetextLevel(TrimSpaces(after.text))
                         : 0;
  if (setext > 0) {
    block->kind = BlockKind::kHeading;
    block->level = setext;
    block->heading = PlainHeading(trimmed);
    block->end = after.end;
    at_ = after.next;
    return true;
  }
  ReadParagraph(block, line);
  return true;
}

void BlockScanner::ReadFence(TextBlock* block, Line line) {
  block->kind = BlockKind::kFence;
  while (true) {
    block->end = line.end;
    at_ = line.next;
    const std::string_view trimmed = TrimSpaces(line.text);
    if (trimmed.size() >= fence_length_ &&
        trimmed.find_first_not_of(fence_char_) == std::string_view::npos) {
      fence_char_ = 0;
      return;
    }
    if (at_ >= text_.size()) {
      fence_char_ = 0;
      return;
    }
    if (block->end - block->begin > kMaxPiece) return;  // goes on in the next piece
    line = ReadLine(at_);
  }
}

bool BlockScanner::StartsBlock(const Line& line) const {
  const std::string_view trimmed = TrimSpaces(line.text);
  std::string_view title;
  if (line.indent < 4 && AtxLevel(trimmed, &title) > 0) return true;
  if (FenceLength(trimmed) > 0 || IsListItem(trimmed)) return true;
  return trimmed.find('|') != std::string_view::npos && line.next < text_.size() &&
         IsTableRule(TrimSpaces(ReadLine(line.next).text));
}

void BlockScanner::ReadParagraph(TextBlock* block, Line line) {
  block->kind = BlockKind::kProse;
  while (true) {
    block->end = line.end;
    at_ = line.next;
    if (at_ >= text_.size() || block->end - block->begin > kMaxPiece) return;
    line = ReadLine(at_);
    if (line.blank || StartsBlock(line)) return;
  }
}

void BlockScanner::ReadTable(TextBlock* block, Line row) {
  block->kind = BlockKind::kTable;
  block->goes_on = std::exchange(table_open_, false);
  if (!block->goes_on) block->heading = Columns(row.text);
  while (true) {
    if (!row.blank) block->end = row.end;
    at_ = row.next;
    if (at_ >= text_.size()) return;
    if (block->end - block->begin > kMaxPiece) {
      table_open_ = true;  // goes on in the next piece
      return;
    }
    row = ReadLine(at_);
    if (format_ == ChunkFormat::kMarkdown &&
        (row.blank || row.text.find('|') == std::string_view::npos)) {
      return;
    }
  }
}

bool BlockScanner::NextPlain(TextBlock* block) {
  Line line = ReadLine(at_);
  block->begin = line.begin;
  while (true) {
    block->end = line.end;
    at_ = line.next;
    if (at_ >= text_.size() || block->end - block->begin > kMaxPiece) return true;
    line = ReadLine(at_);
    if (line.blank) return true;
  }
}

bool BlockScanner::NextCode(TextBlock* block) {
  block->kind = format_ == ChunkFormat::kJson ? BlockKind::kJson : BlockKind::kCode;
  Line line = ReadLine(at_);
  block->begin = line.begin;
  bool after_blank = false;
  while (true) {
    if (!line.blank) {
      // A line at the margin after a blank one begins the next definition, unless it only closes
      // this one.
      const char first = line.text.front();
      if (after_blank && line.indent == 0 && first != '}' && first != ')' && first != ']')
        return true;
      block->end = line.end;
    }
    after_blank = line.blank;
    at_ = line.next;
    if (at_ >= text_.size() || block->end - block->begin > kMaxPiece) return true;
    line = ReadLine(at_);
  }
}

size_t BlockScanner::EndOfFrontMatter() const {
  if (at_ >= text_.size()) return at_;
  const Line first = ReadLine(at_);
  const std::string_view mark = TrimSpaces(first.text);
  if (first.indent != 0 || (mark != "---" && mark != "+++")) return at_;
  for (size_t at = first.next; at < text_.size() && at - at_ < kMaxPiece;) {
    const Line line = ReadLine(at);
    const std::string_view trimmed = TrimSpaces(line.text);
    if (line.indent == 0 && (trimmed == mark || (mark == "---" && trimmed == "..."))) {
      return IsBlank(text_.substr(line.next)) ? at_ : line.next;
    }
    at = line.next;
  }
  return at_;
}

}  // namespace archivolt
