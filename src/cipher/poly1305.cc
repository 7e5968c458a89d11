#include "cipher/poly1305.h"

#include <array>
#include <bit>
#include <cstring>

namespace archivolt {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t kBlock = 16;
using Words = std::array<uint32_t, 4>;

inline Words Load(const uint8_t* bytes) {
  Words words;
  std::memcpy(words.data(), bytes, sizeof(words));
  return words;
}

// The sum so far, modulo 2^130 - 5: four limbs of 32 bits, `top` (below 4) times 2^128, and
// `carry`, below 2^33, that is not yet added to the first limb. Wasm multiplies 64 bits by 64 to
// 64: 20 products a block in this form, 25 with limbs of 26 bits.
//
// Nothing overflows: r's words are below 2^28, a limb with a word of the message below 2^33, the
// first one with the carry below 2^34; so that a sum of products is below 2^62 + 3 * 1.25 * 2^61.
class Sum {
 public:
  explicit Sum(const uint8_t* key) : r_(Load(key)) {
    r_[0] &= 0x0FFFFFFF;
    for (size_t i = 1; i < 4; ++i) {
      r_[i] &= 0x0FFFFFFC;
      s_[i] = r_[i] + (r_[i] >> 2);  // 5/4 of it: what lands at 2^128 and above comes back at 5/4
    }
  }

  /// Adds 16 bytes, and `mark` at 2^128, and multiplies by r.
  inline void Add(const uint8_t* bytes, uint64_t mark) {
    const Words words = Load(bytes);
    const uint64_t a0 = limbs_[0] + carry_ + words[0];
    const uint64_t a1 = uint64_t{limbs_[1]} + words[1];
    const uint64_t a2 = uint64_t{limbs_[2]} + words[2];
    const uint64_t a3 = uint64_t{limbs_[3]} + words[3];
    const uint64_t a4 = top_ + mark;
    const uint64_t r0 = r_[0];
    const uint64_t r1 = r_[1];
    const uint64_t r2 = r_[2];
    const uint64_t r3 = r_[3];
    const uint64_t s1 = s_[1];
    const uint64_t s2 = s_[2];
    const uint64_t s3 = s_[3];
    const uint64_t p0 = a0 * r0 + a1 * s3 + a2 * s2 + a3 * s1;
    const uint64_t p1 = a0 * r1 + a1 * r0 + a2 * s3 + a3 * s2 + a4 * s1 + (p0 >> 32);
    const uint64_t p2 = a0 * r2 + a1 * r1 + a2 * r0 + a3 * s3 + a4 * s2 + (p1 >> 32);
    const uint64_t p3 = a0 * r3 + a1 * r2 + a2 * r1 + a3 * r0 + a4 * s3 + (p2 >> 32);
    const uint64_t p4 = a4 * r0 + (p3 >> 32);
    limbs_ = {static_cast<uint32_t>(p0), static_cast<uint32_t>(p1), static_cast<uint32_t>(p2),
              static_cast<uint32_t>(p3)};
    top_ = p4 & 3;
    carry_ = (p4 >> 2) * 5;
  }

  /// The sum, wholly reduced, plus the key's second half, modulo 2^128.
  void Finish(const uint8_t* second, uint8_t* tag) const {
    uint64_t high = 0;
    const Words sum = Plus(limbs_, carry_, high);
    high += top_;
    // 2^130 - 5 is taken off where the sum reaches it: without a branch, whatever the sum is.
    uint64_t over = 0;
    (void)Plus(sum, 5, over);
    uint64_t ignored = 0;
    const Words reduced = Plus(sum, ((high + over) >> 2) * 5, ignored);
    const Words pad = Load(second);
    Words out;
    uint64_t carry = 0;
    for (size_t i = 0; i < 4; ++i) {
      carry += uint64_t{reduced[i]} + pad[i];
      out[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    std::memcpy(tag, out.data(), kBlock);
  }

 private:
  static Words Plus(const Words& words, uint64_t value, uint64_t& carry) {
    Words out;
    for (size_t i = 0; i < 4; ++i) {
      value += words[i];
      out[i] = static_cast<uint32_t>(value);
      value >>= 32;
    }
    carry = value;
    return out;
  }

  Words r_;
  Words s_{};
  Words limbs_{};
  uint64_t top_ = 0;
  uint64_t carry_ = 0;
};

}  // namespace
}  // namespace archivolt

extern "C" void archivolt_poly1305(const uint8_t* message, size_t size, const uint8_t* key,
                                   uint8_t* tag) {
  using namespace archivolt;  // NOLINT: the body of a function of theirs with a name of C
  Sum sum(key);
  for (; size >= kBlock; size -= kBlock, message += kBlock) sum.Add(message, 1);
  if (size > 0) {
    std::array<uint8_t, kBlock> last{};
    std::memcpy(last.data(), message, size);
    last[size] = 1;
    sum.Add(last.data(), 0);
  }
  sum.Finish(key + kBlock, tag);
}
