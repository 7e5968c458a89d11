#include "vector/kernels.h"

#include <cmath>

#include "vector/code_lanes.h"
#include "vector/lanes.h"

namespace archivolt {
namespace {

// Rows side by side, two sums each, so that no addition waits for the one before it and a query's
// register serves every row. The order of a row's additions does not depend on how many rows run
// beside it: a distance is the same number whoever asks. The last partial lane is loaded with zeros
// behind it.
template <size_t kRows, typename Step>
inline void SumOverLanes(const float* query, const float* const* rows, size_t dims, float* out,
                         Step step) {
  using L = BestLanes;
  constexpr size_t kWidth = L::kWidth;
  typename L::Register even[kRows];
  typename L::Register odd[kRows];
  for (size_t r = 0; r < kRows; ++r) even[r] = odd[r] = L::Zero();
  size_t i = 0;
  for (; i + 2 * kWidth <= dims; i += 2 * kWidth) {
    const auto q0 = L::Load(query + i);
    const auto q1 = L::Load(query + i + kWidth);
    for (size_t r = 0; r < kRows; ++r) {
      even[r] = step(q0, L::Load(rows[r] + i), even[r]);
      odd[r] = step(q1, L::Load(rows[r] + i + kWidth), odd[r]);
    }
  }
  if (i + kWidth <= dims) {
    const auto q = L::Load(query + i);
    for (size_t r = 0; r < kRows; ++r) even[r] = step(q, L::Load(rows[r] + i), even[r]);
    i += kWidth;
  }
  if (i < dims) {
    const auto q = L::LoadPartial(query + i, dims - i);
    for (size_t r = 0; r < kRows; ++r) {
      odd[r] = step(q, L::LoadPartial(rows[r] + i, dims - i), odd[r]);
    }
  }
  for (size_t r = 0; r < kRows; ++r) out[r] = L::Sum(L::Add(even[r], odd[r]));
}

template <size_t kRows>
inline void Products(const float* query, const float* const* rows, size_t dims, float* out) {
  SumOverLanes<kRows>(query, rows, dims, out,
                      [](auto x, auto y, auto sum) { return BestLanes::MulAdd(x, y, sum); });
}

template <size_t kRows>
inline void Squares(const float* query, const float* const* rows, size_t dims, float* out) {
  SumOverLanes<kRows>(query, rows, dims, out, [](auto x, auto y, auto sum) {
    const auto difference = BestLanes::Sub(x, y);
    return BestLanes::MulAdd(difference, difference, sum);
  });
}

template <size_t kRows>
inline void CodeProducts(const uint8_t* query, const uint8_t* const* rows, size_t bytes,
                         int32_t* out) {
  using L = BestCodeLanes;
  constexpr size_t kWidth = L::kWidth;
  typename L::Register sums[kRows];
  for (size_t r = 0; r < kRows; ++r) sums[r] = L::Zero();
  size_t i = 0;
  for (; i + kWidth <= bytes; i += kWidth) {
    const auto q = L::Load(query + i);
    for (size_t r = 0; r < kRows; ++r) sums[r] = L::MulAdd(L::Load(rows[r] + i), q, sums[r]);
  }
  for (size_t r = 0; r < kRows; ++r) out[r] = L::Sum(sums[r]);
#if defined(__AVX2__)
  if (i < bytes) {  // half a register
    using H = Sse2CodeLanes;
    const auto q = H::Load(query + i);
    for (size_t r = 0; r < kRows; ++r) {
      out[r] += H::Sum(H::MulAdd(H::Load(rows[r] + i), q, H::Zero()));
    }
  }
#endif
}

}  // namespace

float InnerProduct(const float* a, const float* b, size_t dims) {
  float out;
  Products<1>(a, &b, dims, &out);
  return out;
}

float SquaredL2(const float* a, const float* b, size_t dims) {
  float out;
  Squares<1>(a, &b, dims, &out);
  return out;
}

void InnerProducts4(const float* query, const float* const rows[4], size_t dims, float out[4]) {
  Products<4>(query, rows, dims, out);
}

void SquaredL2s4(const float* query, const float* const rows[4], size_t dims, float out[4]) {
  Squares<4>(query, rows, dims, out);
}

int32_t CodeProduct(const uint8_t* a, const uint8_t* b, size_t bytes) {
  int32_t out;
  CodeProducts<1>(a, &b, bytes, &out);
  return out;
}

void CodeProducts4(const uint8_t* query, const uint8_t* const rows[4], size_t bytes,
                   int32_t out[4]) {
  CodeProducts<4>(query, rows, bytes, out);
}

int32_t CodeProductScalar(const uint8_t* a, const uint8_t* b, size_t bytes) {
  int32_t sum = 0;
  for (size_t i = 0; i < bytes; ++i) sum += a[i] * b[i];
  return sum;
}

float InnerProductScalar(const float* a, const float* b, size_t dims) {
  float sum = 0;
  for (size_t i = 0; i < dims; ++i) sum += a[i] * b[i];
  return sum;
}

float SquaredL2Scalar(const float* a, const float* b, size_t dims) {
  float sum = 0;
  for (size_t i = 0; i < dims; ++i) {
    const float difference = a[i] - b[i];
    sum += difference * difference;
  }
  return sum;
}

bool IsFiniteVector(std::span<const float> v) {
  for (const float x : v) {
    if (!std::isfinite(x)) return false;
  }
  return true;
}

double SquaredNorm(std::span<const float> v) {
  // Eight sums, since one would wait for its last addition at each value.
  constexpr size_t kSums = 8;
  double sums[kSums] = {};
  size_t at = 0;
  for (; at + kSums <= v.size(); at += kSums) {
    for (size_t i = 0; i < kSums; ++i) {
      const double x = v[at + i];
      sums[i] += x * x;
    }
  }
  for (; at < v.size(); ++at) sums[0] += static_cast<double>(v[at]) * static_cast<double>(v[at]);
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

bool NormalizeVector(std::span<const float> v, std::span<float> out) {
  // The largest float squared is far inside a double's range, so only a NaN or an infinity can
  // spoil the sum.
  const double norm = SquaredNorm(v);
  if (!std::isfinite(norm) || norm <= 0) return false;
  const double factor = 1.0 / std::sqrt(norm);
  for (size_t i = 0; i < v.size(); ++i) out[i] = static_cast<float>(v[i] * factor);
  return true;
}

std::string_view KernelName() { return BestLanes::kName; }

}  // namespace archivolt
