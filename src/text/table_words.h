// TableWords: cuts a text into the words that the embedder's table was trained on.
//
// Owns one word at a time, in a buffer of fixed size. Words are runs of letters and digits, in
// lower case. A change from a small letter or digit to an ASCII capital starts a new one
// (camelCase), and so does all else, '_' included. An apostrophe, straight or typographic, stays
// between letters; a final 's is dropped. Characters of scripts without spaces are a word each.
// Only the first 250 bytes of a word count. Invalid UTF-8 separates words. Never fails, never
// allocates.
#pragma once

#include <cstddef>
#include <string_view>

namespace archivolt {

class TableWords {
 public:
  /// REQUIRES: the text outlives this.
  explicit TableWords(std::string_view text) : text_(text) {}

  /// The next word, valid until the next call; empty at the end of the text.
  std::string_view Next();

 private:
  static constexpr size_t kMaxBytes = 250;

  void Append(char byte);
  void AppendCharacter(char32_t character);
  bool ApostropheJoins(size_t after) const;
  std::string_view Finish();

  std::string_view text_;
  size_t at_ = 0;
  size_t length_ = 0;
  char word_[kMaxBytes];
};

}  // namespace archivolt
