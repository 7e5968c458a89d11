#include "base/utf.h"

#include <algorithm>
#include <iterator>

namespace archivolt {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

template <size_t N>
bool InRanges(const Range (&ranges)[N], char32_t c) {
  const Range* after =
      std::upper_bound(std::begin(ranges), std::end(ranges), c,
                       [](char32_t value, const Range& r) { return value < r.first; });
  return after != std::begin(ranges) && c <= std::prev(after)->last;
}

// Spaces, punctuation and symbols above ASCII; what is left there counts as part of a word.
constexpr Range kNotWord[] = {
    {0x80, 0xA9},       {0xAB, 0xB4},       {0xB6, 0xB9},       {0xBB, 0xBF},     {0xD7, 0xD7},
    {0xF7, 0xF7},       {0x2C2, 0x2C5},     {0x37E, 0x37E},     {0x387, 0x387},   {0x55A, 0x55F},
    {0x589, 0x58A},     {0x5BE, 0x5BE},     {0x5C0, 0x5C0},     {0x5C3, 0x5C3},   {0x5F3, 0x5F4},
    {0x600, 0x60F},     {0x61B, 0x61F},     {0x66A, 0x66D},     {0x6D4, 0x6D4},   {0x964, 0x965},
    {0xE3F, 0xE3F},     {0xE4F, 0xE4F},     {0xE5A, 0xE5B},     {0x1680, 0x1680}, {0x2000, 0x206F},
    {0x207A, 0x207E},   {0x208A, 0x208E},   {0x20A0, 0x20CF},   {0x2190, 0x2BFF}, {0x2E00, 0x2E7F},
    {0x3000, 0x3004},   {0x3008, 0x3020},   {0x3030, 0x3030},   {0x303D, 0x303D}, {0x30FB, 0x30FB},
    {0xD800, 0xF8FF},   {0xFD3E, 0xFD3F},   {0xFE10, 0xFE1F},   {0xFE30, 0xFE6F}, {0xFEFF, 0xFEFF},
    {0xFF01, 0xFF0F},   {0xFF1A, 0xFF20},   {0xFF3B, 0xFF40},   {0xFF5B, 0xFF65}, {0xFFE0, 0xFFFF},
    {0x1F000, 0x1FAFF}, {0xE0000, 0xE007F}, {0xF0000, 0x10FFFF}};

constexpr Range kCjk[] = {
    {0x1100, 0x11FF}, {0x2E80, 0x2FDF}, {0x3005, 0x3007}, {0x3021, 0x302F},   {0x3031, 0x3035},
    {0x3038, 0x303C}, {0x3041, 0x3096}, {0x3099, 0x309F}, {0x30A1, 0x30FA},   {0x30FC, 0x312F},
    {0x3131, 0x318E}, {0x31A0, 0x31FF}, {0x3400, 0x4DBF}, {0x4E00, 0x9FFF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7FF}, {0xF900, 0xFAFF}, {0xFF66, 0xFFDC}, {0x1B000, 0x1B16F}, {0x20000, 0x323AF}};

constexpr Range kCombining[] = {
    {0x300, 0x36F},     {0x483, 0x489},    {0x591, 0x5BD},   {0x5BF, 0x5BF},   {0x5C1, 0x5C2},
    {0x5C4, 0x5C5},     {0x5C7, 0x5C7},    {0x610, 0x61A},   {0x64B, 0x65F},   {0x670, 0x670},
    {0x6D6, 0x6DC},     {0x6DF, 0x6E4},    {0x6E7, 0x6E8},   {0x6EA, 0x6ED},   {0x711, 0x711},
    {0x730, 0x74A},     {0x7A6, 0x7B0},    {0x816, 0x82D},   {0x8D3, 0x903},   {0x93A, 0x93C},
    {0x93E, 0x94F},     {0x951, 0x957},    {0x962, 0x963},   {0x981, 0x983},   {0x9BC, 0x9BC},
    {0x9BE, 0x9CD},     {0xA01, 0xA03},    {0xA3C, 0xA51},   {0xA81, 0xA83},   {0xABC, 0xABC},
    {0xABE, 0xACD},     {0xB01, 0xB03},    {0xB3C, 0xB3C},   {0xB3E, 0xB57},   {0xB82, 0xB82},
    {0xBBE, 0xBCD},     {0xC00, 0xC04},    {0xC3E, 0xC56},   {0xC81, 0xC83},   {0xCBE, 0xCD6},
    {0xD00, 0xD03},     {0xD3E, 0xD4D},    {0xE31, 0xE31},   {0xE34, 0xE3A},   {0xE47, 0xE4E},
    {0xEB1, 0xEB1},     {0xEB4, 0xEBC},    {0xEC8, 0xECD},   {0xF18, 0xF19},   {0xF35, 0xF39},
    {0xF71, 0xF84},     {0x102B, 0x103E},  {0x1160, 0x11FF}, {0x135D, 0x135F}, {0x17B4, 0x17D3},
    {0x180B, 0x180D},   {0x1AB0, 0x1AFF},  {0x1B00, 0x1B04}, {0x1B34, 0x1B44}, {0x1DC0, 0x1DFF},
    {0x200D, 0x200D},   {0x20D0, 0x20FF},  {0x302A, 0x302F}, {0x3099, 0x309A}, {0xA66F, 0xA672},
    {0xA8E0, 0xA8F1},   {0xFE00, 0xFE0F},  {0xFE20, 0xFE2F}, {0xFF9E, 0xFF9F}, {0x1F3FB, 0x1F3FF},
    {0xE0020, 0xE007F}, {0xE0100, 0xE01EF}};

// Base letters of U+00C0..U+017F; '.' keeps the (case-folded) character.
constexpr std::string_view kBaseLetters =
    "aaaaaa.ceeeeiiii.nooooo.ouuuuy..aaaaaa.ceeeeiiii.nooooo.ouuuuy.y"
    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiii..jjkk.lllllll"
    "lllnnnnnn...oooooo..rrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";
static_assert(kBaseLetters.size() == 0x180 - 0xC0);

}  // namespace

