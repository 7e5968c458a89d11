#include "text/trigrams.h"

#include <algorithm>
#include <cstddef>

#include "base/utf.h"

namespace archivolt {

std::vector<uint64_t> Trigrams(std::string_view text) {
  constexpr uint64_t kThreeCharacters = (uint64_t{1} << 63) - 1;
  constexpr uint64_t kTwoSpaces = (uint64_t{' '} << 21) | ' ';
  std::vector<uint64_t> out;
  out.reserve(text.size() + 8);
  uint64_t last = kTwoSpaces;
  const auto append = [&](char32_t c) {
    last = ((last << 21) | c) & kThreeCharacters;
    out.push_back(last);
  };
  bool in_word = false;
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    at += c.length;
    const bool word = c.value != kReplacementCharacter && IsWordCharacter(c.value);
    if (word) {
      append(FoldCase(c.value));
    } else if (in_word) {
      append(' ');
      last = kTwoSpaces;
    }
    in_word = word;
  }
  if (in_word) append(' ');
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

double TrigramSimilarity(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t shared = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const uint64_t in_a = a[i];
    const uint64_t in_b = b[j];
    shared += in_a == in_b;
    i += in_a <= in_b;
    j += in_b <= in_a;
  }
  const size_t all = a.size() + b.size() - shared;
  return all == 0 ? 0.0 : static_cast<double>(shared) / static_cast<double>(all);
}

}  // namespace archivolt
