// lanes: one register of floats per instruction set, behind one set of operations, for the kernels.
//
// Every type has Zero, Load, LoadPartial, Add, Sub, MulAdd (a * b + c, fused where the machine can)
// and Sum. Loads take any alignment; LoadPartial reads only `count` values, 1..kWidth - 1, with
// zeros behind them. BestLanes is the widest that the build was compiled for. For src/vector alone.
#pragma once

#include <cstddef>
#include <cstring>

#if defined(__wasm_simd128__)
#include <wasm_simd128.h>
#elif defined(__SSE2__)
#include <immintrin.h>
#elif defined(__ARM_NEON) && defined(__aarch64__)
#include <arm_neon.h>
#endif

namespace archivolt {

#if defined(__wasm_simd128__)

struct WasmLanes {
  using Register = v128_t;
  static constexpr size_t kWidth = 4;
#if defined(__wasm_relaxed_simd__)
  static constexpr const char* kName = "wasm-relaxed-simd";
#else
  static constexpr const char* kName = "wasm-simd";
#endif
  static Register Zero() { return wasm_f32x4_const_splat(0); }
  static Register Load(const float* p) { return wasm_v128_load(p); }
  static Register LoadPartial(const float* p, size_t count) {
    float values[kWidth] = {};
    std::memcpy(values, p, count * sizeof(float));
    return wasm_v128_load(values);
  }
  static Register Add(Register a, Register b) { return wasm_f32x4_add(a, b); }
  static Register Sub(Register a, Register b) { return wasm_f32x4_sub(a, b); }
  static Register MulAdd(Register a, Register b, Register c) {
#if defined(__wasm_relaxed_simd__)
    return wasm_f32x4_relaxed_madd(a, b, c);
#else
    return wasm_f32x4_add(wasm_f32x4_mul(a, b), c);
#endif
  }
  static float Sum(Register a) {
    const Register halves = wasm_f32x4_add(a, wasm_i32x4_shuffle(a, a, 2, 3, 0, 1));
    return wasm_f32x4_extract_lane(halves, 0) + wasm_f32x4_extract_lane(halves, 1);
  }
};
using BestLanes = WasmLanes;

#elif defined(__AVX512F__)

struct Avx512Lanes {
  using Register = __m512;
  static constexpr size_t kWidth = 16;
  static constexpr const char* kName = "avx512";
  static Register Zero() { return _mm512_setzero_ps(); }
  static Register Load(const float* p) { return _mm512_loadu_ps(p); }
  static Register LoadPartial(const float* p, size_t count) {
    return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << count) - 1U), p);
  }
  static Register Add(Register a, Register b) { return _mm512_add_ps(a, b); }
  static Register Sub(Register a, Register b) { return _mm512_sub_ps(a, b); }
  static Register MulAdd(Register a, Register b, Register c) { return _mm512_fmadd_ps(a, b, c); }
  // By way of memory: GCC 12 warns about its own _mm512_reduce_add_ps.
  static float Sum(Register a) {
    alignas(64) float values[kWidth];
    _mm512_store_ps(values, a);
    const __m128 quarter =
        _mm_add_ps(_mm_add_ps(_mm_load_ps(values), _mm_load_ps(values + 4)),
                   _mm_add_ps(_mm_load_ps(values + 8), _mm_load_ps(values + 12)));
    const __m128 pair = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
  }
};
using BestLanes = Avx512Lanes;

#elif defined(__AVX2__) && defined(__FMA__)

struct Avx2Lanes {
  using Register = __m256;
  static constexpr size_t kWidth = 8;
  static constexpr const char* kName = "avx2";
  static Register Zero() { return _mm256_setzero_ps(); }
  static Register Load(const float* p) { return _mm256_loadu_ps(p); }
  static Register LoadPartial(const float* p, size_t count) {
    alignas(32) float values[kWidth] = {};
    std::memcpy(values, p, count * sizeof(float));
    return _mm256_load_ps(values);
  }
  static Register Add(Register a, Register b) { return _mm256_add_ps(a, b); }
  static Register Sub(Register a, Register b) { return _mm256_sub_ps(a, b); }
  static Register MulAdd(Register a, Register b, Register c) { return _mm256_fmadd_ps(a, b, c); }
  static float Sum(Register a) {
    const __m128 quarter = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
    const __m128 pair = _mm_add_ps(quarter, _mm_movehl_ps(quarter, quarter));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
  }
};
using BestLanes = Avx2Lanes;

#elif defined(__SSE2__)

struct Sse2Lanes {
  using Register = __m128;
  static constexpr size_t kWidth = 4;
  static constexpr const char* kName = "sse2";
  static Register Zero() { return _mm_setzero_ps(); }
  static Register Load(const float* p) { return _mm_loadu_ps(p); }
  static Register LoadPartial(const float* p, size_t count) {
    float values[kWidth] = {};
    std::memcpy(values, p, count * sizeof(float));
    return _mm_loadu_ps(values);
  }
  static Register Add(Register a, Register b) { return _mm_add_ps(a, b); }
  static Register Sub(Register a, Register b) { return _mm_sub_ps(a, b); }
  static Register MulAdd(Register a, Register b, Register c) {
    return _mm_add_ps(_mm_mul_ps(a, b), c);
  }
  static float Sum(Register a) {
    const __m128 pair = _mm_add_ps(a, _mm_movehl_ps(a, a));
    return _mm_cvtss_f32(_mm_add_ss(pair, _mm_shuffle_ps(pair, pair, 1)));
  }
};
using BestLanes = Sse2Lanes;

#elif defined(__ARM_NEON) && defined(__aarch64__)

struct NeonLanes {
  using Register = float32x4_t;
  static constexpr size_t kWidth = 4;
  static constexpr const char* kName = "neon";
  static Register Zero() { return vdupq_n_f32(0); }
  static Register Load(const float* p) { return vld1q_f32(p); }
  static Register LoadPartial(const float* p, size_t count) {
    float values[kWidth] = {};
    std::memcpy(values, p, count * sizeof(float));
    return vld1q_f32(values);
  }
  static Register Add(Register a, Register b) { return vaddq_f32(a, b); }
  static Register Sub(Register a, Register b) { return vsubq_f32(a, b); }
  static Register MulAdd(Register a, Register b, Register c) { return vfmaq_f32(c, a, b); }
  static float Sum(Register a) { return vaddvq_f32(a); }
};
using BestLanes = NeonLanes;

#else

struct ScalarLanes {
  using Register = float;
  static constexpr size_t kWidth = 1;
  static constexpr const char* kName = "scalar";
  static Register Zero() { return 0; }
  static Register Load(const float* p) { return *p; }
  static Register LoadPartial(const float* p, size_t) {
    return *p;
  }  // never called: no partial lane
  static Register Add(Register a, Register b) { return a + b; }
  static Register Sub(Register a, Register b) { return a - b; }
  static Register MulAdd(Register a, Register b, Register c) { return a * b + c; }
  static float Sum(Register a) { return a; }
};
using BestLanes = ScalarLanes;

#endif

}  // namespace archivolt
