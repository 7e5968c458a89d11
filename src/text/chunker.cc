#include "text/chunker.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/utf.h"
#include "text/boundaries.h"

namespace archivolt {
namespace {

constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();
constexpr uint32_t kHardLimitFactor = 4;
constexpr size_t kMaxHeadingDepth = 6;

bool StaysWhole(BlockKind kind) { return kind == BlockKind::kFence || kind == BlockKind::kTable; }

bool HasCjk(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    // The lowest CJK character, U+1100, starts with 0xE1.
    if (static_cast<uint8_t>(text[at]) < 0xE1) {
      ++at;
      continue;
    }
    const DecodedChar c = DecodeUtf8(text, at);
    if (IsCjk(c.value)) return true;
    at += c.length;
  }
  return false;
}

}  // namespace

std::string_view ChunkScriptName(ChunkScript script) {
  switch (script) {
    case ChunkScript::kCjk:
      return "cjk";
    case ChunkScript::kCode:
      return "code";
    case ChunkScript::kWord:
      break;
  }
  return "word";
}

ChunkScript ScriptOf(std::string_view text, bool is_code) {
  if (HasCjk(text)) return ChunkScript::kCjk;
  return is_code ? ChunkScript::kCode : ChunkScript::kWord;
}

Status ValidateChunkOptions(const ChunkOptions& options) {
  if (options.size < 100 || options.size > 10000) {
    return Status::InvalidArgument("chunkSize must be between 100 and 10000 characters");
  }
  if (options.overlap * 2 >= options.size) {
    return Status::InvalidArgument("chunkOverlap must be less than half of chunkSize");
  }
  return Status::Ok();
}

Chunker::Chunker(std::string_view text, ChunkFormat format, const ChunkOptions& options,
                 std::vector<CodeSection> sections)
    : text_(text),
      format_(format),
      size_(options.size),
      overlap_(options.overlap),
      hard_limit_(options.size * kHardLimitFactor),
      blocks_(text, format),
      sections_(std::move(sections)) {}

bool Chunker::Next(ChunkSpan* span) {
  while (given_ == ready_.size()) {
    ready_.clear();
    given_ = 0;
    if (splitting_) {
      SplitStep();
      continue;
    }
    TextBlock block = std::exchange(rest_, TextBlock{});
    if (block.end > 0 || blocks_.Next(&block)) {
      Add(std::move(block));
    } else {
      Flush(false);
      if (ready_.empty()) return false;
    }
  }
  *span = std::move(ready_[given_++]);
  return true;
}

void Chunker::Add(TextBlock block) {
  if (in_table_ && !block.goes_on) {
    Flush(false);
    in_table_ = false;
  }
  EnterSections(&block);
  if (block.kind == BlockKind::kHeading) {
    AddHeading(block);
  } else {
    AddContent(block);
  }
}

/// Begins the sections that begin at the block or before it; the block ends where the next begins.
void Chunker::EnterSections(TextBlock* block) {
  for (; next_section_ < sections_.size(); ++next_section_) {
    CodeSection& section = sections_[next_section_];
    if (section.begin8 >= block->end) return;
    if (section.begin8 > block->begin) {
      rest_ = *block;
      rest_.begin = section.begin8;
      block->end = section.begin8;
      return;
    }
    if (!only_headings_) Flush(false);
    path_ = std::move(section.path);
  }
}

void Chunker::AddContent(const TextBlock& block) {
  if (block.kind == BlockKind::kTable && !block.goes_on) columns_ = block.heading;
  if (block.goes_on && !in_table_) {
    Flush(false);
    in_table_ = true;
  }
  if (start_.byte == end_.byte) start_ = end_ = Advance(end_, block.begin, kNoLimit);
  const Cut begin = Advance(end_, block.begin, kNoLimit);
  const Cut done = Advance(begin, block.end, hard_limit_ + uint64_t{1});
  const bool complete = done.byte == block.end;
  const uint32_t units = done.unit - begin.unit;
  const uint32_t limit = StaysWhole(block.kind) ? hard_limit_ : size_;
  const bool fits_alone = complete && units <= limit;
  if (complete && done.unit - start_.unit <= size_) return Append(block, done);

  // A short beginning (a heading, "For example:") stays with what follows it.
  const bool has_news = end_.byte > std::max(start_.byte, emitted_.byte);
  const bool is_short = has_news && (only_headings_ || end_.unit - start_.unit < size_ / 4);
  if (is_short && StaysWhole(block.kind) && complete && done.unit - start_.unit <= hard_limit_) {
    return Append(block, done);
  }
  if (has_news && !is_short) {
    Flush(true);
    if (complete && done.unit - start_.unit <= size_) return Append(block, done);
  }
  if (fits_alone && !is_short) {
    start_ = end_ = begin;  // whole without overlap rather than cut with it
    return Append(block, done);
  }
  splitting_ = true;
  split_ = block;
}

