// kernels: the distance arithmetic of the vector engine, float32 and 7-bit codes, any dimension and
// alignment.
//
// Owns inner product, squared Euclidean distance and normalisation; for one row, and for four rows
// at once against one query. Which instructions are used is decided at compile time: WebAssembly
// SIMD128 (fused multiply-add and integer dot product under relaxed SIMD), AVX-512, AVX2 with FMA,
// SSE2, NEON or scalar.
// Invariants: 1. nothing is read beyond `dims` values; 2. the result differs from exact arithmetic
// by at most (dims + 8) * 2^-24 times the sum of the absolute terms, so that two builds differ by
// no more than twice that; products of codes are exact; 3. of one row and of four the results are
// the same bits. Inputs are taken as finite: callers refuse NaN and infinities before.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace archivolt {

/// Sum of a[i] * b[i]. 0 for dims 0.
float InnerProduct(const float* a, const float* b, size_t dims);

/// Sum of (a[i] - b[i])^2, never negative. 0 for dims 0.
float SquaredL2(const float* a, const float* b, size_t dims);

/// The same of one query with four rows, whose memory is then waited for together.
void InnerProducts4(const float* query, const float* const rows[4], size_t dims, float out[4]);
void SquaredL2s4(const float* query, const float* const rows[4], size_t dims, float out[4]);

/// Sum of a[i] * b[i] over codes of 0..127. REQUIRES: bytes is a multiple of kCodeBlock, at most
/// 16,384.
int32_t CodeProduct(const uint8_t* a, const uint8_t* b, size_t bytes);
void CodeProducts4(const uint8_t* query, const uint8_t* const rows[4], size_t bytes,
                   int32_t out[4]);
int32_t CodeProductScalar(const uint8_t* a, const uint8_t* b, size_t bytes);
inline constexpr size_t kCodeBlock = 16;

/// The plain loops: what the tests hold the fast ones against and what builds without SIMD use.
float InnerProductScalar(const float* a, const float* b, size_t dims);
float SquaredL2Scalar(const float* a, const float* b, size_t dims);

/// Whether every value is a finite number.
bool IsFiniteVector(std::span<const float> v);

/// Sum of squares in double precision, so that neither tiny nor huge values lose it.
double SquaredNorm(std::span<const float> v);

/// Writes v scaled to length 1 into `out` (which may be v itself).
/// REQUIRES: out.size() == v.size(). Returns false and leaves `out` alone when v is zero or not
/// finite.
bool NormalizeVector(std::span<const float> v, std::span<float> out);

/// "avx512", "avx2", "sse2", "neon", "wasm-relaxed-simd", "wasm-simd" or "scalar": what this build
/// uses.
std::string_view KernelName();

}  // namespace archivolt
