#include "cipher/chacha20.h"

#include <array>
#include <bit>
#include <cstring>

namespace archivolt {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr size_t kBlock = 64;
constexpr size_t kAtOnce = 4 * kBlock;

// One word of the state of four blocks. The vectors of GCC and Clang are SSE2, NEON or wasm's v128.
using Lanes = uint32_t __attribute__((vector_size(16)));
using Bytes = uint8_t __attribute__((vector_size(16)));
using State = std::array<uint32_t, 16>;

template <int kBits>
inline Lanes Rotate(Lanes a) {
#if defined(__wasm_simd128__)
  // Whole bytes move in one instruction; SSE2 has none for it.
  if constexpr (kBits == 16) {
    const auto b = std::bit_cast<Bytes>(a);
    return std::bit_cast<Lanes>(
        __builtin_shufflevector(b, b, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));
  }
  if constexpr (kBits == 8) {
    const auto b = std::bit_cast<Bytes>(a);
    return std::bit_cast<Lanes>(
        __builtin_shufflevector(b, b, 3, 0, 1, 2, 7, 4, 5, 6, 11, 8, 9, 10, 15, 12, 13, 14));
  }
#endif
  return (a << kBits) | (a >> (32 - kBits));
}

inline void QuarterRound(Lanes& a, Lanes& b, Lanes& c, Lanes& d) {
  a += b;
  d = Rotate<16>(d ^ a);
  c += d;
  b = Rotate<12>(b ^ c);
  a += b;
  d = Rotate<8>(d ^ a);
  c += d;
  b = Rotate<7>(b ^ c);
}

inline Lanes Splat(uint32_t word) { return Lanes{word, word, word, word}; }

inline void XorInto(uint8_t* data, Lanes stream) {
  Lanes at;
  std::memcpy(&at, data, sizeof(at));
  at ^= stream;
  std::memcpy(data, &at, sizeof(at));
}

// Words a, b, c and d of four blocks to their places, which are a block apart.
inline void XorColumns(uint8_t* data, Lanes a, Lanes b, Lanes c, Lanes d) {
  const Lanes ab01 = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Lanes ab23 = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Lanes cd01 = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Lanes cd23 = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  XorInto(data, __builtin_shufflevector(ab01, cd01, 0, 1, 4, 5));
  XorInto(data + kBlock, __builtin_shufflevector(ab01, cd01, 2, 3, 6, 7));
  XorInto(data + 2 * kBlock, __builtin_shufflevector(ab23, cd23, 0, 1, 4, 5));
  XorInto(data + 3 * kBlock, __builtin_shufflevector(ab23, cd23, 2, 3, 6, 7));
}

void XorFourBlocks(uint8_t* data, const State& state) {
  const Lanes counters = Splat(state[12]) + Lanes{0, 1, 2, 3};
  Lanes x[16];
  for (size_t i = 0; i < 16; ++i) x[i] = Splat(state[i]);
  x[12] = counters;
  for (int i = 0; i < 10; ++i) {
    QuarterRound(x[0], x[4], x[8], x[12]);
    QuarterRound(x[1], x[5], x[9], x[13]);
    QuarterRound(x[2], x[6], x[10], x[14]);
    QuarterRound(x[3], x[7], x[11], x[15]);
    QuarterRound(x[0], x[5], x[10], x[15]);
    QuarterRound(x[1], x[6], x[11], x[12]);
    QuarterRound(x[2], x[7], x[8], x[13]);
    QuarterRound(x[3], x[4], x[9], x[14]);
  }
  for (size_t i = 0; i < 16; ++i) x[i] += i == 12 ? counters : Splat(state[i]);
  for (size_t i = 0; i < 4; ++i) {
    XorColumns(data + 16 * i, x[4 * i], x[4 * i + 1], x[4 * i + 2], x[4 * i + 3]);
  }
}

}  // namespace
}  // namespace archivolt

extern "C" void archivolt_chacha20_xor(void* data, size_t size, const uint8_t* key,
                                       const uint8_t* nonce, uint32_t counter) {
  using namespace archivolt;  // NOLINT: the body of a function of theirs with a name of C
  State state = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};  // "expand 32-byte k"
  std::memcpy(&state[4], key, 32);
  state[12] = counter;
  std::memcpy(&state[13], nonce, 12);
  auto* bytes = static_cast<uint8_t*>(data);
  for (; size >= kAtOnce; size -= kAtOnce, bytes += kAtOnce, state[12] += 4) {
    XorFourBlocks(bytes, state);
  }
  if (size == 0) return;
  std::array<uint8_t, kAtOnce> rest{};
  std::memcpy(rest.data(), bytes, size);
  XorFourBlocks(rest.data(), state);
  std::memcpy(bytes, rest.data(), size);
}