void Chunker::AddHeading(const TextBlock& block) {
  if (!only_headings_) Flush(false);
  if (start_.byte == end_.byte) start_ = end_ = Advance(end_, block.begin, kNoLimit);
  Cut done = Advance(end_, block.end, kNoLimit);
  if (only_headings_ && done.unit - start_.unit > size_) {
    Flush(false);
    start_ = end_ = Advance(end_, block.begin, kNoLimit);
  }
  if (block.level < title_level_ && !block.heading.empty()) {
    title_ = block.heading;
    title_level_ = block.level;
  }
  while (!headings_.empty() && headings_.back().first >= block.level) headings_.pop_back();
  if (headings_.size() < kMaxHeadingDepth) headings_.emplace_back(block.level, block.heading);
  if (done.unit - start_.unit > size_) {
    splitting_ = true;
    split_ = block;
    split_.kind = BlockKind::kProse;
    return;
  }
  end_ = done;
  only_headings_ = true;
  overlap_floor_ = end_;
}

void Chunker::Append(const TextBlock& block, Cut end) {
  if (block.kind == BlockKind::kFence) code_units_ += end.unit - end_.unit;
  end_ = end;
  only_headings_ = false;
  // Half a table or a fence explains nothing, so the next chunk repeats none of it.
  if (StaysWhole(block.kind)) overlap_floor_ = end_;
}

void Chunker::SplitStep() {
  const uint32_t used = end_.unit - start_.unit;
  const uint32_t room = used < size_ ? size_ - used : 0;
  const Cut limit = Advance(end_, split_.end, room);
  if (limit.byte == split_.end) {
    Append(split_, limit);
    splitting_ = false;
    return;
  }
  Append(split_, FindBreak(end_, limit, split_.end, split_.kind));
  Flush(true);
  if (split_.kind == BlockKind::kTable) in_table_ = true;
  if (end_.byte >= split_.end) splitting_ = false;
}

void Chunker::Flush(bool keep_overlap) {
  const size_t fresh = std::max(start_.byte, emitted_.byte);
  const bool has_news = end_.byte > fresh && !IsAllSpace(text_.substr(fresh, end_.byte - fresh));
  Cut next = end_;
  if (has_news) {
    Emit(start_, end_);
    if (keep_overlap) next = OverlapStart(start_, end_);
    emitted_ = end_;
  }
  start_ = next;
  code_units_ = 0;
  only_headings_ = false;
}

void Chunker::Emit(Cut start, Cut end) {
  size_t first = start.byte;
  while (true) {
    const DecodedChar c = DecodeUtf8(text_, first);
    if (!IsUnicodeSpace(c.value)) break;
    first += c.length;
  }
  // Indentation belongs to its line: keep it when the chunk holds the line from its start.
  const size_t newline = text_.substr(start.byte, first - start.byte).rfind('\n');
  if (newline != std::string_view::npos) {
    first = start.byte + newline + 1;
  } else if (start.byte == 0 || text_[start.byte - 1] == '\n') {
    first = start.byte;
  }
  size_t last = end.byte;
  while (last > first) {
    size_t before = last - 1;
    while (before > first && IsUtf8Continuation(text_[before])) --before;
    if (!IsUnicodeSpace(DecodeUtf8(text_, before).value)) break;
    last = before;
  }
  const Cut from = Advance(start, first, kNoLimit);
  const Cut to = Back(end, last);

  ChunkSpan span;
  span.begin8 = from.byte;
  span.end8 = to.byte;
  span.start16 = from.unit;
  span.end16 = to.unit;
  span.heading = Breadcrumb();
  const bool is_code = format_ == ChunkFormat::kCode ||
                       code_units_ * 3 >= static_cast<uint64_t>(to.unit - from.unit);
  span.script = ScriptOf(text_.substr(from.byte, to.byte - from.byte), is_code);
  ready_.push_back(std::move(span));
}

