// BoundaryScanner: walks a text character by character and says what kind of place lies between
// two.
//
// Owns the rules of where a reader would accept a cut: sentence, line, JSON member, word,
// character. They are simplified from UAX #29 to what cutting passages needs: good in European
// scripts and CJK, safe everywhere. Knows no sizes. Each step is O(1).
#pragma once

#include <cstddef>
#include <string_view>

namespace archivolt {

/// What a position is the start of. All false inside a combining sequence, a CRLF or a flag.
struct Boundary {
  bool character = false;
  bool word = false;
  bool line = false;
  bool member = false;  ///< After ',' '}' or ']': between members of minified JSON.
  bool sentence = false;
};

class BoundaryScanner {
 public:
  /// Starts at byte `at`, a character start. What lies before it is looked at for a few characters
  /// only.
  BoundaryScanner(std::string_view text, size_t at);

  /// The place before the character at position().
  Boundary Here() const;
  /// Moves over one character. REQUIRES: position() < text.size().
  void Step();
  size_t position() const { return at_; }

 private:
  bool IsAbbreviation() const;

  std::string_view text_;
  size_t at_;
  char32_t previous_ = 0;       // 0 before the first character
  size_t word_ = 0;             // where the letters before at_ begin, or a few before it
  bool sentence_over_ = false;  // a terminator came, then only closing marks and spaces
  bool space_since_ = false;    // at least one space since that terminator
  bool odd_flags_ = false;      // an odd number of regional indicators precedes
};

bool IsAllSpace(std::string_view text);

}  // namespace archivolt
