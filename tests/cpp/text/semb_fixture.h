// Writes small SEMB tables for the tests, well-formed unless a test bends them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/value.h"

namespace archivolt {

struct SembWord {
  std::string word;
  uint16_t half_scale;       // float16 bits; 0x3C00 is 1, 0x3800 is 0.5
  std::vector<uint8_t> row;  // as in the file
};

inline void AppendU32(Bytes& out, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out.push_back(static_cast<uint8_t>(value >> shift));
}

/// A row without a word, as the n-grams' buckets have them.
struct SembRow {
  uint16_t half_scale;
  std::vector<uint8_t> row;
};

/// REQUIRES: words in ascending order, rows of equal length.
inline Bytes MakeSemb(const std::vector<SembWord>& words, uint32_t dimensions, uint32_t bits) {
  Bytes vocabulary;
  std::string before;
  for (const SembWord& entry : words) {
    size_t shared = 0;
    while (shared < before.size() && shared < entry.word.size() &&
           before[shared] == entry.word[shared]) {
      ++shared;
    }
    vocabulary.push_back(static_cast<uint8_t>(shared));
    vocabulary.push_back(static_cast<uint8_t>(entry.word.size() - shared));
    vocabulary.insert(vocabulary.end(), entry.word.begin() + static_cast<std::ptrdiff_t>(shared),
                      entry.word.end());
    before = entry.word;
  }
  Bytes out = {'S', 'E', 'M', 'B'};
  AppendU32(out, static_cast<uint32_t>(words.size()));
  AppendU32(out, dimensions);
  AppendU32(out, bits);
  AppendU32(out, static_cast<uint32_t>(vocabulary.size()));
  out.insert(out.end(), vocabulary.begin(), vocabulary.end());
  for (const SembWord& entry : words) {
    out.push_back(static_cast<uint8_t>(entry.half_scale));
    out.push_back(static_cast<uint8_t>(entry.half_scale >> 8));
  }
  for (const SembWord& entry : words) out.insert(out.end(), entry.row.begin(), entry.row.end());
  return out;
}

/// Adds the rows of the n-grams' buckets to a table.
inline Bytes WithGrams(Bytes table, const std::vector<SembRow>& buckets) {
  for (const char c : {'G', 'R', 'A', 'M'}) table.push_back(static_cast<uint8_t>(c));
  AppendU32(table, static_cast<uint32_t>(buckets.size()));
  for (const SembRow& bucket : buckets) {
    table.push_back(static_cast<uint8_t>(bucket.half_scale));
    table.push_back(static_cast<uint8_t>(bucket.half_scale >> 8));
  }
  for (const SembRow& bucket : buckets) {
    table.insert(table.end(), bucket.row.begin(), bucket.row.end());
  }
  return table;
}

/// Three words of four dimensions at 4 bits: "cat" and "cats" close, "tree" elsewhere.
inline std::vector<SembWord> SmallWords() {
  return {{"cat", 0x3C00, {0x8F, 0x78}},    // 7.5 0.5 | 0.5 -0.5
          {"cats", 0x3800, {0x9F, 0x87}},   // (7.5 1.5 | -0.5 0.5) / 2
          {"tree", 0x4000, {0x70, 0xF8}}};  // (-7.5 -0.5 | 0.5 7.5) * 2
}

}  // namespace archivolt
