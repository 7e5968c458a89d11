// code_lanes: sums of products of 7-bit codes, one register per instruction set, for the kernels.
//
// A code is a byte of 0..127, so that both operands of every instruction used here are in range
// whichever of them it takes as signed, a pair of products fits 16 bits (2 * 127 * 127 = 32,258),
// and every machine gives the same integer. Operations: Zero, Load, MulAdd (adds the products of
// kWidth bytes to 32-bit sums) and Sum. BestCodeLanes is the widest that the build was compiled
// for. For src/vector alone.
#pragma once

#include <cstddef>
#include <cstdint>

#include "vector/lanes.h"

namespace archivolt {

#if defined(__wasm_simd128__)

struct WasmCodeLanes {
  using Register = v128_t;
  static constexpr size_t kWidth = 16;
  static Register Zero() { return wasm_i32x4_const_splat(0); }
  static Register Load(const uint8_t* p) { return wasm_v128_load(p); }
  static Register MulAdd(Register a, Register b, Register sum) {
#if defined(__wasm_relaxed_simd__)
    return wasm_i32x4_relaxed_dot_i8x16_i7x16_add(a, b, sum);
#else
    const Register pairs =
        wasm_i16x8_add(wasm_u16x8_extmul_low_u8x16(a, b), wasm_u16x8_extmul_high_u8x16(a, b));
    return wasm_i32x4_add(sum, wasm_u32x4_extadd_pairwise_u16x8(pairs));
#endif
  }
  static Register Add(Register a, Register b) { return wasm_i32x4_add(a, b); }
  static int32_t Sum(Register a) {
    const Register halves = wasm_i32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
    return wasm_i32x4_extract_lane(halves, 0) + wasm_i32x4_extract_lane(halves, 1);
  }
};
using BestCodeLanes = WasmCodeLanes;

#elif defined(__SSE2__)

struct Sse2CodeLanes {
  using Register = __m128i;
  static constexpr size_t kWidth = 16;
  static Register Zero() { return _mm_setzero_si128(); }
  static Register Load(const uint8_t* p) {
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
  }
  static Register MulAdd(Register a, Register b, Register sum) {
#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
    return _mm_dpbusd_epi32(sum, a, b);
#elif defined(__SSSE3__)
    return _mm_add_epi32(sum, _mm_madd_epi16(_mm_maddubs_epi16(a, b), _mm_set1_epi16(1)));
#else
    const __m128i zero = _mm_setzero_si128();
    const __m128i low = _mm_madd_epi16(_mm_unpacklo_epi8(a, zero), _mm_unpacklo_epi8(b, zero));
    const __m128i high = _mm_madd_epi16(_mm_unpackhi_epi8(a, zero), _mm_unpackhi_epi8(b, zero));
    return _mm_add_epi32(sum, _mm_add_epi32(low, high));
#endif
  }
  static Register Add(Register a, Register b) { return _mm_add_epi32(a, b); }
  static int32_t Sum(Register a) {
    const __m128i halves = _mm_add_epi32(a, _mm_shuffle_epi32(a, 0x4E));
    return _mm_cvtsi128_si32(_mm_add_epi32(halves, _mm_shuffle_epi32(halves, 0xB1)));
  }
};

#if defined(__AVX2__)

struct Avx2CodeLanes {
  using Register = __m256i;
  static constexpr size_t kWidth = 32;
  static Register Zero() { return _mm256_setzero_si256(); }
  static Register Load(const uint8_t* p) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
  }
  static Register MulAdd(Register a, Register b, Register sum) {
#if defined(__AVX512VNNI__) && defined(__AVX512VL__)
    return _mm256_dpbusd_epi32(sum, a, b);
#else
    return _mm256_add_epi32(sum,
                            _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1)));
#endif
  }
  static Register Add(Register a, Register b) { return _mm256_add_epi32(a, b); }
  static int32_t Sum(Register a) {
    return Sse2CodeLanes::Sum(
        _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1)));
  }
};
using BestCodeLanes = Avx2CodeLanes;

#else
using BestCodeLanes = Sse2CodeLanes;
#endif

#elif defined(__ARM_NEON) && defined(__aarch64__)

struct NeonCodeLanes {
  using Register = uint32x4_t;
  static constexpr size_t kWidth = 16;
  static Register Zero() { return vdupq_n_u32(0); }
  static uint8x16_t Load(const uint8_t* p) { return vld1q_u8(p); }
  static Register MulAdd(uint8x16_t a, uint8x16_t b, Register sum) {
#if defined(__ARM_FEATURE_DOTPROD)
    return vdotq_u32(sum, a, b);
#else
    const uint16x8_t low = vmull_u8(vget_low_u8(a), vget_low_u8(b));
    return vpadalq_u16(sum, vmlal_high_u8(low, a, b));
#endif
  }
  static Register Add(Register a, Register b) { return vaddq_u32(a, b); }
  static int32_t Sum(Register a) { return static_cast<int32_t>(vaddvq_u32(a)); }
};
using BestCodeLanes = NeonCodeLanes;

#else

struct ScalarCodeLanes {
  using Register = int32_t;
  static constexpr size_t kWidth = 1;
  static Register Zero() { return 0; }
  static Register Load(const uint8_t* p) { return *p; }
  static Register MulAdd(Register a, Register b, Register sum) { return sum + a * b; }
  static Register Add(Register a, Register b) { return a + b; }
  static int32_t Sum(Register a) { return a; }
};
using BestCodeLanes = ScalarCodeLanes;

#endif

}  // namespace archivolt
