#include "vector/slot_vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "vector/kernels.h"

namespace archivolt {
namespace {

constexpr int kZero = 64;      // the code of 0
constexpr double kSteps = 63;  // a vector's largest value is kZero + or - that many steps

size_t RoundUp(size_t value, size_t multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

const float* Floats(const std::byte* row) { return reinterpret_cast<const float*>(row); }
const uint8_t* Codes(const std::byte* row) { return reinterpret_cast<const uint8_t*>(row); }

}  // namespace

SlotVectors::SlotVectors(const VectorIndexOptions& options)
    : dims_(options.dims),
      metric_(options.metric),
      coded_(options.quantization == Quantization::kInt8),
      code_bytes_(RoundUp(options.dims, kCodeBlock)),
      rows_(coded_ ? RoundUp(code_bytes_ + sizeof(Tail), kCodeBlock)
                   : options.dims * sizeof(float)) {}

void SlotVectors::Encode(std::span<const float> v, std::byte* row) const {
  if (!coded_) {
    const std::span<float> values(reinterpret_cast<float*>(row), dims_);
    if (metric_ == Metric::kCosine) {
      NormalizeVector(v, values);  // cannot fail: VectorIndex saw the vector
    } else {
      std::copy(v.begin(), v.end(), values.begin());
    }
    return;
  }
  float largest = 0;
  for (const float x : v) largest = std::max(largest, std::abs(x));
  // In double precision: the steps of the smallest floats have no float.
  const double per_step = largest > 0 ? kSteps / static_cast<double>(largest) : 0;
  auto* const code = reinterpret_cast<uint8_t*>(row);
  int32_t sum = 0;
  int64_t squares = 0;
  for (size_t i = 0; i < dims_; ++i) {
    // Above zero, so that cutting rounds half up.
    const int c = static_cast<int>(static_cast<double>(v[i]) * per_step + kZero + 0.5);
    code[i] = static_cast<uint8_t>(c);
    sum += c;
    squares += (c - kZero) * (c - kZero);
  }
  std::memset(code + dims_, 0, row_bytes() - dims_);
  const double step = largest > 0 ? 1 / per_step : 0;
  const double scale =
      metric_ == Metric::kCosine ? 1 / std::sqrt(static_cast<double>(squares)) : step;
  const Tail tail{static_cast<float>(scale),
                  kZero * sum - kZero * kZero / 2 * static_cast<int32_t>(dims_),
                  static_cast<float>(step * step * static_cast<double>(squares))};
  std::memcpy(code + code_bytes_, &tail, sizeof(tail));
}

void SlotVectors::Copy(uint32_t from, uint32_t to) {
  std::memcpy(rows_.At(to), rows_.At(from), row_bytes());
}

void SlotVectors::Wipe(uint32_t slot) { std::memset(rows_.At(slot), 0, row_bytes()); }

bool SlotVectors::Equal(uint32_t a, uint32_t b) const {
  return std::memcmp(rows_.At(a), rows_.At(b), row_bytes()) == 0;
}

SlotVectors::Tail SlotVectors::TailOf(const std::byte* row) const {
  Tail tail;
  std::memcpy(&tail, row + code_bytes_, sizeof(tail));
  return tail;
}

float SlotVectors::FromProduct(int32_t product, const Tail& a, const Tail& b) const {
  const float similar = static_cast<float>(product - a.offset - b.offset) * a.scale * b.scale;
  if (metric_ != Metric::kL2) return -similar;
  return std::max(0.0F, a.squares + b.squares - 2 * similar);
}

float SlotVectors::Distance(const std::byte* query, uint32_t slot) const {
  const std::byte* const row = rows_.At(slot);
  if (coded_) {
    return FromProduct(CodeProduct(Codes(query), Codes(row), code_bytes_), TailOf(query),
                       TailOf(row));
  }
  if (metric_ == Metric::kL2) return SquaredL2(Floats(query), Floats(row), dims_);
  return -InnerProduct(Floats(query), Floats(row), dims_);
}

void SlotVectors::Distances4(const std::byte* query, const uint32_t slots[4], float out[4]) const {
  const std::byte* rows[4];
  for (int i = 0; i < 4; ++i) rows[i] = rows_.At(slots[i]);
  if (coded_) {
    const uint8_t* const codes[4] = {Codes(rows[0]), Codes(rows[1]), Codes(rows[2]),
                                     Codes(rows[3])};
    int32_t products[4];
    CodeProducts4(Codes(query), codes, code_bytes_, products);
    const Tail tail = TailOf(query);
    for (int i = 0; i < 4; ++i) out[i] = FromProduct(products[i], tail, TailOf(rows[i]));
    return;
  }
  const float* const values[4] = {Floats(rows[0]), Floats(rows[1]), Floats(rows[2]),
                                  Floats(rows[3])};
  if (metric_ == Metric::kL2) {
    SquaredL2s4(Floats(query), values, dims_, out);
    return;
  }
  InnerProducts4(Floats(query), values, dims_, out);
  for (int i = 0; i < 4; ++i) out[i] = -out[i];
}

void SlotVectors::Distances(const std::byte* query, const uint32_t* slots, size_t count,
                            float* out) const {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) Distances4(query, slots + i, out + i);
  for (; i < count; ++i) out[i] = Distance(query, slots[i]);
}

}  // namespace archivolt