DecodedChar DecodeUtf8(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[at + i]); };
  const auto tail = [&](size_t i) { return static_cast<char32_t>(byte(i) & 0x3FU); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t left = text.size() - at;
  const auto continues = [&](size_t i) { return i < left && (byte(i) & 0xC0U) == 0x80U; };
  if (lead >= 0xC2 && lead <= 0xDF && continues(1)) {
    return {(static_cast<char32_t>(lead & 0x1FU) << 6) | tail(1), 2};
  }
  if ((lead & 0xF0U) == 0xE0U && continues(1) && continues(2)) {
    const char32_t c = (static_cast<char32_t>(lead & 0x0FU) << 12) | (tail(1) << 6) | tail(2);
    if (c >= 0x800 && (c < 0xD800 || c > 0xDFFF)) return {c, 3};
  }
  if (lead >= 0xF0 && lead <= 0xF4 && continues(1) && continues(2) && continues(3)) {
    const char32_t c =
        (static_cast<char32_t>(lead & 0x07U) << 18) | (tail(1) << 12) | (tail(2) << 6) | tail(3);
    if (c >= 0x10000 && c <= 0x10FFFF) return {c, 4};
  }
  return {kReplacementCharacter, 1};
}

size_t FindInvalidUtf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    if (static_cast<uint8_t>(text[at]) < 0x80) {
      ++at;
      continue;
    }
    // A real U+FFFD takes three bytes, so length 1 beyond ASCII can only mean an invalid byte.
    const DecodedChar c = DecodeUtf8(text, at);
    if (c.length == 1) return at;
    at += c.length;
  }
  return std::string_view::npos;
}

