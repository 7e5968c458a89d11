// kernels: the distance arithmetic of the vector engine, float32, any dimension, any alignment.
//
// Owns inner product, squared Euclidean distance and normalisation. Which instructions are used is
// decided at compile time: WebAssembly SIMD128 (fused multiply-add under relaxed SIMD), AVX-512,
// AVX2 with FMA, SSE2 or scalar.
// Invariants: 1. nothing is read beyond `dims` values; 2. the result differs from exact arithmetic
// by at most (dims + 8) * 2^-24 times the sum of the absolute terms, so that two builds differ by
// no more than twice that. Inputs are taken as finite: callers refuse NaN and infinities before.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace archivolt {

/// Sum of a[i] * b[i]. 0 for dims 0.
float InnerProduct(const float* a, const float* b, size_t dims);

/// Sum of (a[i] - b[i])^2, never negative. 0 for dims 0.
float SquaredL2(const float* a, const float* b, size_t dims);

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

/// "avx512", "avx2", "sse2", "wasm-relaxed-simd", "wasm-simd" or "scalar": what this build uses.
std::string_view KernelName();

}  // namespace archivolt
