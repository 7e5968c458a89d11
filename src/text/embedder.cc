#include "text/embedder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <utility>

#include "text/table_words.h"

namespace archivolt {
namespace {

/// A 64-bit hash of the whole table, as 16 hexadecimal digits. It tells tables apart; it is no
/// proof against forgery.
std::string FingerprintOf(BytesView bytes) {
  uint64_t hash = 0x9E3779B97F4A7C15U ^ bytes.size();
  for (size_t at = 0; at < bytes.size(); at += 8) {
    uint64_t word = 0;
    for (size_t i = 0; i < 8 && at + i < bytes.size(); ++i) {
      word |= static_cast<uint64_t>(bytes[at + i]) << (8 * i);
    }
    hash = std::rotl((hash ^ word) * 0xBF58476D1CE4E5B9U, 29);
  }
  hash = (hash ^ (hash >> 31)) * 0x94D049BB133111EBU;
  hash ^= hash >> 32;
  std::string digits(16, '0');
  for (size_t i = 0; i < digits.size(); ++i) {
    digits[i] = "0123456789abcdef"[(hash >> (60 - 4 * i)) & 15U];
  }
  return digits;
}

/// Scales to length 1. In double and in order, so that every build rounds alike.
void Normalize(std::span<float> v) {
  double sum = 0;
  for (const float x : v) sum += static_cast<double>(x) * static_cast<double>(x);
  if (sum <= 0) return;
  const double length = std::sqrt(sum);
  for (float& x : v) x = static_cast<float>(static_cast<double>(x) / length);
}

}  // namespace

StaticEmbedder::StaticEmbedder(SembTable table, StaticEmbedderOptions options,
                               std::string fingerprint)
    : table_(std::move(table)),
      options_(std::move(options)),
      fingerprint_(std::move(fingerprint)),
      counts_(table_.words()) {
  // A text cannot touch more rows than there are: with this, Embed never allocates.
  touched_.reserve(table_.words());
  if (table_.buckets() > 0) guesses_.resize(2 * kMaxGuessed);
}

Result<StaticEmbedder> StaticEmbedder::Load(BytesView table, StaticEmbedderOptions options) {
  AV_ASSIGN_OR_RETURN(SembTable read, SembTable::Read(table));
  try {
    return StaticEmbedder(std::move(read), std::move(options), FingerprintOf(table));
  } catch (const std::bad_alloc&) {
    return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the embedder");
  }
}

float StaticEmbedder::Embed(std::string_view text, std::span<float> out) {
  std::fill(out.begin(), out.end(), 0.0F);
  double known = 0;
  uint64_t unknown = 0;
  TableWords words(text);
  for (std::string_view word = words.Next(); !word.empty(); word = words.Next()) {
    const uint32_t row = table_.Find(word);
    if (row == SembTable::kNoRow) {
      ++unknown;
      if (!guesses_.empty() && word.size() <= kLongestGuessed) AddGuess(word, out);
      continue;
    }
    known += static_cast<double>(table_.row_length(row));
    if (counts_[row]++ == 0) touched_.push_back(row);
  }
  for (const uint32_t row : touched_) {
    table_.Accumulate(row, std::sqrt(static_cast<float>(counts_[row])), out);
    counts_[row] = 0;
  }
  touched_.clear();
  if (guessed_ > 0) std::fill(guesses_.begin(), guesses_.end(), Guess{});
  guessed_ = 0;
  Normalize(out);
  const double all = known + static_cast<double>(unknown) * static_cast<double>(unknown_weight());
  return all > 0 ? static_cast<float>(known / all) : 0.0F;
}

void StaticEmbedder::AddGuess(std::string_view word, std::span<float> out) {
  const uint64_t hash = SembTable::HashOf(word);
  const size_t mask = guesses_.size() - 1;
  size_t place = static_cast<size_t>(hash) & mask;
  while (guesses_[place].count > 0 && guesses_[place].hash != hash) place = (place + 1) & mask;
  Guess& guess = guesses_[place];
  if (guess.count == 0) {
    if (guessed_ == kMaxGuessed) return;
    ++guessed_;
  }
  guess.hash = hash;
  // As for known words, `count` of them weigh its square root in all.
  const auto before = std::sqrt(static_cast<float>(guess.count++));
  const auto now = std::sqrt(static_cast<float>(guess.count));
  table_.AccumulateGrams(word, now - before, out);
}

size_t StaticEmbedder::bytes() const {
  return table_.bytes() + sizeof(Guess) * guesses_.capacity() +
         sizeof(uint32_t) * (counts_.capacity() + touched_.capacity());
}

}  // namespace archivolt
