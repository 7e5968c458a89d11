#include "text/row_sum.h"

#include <bit>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace archivolt {
namespace {

#if defined(__wasm_simd128__)

// Eight bytes at a time: sixteen nibbles in order, widened to four groups of four floats.
size_t AddNibbleBlocks(const uint8_t* row, float factor, float* out, size_t dims) {
  const v128_t mask = wasm_i8x16_const_splat(0x0F);
  const v128_t middle = wasm_f32x4_const_splat(7.5F);
  const v128_t factors = wasm_f32x4_splat(factor);
  const auto add = [&](float* place, v128_t words) {
    const v128_t values = wasm_f32x4_sub(wasm_f32x4_convert_u32x4(words), middle);
    const v128_t sum = wasm_f32x4_add(wasm_v128_load(place), wasm_f32x4_mul(factors, values));
    wasm_v128_store(place, sum);
  };
  size_t j = 0;
  for (; j + 16 <= dims; j += 16) {
    const v128_t bytes = wasm_v128_load64_zero(row + j / 2);
    const v128_t low = wasm_v128_and(bytes, mask);
    const v128_t high = wasm_u8x16_shr(bytes, 4);
    const v128_t nibbles =
        wasm_i8x16_shuffle(low, high, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
    const v128_t first = wasm_u16x8_extend_low_u8x16(nibbles);
    const v128_t second = wasm_u16x8_extend_high_u8x16(nibbles);
    add(out + j, wasm_u32x4_extend_low_u16x8(first));
    add(out + j + 4, wasm_u32x4_extend_high_u16x8(first));
    add(out + j + 8, wasm_u32x4_extend_low_u16x8(second));
    add(out + j + 12, wasm_u32x4_extend_high_u16x8(second));
  }
  return j;
}

#elif defined(__SSE2__)

size_t AddNibbleBlocks(const uint8_t* row, float factor, float* out, size_t dims) {
  const __m128i zero = _mm_setzero_si128();
  const __m128i mask = _mm_set1_epi8(0x0F);
  const __m128 middle = _mm_set1_ps(7.5F);
  const __m128 factors = _mm_set1_ps(factor);
  const auto add = [&](float* place, __m128i words) {
    const __m128 values = _mm_sub_ps(_mm_cvtepi32_ps(words), middle);
    _mm_storeu_ps(place, _mm_add_ps(_mm_loadu_ps(place), _mm_mul_ps(factors, values)));
  };
  size_t j = 0;
  for (; j + 16 <= dims; j += 16) {
    const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(row + j / 2));
    const __m128i low = _mm_and_si128(bytes, mask);
    const __m128i high = _mm_and_si128(_mm_srli_epi16(bytes, 4), mask);
    const __m128i nibbles = _mm_unpacklo_epi8(low, high);
    const __m128i first = _mm_unpacklo_epi8(nibbles, zero);
    const __m128i second = _mm_unpackhi_epi8(nibbles, zero);
    add(out + j, _mm_unpacklo_epi16(first, zero));
    add(out + j + 4, _mm_unpackhi_epi16(first, zero));
    add(out + j + 8, _mm_unpacklo_epi16(second, zero));
    add(out + j + 12, _mm_unpackhi_epi16(second, zero));
  }
  return j;
}

#else

size_t AddNibbleBlocks(const uint8_t*, float, float*, size_t) { return 0; }

#endif

}  // namespace

float RoundFactor(float factor) {
  // A float has 24 significant bits: round half to even at the eighth from the end.
  const auto bits = std::bit_cast<uint32_t>(factor);
  return std::bit_cast<float>((bits + 0x7FU + ((bits >> 8) & 1U)) & ~0xFFU);
}

void AddNibbleRowScalar(const uint8_t* row, float factor, float* out, size_t dims) {
  for (size_t j = 0; j < dims; j += 2) {
    const uint8_t pair = row[j / 2];
    out[j] += factor * (static_cast<float>(pair & 0x0F) - 7.5F);
    out[j + 1] += factor * (static_cast<float>(pair >> 4) - 7.5F);
  }
}

void AddNibbleRow(const uint8_t* row, float factor, float* out, size_t dims) {
  const size_t done = AddNibbleBlocks(row, factor, out, dims);
  AddNibbleRowScalar(row + done / 2, factor, out + done, dims - done);
}

void AddByteRow(const int8_t* row, float factor, float* out, size_t dims) {
  for (size_t j = 0; j < dims; ++j) out[j] += factor * static_cast<float>(row[j]);
}

}  // namespace archivolt
