#include "text/semb_table.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "text/row_sum.h"
#include "text/word_grams.h"

namespace archivolt {
namespace {

constexpr size_t kGramHeaderBytes = 8;
constexpr size_t kMaxWordBytes = 255;             // of one word
constexpr size_t kMaxVocabularyBytes = 64 << 20;  // of all words, decoded
// Slots are at most half used, so that a good hash never comes near this; a table that does was
// made to.
constexpr size_t kMaxProbes = 512;
// A slot keeps ten more bits of the hash above the row, so that a miss seldom has to look at a
// word.
constexpr int kRowBits = 22;
constexpr uint32_t kRowMask = (1U << kRowBits) - 1;
static_assert(SembTable::kMaxWords < kRowMask);

Status Damaged(const char* what) {
  return Status(ErrorCode::CORRUPTION, std::string("the embedder's table is damaged: ") + what);
}

Status NotATable(const char* what) {
  return Status::InvalidArgument(std::string("this is not an embedder's table: ") + what);
}

uint32_t ReadU32(const uint8_t* p) {
  return static_cast<uint32_t>(p[0]) | static_cast<uint32_t>(p[1]) << 8 |
         static_cast<uint32_t>(p[2]) << 16 | static_cast<uint32_t>(p[3]) << 24;
}

/// The value of a float16; infinities and NaN become infinity.
float HalfToFloat(uint32_t half) {
  const float sign = (half & 0x8000U) != 0 ? -1.0F : 1.0F;
  const uint32_t exponent = (half >> 10) & 31U;
  const auto fraction = static_cast<float>(half & 1023U);
  if (exponent == 31) return sign * INFINITY;
  if (exponent == 0) return sign * fraction * 0x1p-24F;
  return sign * std::ldexp(1024.0F + fraction, static_cast<int>(exponent) - 25);
}

uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 54) << kRowBits; }

}  // namespace

Result<SembTable> SembTable::Read(BytesView file) {
  if (file.size() < kHeaderBytes || std::memcmp(file.data(), "SEMB", 4) != 0) {
    return NotATable("it does not begin with a SEMB header");
  }
  const uint32_t words = ReadU32(file.data() + 4);
  const uint32_t dimensions = ReadU32(file.data() + 8);
  const uint32_t bits = ReadU32(file.data() + 12);
  const uint32_t vocabulary = ReadU32(file.data() + 16);
  if (bits != 4 && bits != 8) return NotATable("rows of this many bits are unknown");
  if (words == 0 || words > kMaxWords) return NotATable("its number of words is out of range");
  if (dimensions == 0 || dimensions > kMaxDimensions || (bits == 4 && dimensions % 2 != 0)) {
    return NotATable("its number of dimensions is out of range");
  }
  const uint64_t row_bytes = static_cast<uint64_t>(dimensions) * bits / 8;
  const uint64_t row_and_scale = 2 + row_bytes;
  const uint64_t of_words =
      kHeaderBytes + static_cast<uint64_t>(vocabulary) + words * row_and_scale;
  if (file.size() < of_words) return Damaged("its length is not what its header says");
  const BytesView rest = file.subspan(static_cast<size_t>(of_words));
  uint32_t buckets = 0;
  if (!rest.empty()) {
    if (rest.size() < kGramHeaderBytes || std::memcmp(rest.data(), "GRAM", 4) != 0) {
      return Damaged("its length is not what its header says");
    }
    buckets = ReadU32(rest.data() + 4);
    if (buckets > kMaxBuckets || !std::has_single_bit(buckets) ||
        rest.size() != kGramHeaderBytes + buckets * row_and_scale) {
      return Damaged("its n-grams are not what their header says");
    }
  }
  try {
    SembTable table;
    table.dimensions_ = dimensions;
    table.bits_ = static_cast<int>(bits);
    table.row_bytes_ = static_cast<size_t>(row_bytes);
    AV_RETURN_IF_ERROR(table.ReadWords(file.subspan(kHeaderBytes, vocabulary), words));
    AV_RETURN_IF_ERROR(
        table.ReadRows(file.data() + kHeaderBytes + vocabulary, words, &table.rows_));
    if (buckets > 0) {
      AV_RETURN_IF_ERROR(table.ReadRows(rest.data() + kGramHeaderBytes, buckets, &table.grams_));
    }
    table.MeasureRows();
    return table;
  } catch (const std::bad_alloc&) {
    return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the embedder's table");
  }
}

Status SembTable::ReadRows(const uint8_t* from, size_t count, Rows* out) const {
  out->scales.resize(count);
  for (float& value : out->scales) {
    value = HalfToFloat(static_cast<uint32_t>(from[0]) | static_cast<uint32_t>(from[1]) << 8);
    if (!std::isfinite(value) || value < 0) return Damaged("a row's scale is not a number");
    from += 2;
  }
  out->bytes.assign(from, from + count * row_bytes_);
  return Status::Ok();
}