Chunker::Cut Chunker::OverlapStart(Cut start, Cut end) const {
  if (overlap_ == 0) return end;
  Cut low = end;
  const size_t floor = std::max(start.byte, overlap_floor_.byte);
  while (low.byte > floor) {
    size_t before = low.byte - 1;
    while (before > floor && IsUtf8Continuation(text_[before])) --before;
    const uint32_t units = low.byte - before == 4 ? 2 : 1;
    if (end.unit - low.unit + units > overlap_) break;
    low.unit -= units;
    low.byte = before;
  }
  const bool lines_only = format_ == ChunkFormat::kCode || format_ == ChunkFormat::kJson;
  Cut word = end;
  BoundaryScanner scan(text_, low.byte);
  for (Cut at = low; at.byte < end.byte; at = Advance(at, scan.position(), kNoLimit)) {
    const Boundary boundary = scan.Here();
    if (at.byte > start.byte && boundary.line && lines_only) return at;
    if (at.byte > start.byte && !lines_only) {
      if (boundary.sentence) return at;
      if (boundary.word && word.byte == end.byte) word = at;
    }
    scan.Step();
  }
  return word;
}

Chunker::Cut Chunker::Advance(Cut from, size_t byte, uint64_t max_units) const {
  const uint32_t first_unit = from.unit;
  while (from.byte < byte) {
    const uint8_t lead = static_cast<uint8_t>(text_[from.byte]);
    const uint32_t units = lead >= 0xF0 ? 2 : 1;
    if (uint64_t{from.unit} - first_unit + units > max_units) break;
    from.unit += units;
    from.byte += lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  }
  return from;
}

Chunker::Cut Chunker::Back(Cut from, size_t byte) const {
  from.unit -= static_cast<uint32_t>(Utf16Length(text_.substr(byte, from.byte - byte)));
  from.byte = byte;
  return from;
}

Chunker::Cut Chunker::FindBreak(Cut from, Cut limit, size_t block_end, BlockKind kind) const {
  const uint32_t window = limit.unit - from.unit;
  const uint32_t half = from.unit + window / 2;
  const uint32_t quarter = from.unit + window / 4;
  Cut sentence, line, member, word, character;
  Cut at = from;
  BoundaryScanner scan(text_, from.byte);
  while (at.byte < limit.byte) {
    scan.Step();
    at = Advance(at, scan.position(), kNoLimit);
    const Boundary boundary = scan.Here();
    if (boundary.character) character = at;
    if (boundary.word) word = at;
    if (boundary.sentence) sentence = at;
    if (boundary.line) line = at;
    if (boundary.member) member = at;
  }
  if (kind == BlockKind::kProse || kind == BlockKind::kHeading) {
    if (sentence.unit >= half && sentence.byte != 0) return sentence;
  } else if (line.unit >= quarter && line.byte != 0) {
    return line;
  }
  if (kind == BlockKind::kJson && member.unit >= half && member.byte != 0) return member;
  for (const Cut& candidate : {word, sentence, line, character}) {
    if (candidate.byte > from.byte) return candidate;
  }
  // One sequence fills the window: go on to its end, or to the hard limit.
  while (at.byte < block_end && at.unit - from.unit < hard_limit_) {
    scan.Step();
    at = Advance(at, scan.position(), kNoLimit);
    if (scan.Here().character) break;
  }
  return at;
}

std::string Chunker::Breadcrumb() const {
  std::string out;
  const auto add = [&out](std::string_view part) {
    if (!out.empty() && !part.empty()) out += " > ";
    out += part;
  };
  for (const auto& [level, text] : headings_) add(text);
  add(path_);
  if (in_table_) add(columns_);
  return out;
}

Result<std::vector<ChunkSpan>> ChunkDocument(std::string_view text, ChunkFormat format,
                                             const ChunkOptions& options,
                                             std::vector<CodeSection> sections) {
  AV_RETURN_IF_ERROR(ValidateChunkOptions(options));
  std::vector<ChunkSpan> out;
  Chunker chunker(text, format, options, std::move(sections));
  ChunkSpan span;
  while (chunker.Next(&span)) out.push_back(std::move(span));
  return out;
}

}  // namespace archivolt
