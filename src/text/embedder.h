// StaticEmbedder: turns text into a vector by looking words up in a trained table. No model is run.
//
// Owns the table (assets/embedder/README.md has its format) in a compact form and scratch of two
// numbers a word. Does not own the file it came from. A word that the table lacks is guessed at by
// the n-grams of its characters, where the table has rows for those.
// Invariants: 1. a text's vector has length 1, or is zero when no word is known; 2. the same table
// and text give the same bits on every build, native and WebAssembly alike; 3. no input, neither
// text nor table, makes it read outside its memory. Single-threaded: one caller at a time.
// Errors: CORRUPTION (a damaged table), INVALID_ARGUMENT (no table, or one of an unknown kind).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "text/semb_table.h"

namespace archivolt {

struct StaticEmbedderOptions {
  /// Name under which vectors of this table are known; stored beside every vector.
  std::string model = "archivolt-static-100k-128d-int4";
};

class StaticEmbedder {
 public:
  static constexpr size_t kMaxGuessed = 512;
  /// In bytes. What is longer is a hash or coded data, whose n-grams mean nothing and cost much.
  static constexpr size_t kLongestGuessed = 30;

  /// Checks and takes in a table; `table` may be freed afterwards.
  static Result<StaticEmbedder> Load(BytesView table, StaticEmbedderOptions options = {});

  /// Writes the text's vector into `out` and returns the coverage, 0..1: the share of the text's
  /// words that the table knows, each occurrence weighted by its row's length; an unknown word
  /// weighs `unknown_weight()`, guessed at or not. Wholly unknown text gives 0, and the zero vector
  /// only if nothing could be guessed; so does empty text. Of a text's unknown words the first
  /// kMaxGuessed different ones of up to kLongestGuessed bytes are guessed at. Invalid UTF-8
  /// separates words like a space. REQUIRES: out.size() == dimensions().
  float Embed(std::string_view text, std::span<float> out);

  size_t dimensions() const { return table_.dimensions(); }
  size_t words() const { return table_.words(); }
  const std::string& model() const { return options_.model; }
  /// 16 hexadecimal digits over the whole table: two tables with one fingerprint give the same
  /// vectors.
  const std::string& fingerprint() const { return fingerprint_; }
  /// Weight of a word that the table lacks: the mean length of its rows.
  float unknown_weight() const { return table_.mean_row_length(); }
  /// Heap memory held, in bytes.
  size_t bytes() const;

 private:
  /// An unknown word of the text and how often it has occurred so far.
  struct Guess {
    uint64_t hash = 0;
    uint32_t count = 0;
  };

  StaticEmbedder(SembTable table, StaticEmbedderOptions options, std::string fingerprint);
  void AddGuess(std::string_view word, std::span<float> out);

  SembTable table_;
  StaticEmbedderOptions options_;
  std::string fingerprint_;
  std::vector<uint32_t> counts_;   // by row; all zero between calls
  std::vector<uint32_t> touched_;  // rows with a count, in order of first occurrence
  std::vector<Guess> guesses_;     // open addressing, at most half used; count 0: free
  size_t guessed_ = 0;             // places of it in use; 0 between calls
};

}  // namespace archivolt
