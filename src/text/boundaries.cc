#include "text/boundaries.h"

#include "base/utf.h"

namespace archivolt {
namespace {

bool IsRegionalIndicator(char32_t c) { return c >= 0x1F1E6 && c <= 0x1F1FF; }
bool IsWideTerminator(char32_t c) {
  return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF61 || c == 0xFF0E;
}
bool IsTerminator(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == 0x2026 || c == 0x61F || c == 0x6D4 ||
         c == 0x964 || IsWideTerminator(c);
}
bool IsClosing(char32_t c) {
  return c == ')' || c == ']' || c == '"' || c == '\'' || c == '*' || c == '_' || c == 0xBB ||
         c == 0x2019 || c == 0x201D || c == 0x300D || c == 0x300F || c == 0xFF09 || c == 0x3011 ||
         c == 0x300B || c == 0xFF3D;
}
/// Marks that must not begin a line in CJK text.
bool SticksToPrevious(char32_t c) {
  return IsClosing(c) || IsTerminator(c) || c == 0x3001 || c == 0xFF0C || c == 0xFF1A ||
         c == 0xFF1B || c == 0x30FC || c == ',' || c == ';' || c == ':';
}
bool IsLetter(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= 0xC0 && c < 0x2000);
}
constexpr size_t kLongestAbbreviation = 4;  // bytes

/// Where the character that ends at `at` begins. REQUIRES: at > 0.
size_t CharacterBefore(std::string_view text, size_t at) {
  do --at;
  while (at > 0 && IsUtf8Continuation(text[at]));
  return at;
}

bool IsLowerAscii(char32_t c) { return c >= 'a' && c <= 'z'; }

}  // namespace

BoundaryScanner::BoundaryScanner(std::string_view text, size_t at)
    : text_(text), at_(at), word_(at) {
  if (at == 0) return;
  previous_ = DecodeUtf8(text, CharacterBefore(text, at)).value;
  // A word that is longer than abbreviations are need not be known whole.
  while (word_ > 0 && at - word_ <= kLongestAbbreviation) {
    const size_t before = CharacterBefore(text, word_);
    if (!IsLetter(DecodeUtf8(text, before).value)) break;
    word_ = before;
  }
}

Boundary BoundaryScanner::Here() const {
  Boundary out;
  const char32_t next = at_ < text_.size() ? DecodeUtf8(text_, at_).value : U'\n';
  if (IsCombining(next) || previous_ == 0x200D) return out;
  if (previous_ == '\r' && next == '\n') return out;
  if (odd_flags_ && IsRegionalIndicator(next)) return out;
  out.character = true;
  out.line = previous_ == '\n' || previous_ == 0;
  out.member = previous_ == ',' || previous_ == '}' || previous_ == ']';
  const bool after_space = previous_ == 0 || IsUnicodeSpace(previous_);
  const bool next_is_space = IsUnicodeSpace(next);
  out.word = (after_space && !next_is_space) ||
             ((IsCjk(previous_) || IsCjk(next)) && !SticksToPrevious(next) && !next_is_space);
  out.sentence = sentence_over_ && !next_is_space && !SticksToPrevious(next) &&
                 ((space_since_ && !IsLowerAscii(next)) || IsWideTerminator(previous_) ||
                  (IsClosing(previous_) && !space_since_ && IsCjk(next)));
  if (out.sentence) out.word = true;
  return out;
}

void BoundaryScanner::Step() {
  const DecodedChar c = DecodeUtf8(text_, at_);
  if (IsTerminator(c.value)) {
    sentence_over_ = c.value != '.' || !IsAbbreviation();
    space_since_ = false;
  } else if (sentence_over_ && IsUnicodeSpace(c.value)) {
    space_since_ = true;
  } else if (!(sentence_over_ && IsClosing(c.value) && !space_since_)) {
    sentence_over_ = false;
  }
  odd_flags_ = IsRegionalIndicator(c.value) && !odd_flags_;
  previous_ = c.value;
  at_ += c.length;
  if (!IsLetter(c.value)) word_ = at_;
}

/// Behind "J.", "e.g." and "Dr." the sentence goes on. One that ends so is taken for one with the
/// next, which costs less than a name in two passages.
bool BoundaryScanner::IsAbbreviation() const {
  const std::string_view word = text_.substr(word_, at_ - word_);
  if (word.empty() || word.size() > kLongestAbbreviation) return false;
  const DecodedChar first = DecodeUtf8(word, 0);
  if (first.length == word.size()) {
    return !IsLowerAscii(first.value) || (word_ > 0 && text_[word_ - 1] == '.');
  }
  constexpr std::string_view kKnown =
      " Dr Mr Mrs Ms Prof St Sr Sra Dra Mme Rev Gen Col Capt Lt Fig Figs Vol Eq No Nr cf vs ";
  const size_t found = kKnown.find(word);
  return found != std::string_view::npos && kKnown[found - 1] == ' ' &&
         kKnown[found + word.size()] == ' ';
}

bool IsAllSpace(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (!IsUnicodeSpace(c.value)) return false;
    at += c.length;
  }
  return true;
}

}  // namespace archivolt
