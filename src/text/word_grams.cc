#include "text/word_grams.h"

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr size_t kShortest = 3;
constexpr size_t kLongest = 5;

/// The word between its marks, a byte at a time.
class Marked {
 public:
  explicit Marked(std::string_view word) : word_(word) {}
  size_t size() const { return word_.size() + 2; }
  uint8_t operator[](size_t at) const {
    if (at == 0) return '<';
    return at > word_.size() ? '>' : static_cast<uint8_t>(word_[at - 1]);
  }
  size_t CharacterEnd(size_t at) const {
    return at == 0 || at > word_.size() ? at + 1 : at + DecodeUtf8(word_, at - 1).length;
  }

 private:
  std::string_view word_;
};

}  // namespace

size_t GramBuckets(std::string_view word, uint32_t buckets, std::span<uint32_t, kMaxGrams> out) {
  const Marked text(word);
  size_t found = 0;
  for (size_t first = 0; first < text.size(); first = text.CharacterEnd(first)) {
    uint32_t hash = 0x811C9DC5U;  // FNV-1a
    size_t at = first;
    for (size_t length = 1; length <= kLongest && at < text.size(); ++length) {
      for (const size_t end = text.CharacterEnd(at); at < end; ++at) {
        hash = (hash ^ text[at]) * 0x01000193U;
      }
      if (length < kShortest) continue;
      if (found == out.size()) return found;
      out[found++] = (hash ^ (hash >> 15)) & (buckets - 1);
    }
  }
  return found;
}

}  // namespace archivolt
