// UTF-8 and UTF-16 arithmetic, and the few character classes that the core needs.
//
// Owns validation, decoding, offset conversion, simple case folding and the classes word, space,
// CJK and combining. The classes are ranges chosen for splitting and matching text, not the full
// Unicode tables. Texts are UTF-8. Functions that decode take invalid bytes as U+FFFD of length 1,
// so none of them reads outside its argument or loops for ever; callers that store text check
// IsValidUtf8 first. Never fails and never allocates, except where a std::string is returned.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace archivolt {

inline constexpr char32_t kReplacementCharacter = 0xFFFD;

struct DecodedChar {
  char32_t value;
  uint8_t length;  ///< Bytes taken, 1..4.
};

/// The character at byte `at`. REQUIRES: at < text.size().
DecodedChar DecodeUtf8(std::string_view text, size_t at);

/// The offset of the first byte that breaks UTF-8 (overlong forms, surrogates and values over
/// U+10FFFF included), or npos when all of it is valid.
size_t FindInvalidUtf8(std::string_view text);
inline bool IsValidUtf8(std::string_view text) {
  return FindInvalidUtf8(text) == std::string_view::npos;
}

void AppendUtf8(std::string& out, char32_t character);

inline bool IsUtf8Continuation(char byte) { return (static_cast<uint8_t>(byte) & 0xC0U) == 0x80U; }
/// The largest character start <= at; `at` itself when it is one or is the end.
size_t FloorToCharacter(std::string_view text, size_t at);

/// UTF-16 code units that the text takes, what String.length says in JavaScript.
size_t Utf16Length(std::string_view text);
/// The byte offset of a UTF-16 offset: within a surrogate pair its start, past the end text.size().
size_t Utf8OffsetOf(std::string_view text, size_t utf16_offset);

/// Lower case of one character: ASCII, Latin-1, Latin Extended-A and -B, Greek, Cyrillic, Armenian.
char32_t FoldCase(char32_t character);
std::string FoldCase(std::string_view text);
/// The letter under an accent of Latin-1 and Latin Extended-A, in lower case; other characters
/// folded.
char32_t FoldToBaseLetter(char32_t character);
/// Case and accents folded and combining accents dropped, the way FTS5's unicode61 compares words.
std::string FoldForMatch(std::string_view text);

/// Letters, digits and the marks that belong to them; not '_'.
bool IsWordCharacter(char32_t character);
bool IsUnicodeSpace(char32_t character);
/// Han, Hiragana, Katakana, Bopomofo and Hangul: scripts written without (reliable) spaces.
bool IsCjk(char32_t character);
/// A mark that must not be parted from the character before it: accents, vowel signs, variation
/// selectors, skin tones, zero-width joiner.
bool IsCombining(char32_t character);

}  // namespace archivolt
