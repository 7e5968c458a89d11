// SembTable: the word table of the built-in embedder, read from a SEMB file and kept compact.
//
// Owns words, row scales and quantised rows. Layout of the file, little-endian: "SEMB", u32 words,
// u32 dimensions, u32 bits (4 or 8), u32 vocabulary bytes; the words in ascending byte order,
// front-coded (u8 bytes shared with the word before, u8 further bytes, the bytes); a float16 scale
// a word; rows of `dimensions` values: 4-bit ones low nibble first and worth nibble - 7.5, 8-bit
// ones signed, both times the word's scale. Then, if the table has any, the rows of the n-grams of
// words that it lacks: "GRAM", u32 buckets (a power of two), scales and rows as before.
// Invariants after Read: every word is non-empty and unique, every scale finite and not negative.
// Errors: INVALID_ARGUMENT (no SEMB file, or sizes out of range), CORRUPTION (all else).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

class SembTable {
 public:
  static constexpr size_t kHeaderBytes = 20;
  static constexpr uint32_t kMaxWords = 4'000'000;
  static constexpr uint32_t kMaxDimensions = 4096;
  static constexpr uint32_t kMaxBuckets = 1U << 20;
  static constexpr uint32_t kNoRow = 0xFFFFFFFF;

  static Result<SembTable> Read(BytesView file);

  /// What words are told apart by here; not for keeping.
  static uint64_t HashOf(std::string_view word);
  /// The word's row, or kNoRow.
  uint32_t Find(std::string_view word) const;

  /// out[j] += weight * scale(row) * value(row, j). The factor is rounded to 16 significant bits,
  /// which makes every product exact: fused or not, vectorised or not, the sum has the same bits.
  /// REQUIRES: out.size() == dimensions().
  void Accumulate(uint32_t row, float weight, std::span<float> out) const {
    AddRow(rows_, row, weight, out);
  }
  /// The same with the mean of the rows of a word's n-grams (text/word_grams.h), for a word without
  /// a row. REQUIRES: buckets() > 0.
  void AccumulateGrams(std::string_view word, float weight, std::span<float> out) const;

  size_t dimensions() const { return dimensions_; }
  size_t words() const { return rows_.scales.size(); }
  /// Of n-grams; 0 for a table without any.
  uint32_t buckets() const { return static_cast<uint32_t>(grams_.scales.size()); }
  int bits() const { return bits_; }
  /// Euclidean length of a row.
  float row_length(uint32_t row) const { return lengths_[row]; }
  /// Mean of all row lengths.
  float mean_row_length() const { return mean_length_; }
  /// Heap memory held, in bytes.
  size_t bytes() const;

 private:
  /// Quantised rows, as in the file.
  struct Rows {
    std::vector<float> scales;
    std::vector<uint8_t> bytes;
  };

  SembTable() = default;

  Status ReadRows(const uint8_t* from, size_t count, Rows* out) const;
  void AddRow(const Rows& rows, uint32_t row, float weight, std::span<float> out) const;
  Status ReadWords(BytesView vocabulary, uint32_t words);
  Status InsertWord(uint32_t row);
  void MeasureRows();
  std::string_view WordAt(uint32_t row) const;

  size_t dimensions_ = 0;
  int bits_ = 0;
  size_t row_bytes_ = 0;
  float mean_length_ = 0;
  std::vector<char> word_bytes_;     // all words, one after the other
  std::vector<uint32_t> word_ends_;  // by row: where its word ends in word_bytes_
  std::vector<uint32_t> slots_;      // open addressing: a row or kNoRow; a power of two
  std::vector<float> lengths_;       // by row
  Rows rows_;                        // of words
  Rows grams_;                       // of buckets of n-grams
};

}  // namespace archivolt
