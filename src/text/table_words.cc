#include "text/table_words.h"

#include <cstdint>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr char32_t kRightSingleQuote = 0x2019;

bool IsLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAscii(char c) { return static_cast<uint8_t>(c) < 0x80; }

}  // namespace

void TableWords::Append(char byte) {
  if (length_ < kMaxBytes) word_[length_++] = byte;
}

void TableWords::AppendCharacter(char32_t c) {
  if (c < 0x80) {
    Append(static_cast<char>(c));
  } else if (c < 0x800) {
    Append(static_cast<char>(0xC0 | (c >> 6)));
    Append(static_cast<char>(0x80 | (c & 0x3F)));
  } else if (c < 0x10000) {
    Append(static_cast<char>(0xE0 | (c >> 12)));
    Append(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    Append(static_cast<char>(0x80 | (c & 0x3F)));
  } else {
    Append(static_cast<char>(0xF0 | (c >> 18)));
    Append(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
    Append(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
    Append(static_cast<char>(0x80 | (c & 0x3F)));
  }
}

bool TableWords::ApostropheJoins(size_t after) const {
  return length_ > 0 && after < text_.size() && (IsLower(text_[after]) || IsUpper(text_[after]));
}

std::string_view TableWords::Finish() {
  size_t length = length_;
  if (length > 2 && word_[length - 1] == 's' && word_[length - 2] == '\'') length -= 2;
  length_ = 0;
  return {word_, length};
}

std::string_view TableWords::Next() {
  bool small_before =
      false;  // the character before is a small ASCII letter or a digit of this word
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (IsLower(c) || IsDigit(c)) {
      Append(c);
      small_before = true;
      ++at_;
      continue;
    }
    if (IsUpper(c)) {
      if (small_before) return Finish();
      Append(static_cast<char>(c + ('a' - 'A')));
      ++at_;
      continue;
    }
    if (IsAscii(c)) {
      ++at_;
      if (c == '\'' && ApostropheJoins(at_)) {
        Append('\'');
      } else if (length_ > 0) {
        return Finish();
      }
      small_before = false;
      continue;
    }
    const DecodedChar decoded = DecodeUtf8(text_, at_);
    if (IsCjk(decoded.value)) {
      if (length_ > 0) return Finish();
      at_ += decoded.length;
      AppendCharacter(decoded.value);
      return Finish();
    }
    at_ += decoded.length;
    small_before = false;
    if (decoded.value == kRightSingleQuote && ApostropheJoins(at_)) {
      Append('\'');
    } else if (IsWordCharacter(decoded.value)) {
      AppendCharacter(FoldCase(decoded.value));
    } else if (length_ > 0) {
      return Finish();
    }
  }
  return Finish();
}

}  // namespace archivolt