Status SembTable::ReadWords(BytesView vocabulary, uint32_t words) {
  word_ends_.reserve(words);
  slots_.assign(std::bit_ceil(static_cast<size_t>(words) * 2), kNoRow);
  char word[kMaxWordBytes];
  size_t length = 0;
  size_t at = 0;
  for (uint32_t row = 0; row < words; ++row) {
    if (vocabulary.size() - at < 2) return Damaged("its words end early");
    const size_t shared = vocabulary[at];
    const size_t rest = vocabulary[at + 1];
    at += 2;
    if (shared > length) return Damaged("a word shares more than the word before it has");
    if (rest > vocabulary.size() - at) return Damaged("its words end early");
    if (shared + rest > kMaxWordBytes) return Damaged("a word is too long");
    const uint8_t* const bytes = vocabulary.data() + at;
    // Ascending order makes every word unique: longer by something, or greater at the first byte
    // that differs.
    if (rest == 0 || (shared < length && bytes[0] <= static_cast<uint8_t>(word[shared]))) {
      return Damaged("its words are not in order");
    }
    std::memcpy(word + shared, bytes, rest);
    length = shared + rest;
    at += rest;
    if (word_bytes_.size() + length > kMaxVocabularyBytes)
      return Damaged("its words take too much");
    word_bytes_.insert(word_bytes_.end(), word, word + length);
    word_ends_.push_back(static_cast<uint32_t>(word_bytes_.size()));
    AV_RETURN_IF_ERROR(InsertWord(row));
  }
  if (at != vocabulary.size()) return Damaged("bytes are left over after its words");
  word_bytes_.shrink_to_fit();
  return Status::Ok();
}

uint64_t SembTable::HashOf(std::string_view word) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (const char c : word) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3U;
  }
  hash = (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 29);
}

Status SembTable::InsertWord(uint32_t row) {
  const uint64_t hash = HashOf(WordAt(row));
  const size_t mask = slots_.size() - 1;
  size_t place = static_cast<size_t>(hash) & mask;
  for (size_t probes = 0; slots_[place] != kNoRow; ++probes) {
    if (probes == kMaxProbes) return Damaged("its words all hash alike");
    place = (place + 1) & mask;
  }
  slots_[place] = TagOf(hash) | row;
  return Status::Ok();
}

std::string_view SembTable::WordAt(uint32_t row) const {
  const uint32_t begin = row == 0 ? 0 : word_ends_[row - 1];
  return {word_bytes_.data() + begin, word_ends_[row] - begin};
}

uint32_t SembTable::Find(std::string_view word) const {
  const uint64_t hash = HashOf(word);
  const uint32_t tag = TagOf(hash);
  const size_t mask = slots_.size() - 1;
  for (size_t place = static_cast<size_t>(hash) & mask; slots_[place] != kNoRow;
       place = (place + 1) & mask) {
    const uint32_t row = slots_[place] & kRowMask;
    if ((slots_[place] & ~kRowMask) == tag && WordAt(row) == word) return row;
  }
  return kNoRow;
}

void SembTable::MeasureRows() {
  // Of each byte, the sum of the squares of its values, times four to stay whole.
  uint32_t squares[256];
  for (uint32_t byte = 0; byte < 256; ++byte) {
    const int32_t low = 2 * static_cast<int32_t>(byte & 15) - 15;
    const int32_t high = 2 * static_cast<int32_t>(byte >> 4) - 15;
    const auto whole = static_cast<int32_t>(static_cast<int8_t>(byte));
    squares[byte] = static_cast<uint32_t>(bits_ == 4 ? low * low + high * high : 4 * whole * whole);
  }
  lengths_.resize(words());
  double total = 0;
  const uint8_t* bytes = rows_.bytes.data();
  for (size_t row = 0; row < words(); ++row) {
    uint64_t sum = 0;
    for (size_t i = 0; i < row_bytes_; ++i) sum += squares[bytes[i]];
    bytes += row_bytes_;
    const double length = std::sqrt(static_cast<double>(sum)) / 2 * rows_.scales[row];
    lengths_[row] = static_cast<float>(length);
    total += length;
  }
  mean_length_ = static_cast<float>(total / static_cast<double>(words()));
}

void SembTable::AddRow(const Rows& rows, uint32_t row, float weight, std::span<float> out) const {
  const float factor = RoundFactor(weight * rows.scales[row]);
  const uint8_t* const bytes = rows.bytes.data() + static_cast<size_t>(row) * row_bytes_;
  if (bits_ == 4) {
    AddNibbleRow(bytes, factor, out.data(), dimensions_);
  } else {
    AddByteRow(reinterpret_cast<const int8_t*>(bytes), factor, out.data(), dimensions_);
  }
}

void SembTable::AccumulateGrams(std::string_view word, float weight, std::span<float> out) const {
  uint32_t found[kMaxGrams];
  const size_t count = GramBuckets(word, buckets(), found);
  for (size_t i = 0; i < count; ++i) {
    AddRow(grams_, found[i], weight / static_cast<float>(count), out);
  }
}

size_t SembTable::bytes() const {
  return word_bytes_.capacity() + rows_.bytes.capacity() + grams_.bytes.capacity() +
         sizeof(uint32_t) * (word_ends_.capacity() + slots_.capacity()) +
         sizeof(float) * (rows_.scales.capacity() + grams_.scales.capacity() + lengths_.capacity());
}

}  // namespace archivolt