void AppendUtf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out.push_back(static_cast<char>(c));
  } else if (c < 0x800) {
    out.push_back(static_cast<char>(0xC0U | (c >> 6)));
    out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
  } else if (c < 0x10000) {
    out.push_back(static_cast<char>(0xE0U | (c >> 12)));
    out.push_back(static_cast<char>(0x80U | ((c >> 6) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
  } else {
    out.push_back(static_cast<char>(0xF0U | (c >> 18)));
    out.push_back(static_cast<char>(0x80U | ((c >> 12) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | ((c >> 6) & 0x3FU)));
    out.push_back(static_cast<char>(0x80U | (c & 0x3FU)));
  }
}

size_t FloorToCharacter(std::string_view text, size_t at) {
  if (at >= text.size()) return text.size();
  while (at > 0 && IsUtf8Continuation(text[at])) --at;
  return at;
}

size_t Utf16Length(std::string_view text) {
  size_t units = 0;
  // One unit per character start, a second one for the four-byte forms.
  for (const char byte : text) {
    units += static_cast<size_t>(!IsUtf8Continuation(byte)) +
             static_cast<size_t>(static_cast<uint8_t>(byte) >= 0xF0U);
  }
  return units;
}

size_t Utf8OffsetOf(std::string_view text, size_t utf16_offset) {
  size_t at = 0;
  size_t units = 0;
  while (at < text.size()) {
    const DecodedChar c = DecodeUtf8(text, at);
    const size_t next = units + (c.length == 4 ? 2 : 1);
    if (next > utf16_offset) break;
    units = next;
    at += c.length;
  }
  return at;
}

char32_t FoldCase(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if (c < 0xC0) return c == 0xB5 ? 0x3BC : c;
  if (c <= 0xDE) return c == 0xD7 ? c : c + 32;
  if (c < 0x100) return c;
  if (c < 0x180) {
    if (c == 0x130) return 'i';
    if (c == 0x178) return 0xFF;
    if (c == 0x17F) return 's';
    // Pairs start at even code points, except in two stretches.
    const bool odd_pairs = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17E);
    if (c == 0x131 || c == 0x138 || c == 0x149) return c;
    return ((c & 1U) == (odd_pairs ? 1U : 0U)) ? c + 1 : c;
  }
  if ((c >= 0x1CD && c <= 0x1DC)) return (c & 1U) == 1U ? c + 1 : c;
  if ((c >= 0x1DE && c <= 0x1EF) || (c >= 0x1F8 && c <= 0x21F) || (c >= 0x222 && c <= 0x233)) {
    return (c & 1U) == 0U ? c + 1 : c;
  }
  if (c >= 0x391 && c <= 0x3AB) return c == 0x3A2 ? c : c + 32;
  if (c == 0x386) return 0x3AC;
  if (c >= 0x388 && c <= 0x38A) return c + 37;
  if (c == 0x38C) return 0x3CC;
  if (c == 0x38E || c == 0x38F) return c + 63;
  if (c == 0x3C2) return 0x3C3;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  if (c >= 0x410 && c <= 0x42F) return c + 32;
  if ((c >= 0x460 && c <= 0x481) || (c >= 0x48A && c <= 0x4BF) || (c >= 0x4D0 && c <= 0x52F)) {
    return (c & 1U) == 0U ? c + 1 : c;
  }
  if (c >= 0x531 && c <= 0x556) return c + 48;
  if ((c >= 0x1E00 && c <= 0x1E95) || (c >= 0x1EA0 && c <= 0x1EFF))
    return (c & 1U) == 0U ? c + 1 : c;
  if (c >= 0xFF21 && c <= 0xFF3A) return c + 32;
  return c;
}

std::string FoldCase(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    AppendUtf8(out, FoldCase(c.value));
    at += c.length;
  }
  return out;
}

char32_t FoldToBaseLetter(char32_t c) {
  if (c >= 0xC0 && c < 0x180) {
    const char base = kBaseLetters[c - 0xC0];
    if (base != '.') return static_cast<char32_t>(base);
  }
  return FoldCase(c);
}

std::string FoldForMatch(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (c.value < 0x300 || c.value > 0x36F) AppendUtf8(out, FoldToBaseLetter(c.value));
    at += c.length;
  }
  return out;
}

bool IsWordCharacter(char32_t c) {
  if (c < 0x80) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  }
  return !InRanges(kNotWord, c);
}

bool IsUnicodeSpace(char32_t c) {
  return c == ' ' || (c >= 0x09 && c <= 0x0D) || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

bool IsCjk(char32_t c) { return c >= 0x1100 && InRanges(kCjk, c); }

bool IsCombining(char32_t c) { return c >= 0x300 && InRanges(kCombining, c); }

}  // namespace archivolt
