#include "vector/kernels.h"

#include <cmath>

#include "vector/lanes.h"

namespace archivolt {
namespace {

// Four sums run side by side, so that one addition need not wait for the one before it; what is
// left over after whole blocks goes lane by lane, and the last partial lane is loaded with zeros
// behind it.
template <typename L, typename Step>
float SumOverLanes(const float* a, const float* b, size_t dims, Step step) {
  constexpr size_t kWidth = L::kWidth;
  typename L::Register s0 = L::Zero();
  typename L::Register s1 = L::Zero();
  typename L::Register s2 = L::Zero();
  typename L::Register s3 = L::Zero();
  size_t i = 0;
  for (; i + 4 * kWidth <= dims; i += 4 * kWidth) {
    s0 = step(L::Load(a + i), L::Load(b + i), s0);
    s1 = step(L::Load(a + i + kWidth), L::Load(b + i + kWidth), s1);
    s2 = step(L::Load(a + i + 2 * kWidth), L::Load(b + i + 2 * kWidth), s2);
    s3 = step(L::Load(a + i + 3 * kWidth), L::Load(b + i + 3 * kWidth), s3);
  }
  for (; i + kWidth <= dims; i += kWidth) s0 = step(L::Load(a + i), L::Load(b + i), s0);
  if (i < dims) s1 = step(L::LoadPartial(a + i, dims - i), L::LoadPartial(b + i, dims - i), s1);
  return L::Sum(L::Add(L::Add(s0, s1), L::Add(s2, s3)));
}

}  // namespace

float InnerProduct(const float* a, const float* b, size_t dims) {
  using L = BestLanes;
  return SumOverLanes<L>(a, b, dims, [](auto x, auto y, auto sum) { return L::MulAdd(x, y, sum); });
}

float SquaredL2(const float* a, const float* b, size_t dims) {
  using L = BestLanes;
  return SumOverLanes<L>(a, b, dims, [](auto x, auto y, auto sum) {
    const auto difference = L::Sub(x, y);
    return L::MulAdd(difference, difference, sum);
  });
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
  double sum = 0;
  for (const float x : v) sum += static_cast<double>(x) * static_cast<double>(x);
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
