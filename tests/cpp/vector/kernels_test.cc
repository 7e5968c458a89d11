#include "vector/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <memory>
#include <random>
#include <vector>

namespace archivolt {
namespace {

std::vector<size_t> Dimensions() {
  std::vector<size_t> dims;
  for (size_t d = 1; d <= 200; ++d) dims.push_back(d);
  for (const size_t d : {255, 256, 257, 383, 384, 385, 767, 768, 1023, 1536, 4097})
    dims.push_back(d);
  return dims;
}

/// Values of exactly `dims` floats on the heap, so that the sanitizer sees a read past either end.
std::unique_ptr<float[]> RandomValues(size_t dims, std::mt19937& random, float scale = 1) {
  std::normal_distribution<float> normal;
  auto values = std::make_unique<float[]>(dims);
  for (size_t i = 0; i < dims; ++i) values[i] = scale * normal(random);
  return values;
}

struct Exact {
  double value = 0;
  double bound = 0;  // the error that kernels.h promises
};

Exact ExactProduct(const float* a, const float* b, size_t dims) {
  Exact exact;
  double magnitude = 0;
  for (size_t i = 0; i < dims; ++i) {
    const double term = static_cast<double>(a[i]) * static_cast<double>(b[i]);
    exact.value += term;
    magnitude += std::abs(term);
  }
  exact.bound = (static_cast<double>(dims) + 8) * std::ldexp(1.0, -24) * magnitude;
  return exact;
}

Exact ExactSquaredL2(const float* a, const float* b, size_t dims) {
  Exact exact;
  for (size_t i = 0; i < dims; ++i) {
    const double difference = static_cast<double>(a[i]) - static_cast<double>(b[i]);
    exact.value += difference * difference;
  }
  exact.bound = (static_cast<double>(dims) + 8) * std::ldexp(1.0, -24) * exact.value;
  return exact;
}

TEST(KernelsTest, StayWithinTheirErrorBoundAtEveryDimension) {
  std::mt19937 random(1);
  for (const size_t dims : Dimensions()) {
    const auto a = RandomValues(dims, random);
    const auto b = RandomValues(dims, random);
    const Exact product = ExactProduct(a.get(), b.get(), dims);
    EXPECT_NEAR(InnerProduct(a.get(), b.get(), dims), product.value, product.bound) << dims;
    EXPECT_NEAR(InnerProductScalar(a.get(), b.get(), dims), product.value, product.bound) << dims;
    const Exact squared = ExactSquaredL2(a.get(), b.get(), dims);
    EXPECT_NEAR(SquaredL2(a.get(), b.get(), dims), squared.value, squared.bound) << dims;
    EXPECT_NEAR(SquaredL2Scalar(a.get(), b.get(), dims), squared.value, squared.bound) << dims;
  }
}

TEST(KernelsTest, TakeAnyAlignment) {
  std::mt19937 random(2);
  for (size_t dims = 1; dims <= 70; ++dims) {
    const auto a = RandomValues(dims + 3, random);
    const auto b = RandomValues(dims + 2, random);
    for (size_t shift = 0; shift < 3; ++shift) {
      const float* const from = a.get() + shift;
      const Exact product = ExactProduct(from, b.get() + 1, dims);
      EXPECT_NEAR(InnerProduct(from, b.get() + 1, dims), product.value, product.bound);
      const Exact squared = ExactSquaredL2(from, b.get() + 1, dims);
      EXPECT_NEAR(SquaredL2(from, b.get() + 1, dims), squared.value, squared.bound);
    }
  }
}

TEST(KernelsTest, FourRowsAtOnceGiveTheBitsOfEachAlone) {
  std::mt19937 random(8);
  for (const size_t dims : Dimensions()) {
    const auto query = RandomValues(dims, random);
    std::unique_ptr<float[]> rows[4];
    const float* pointers[4];
    for (int i = 0; i < 4; ++i) {
      rows[i] = RandomValues(dims, random);
      pointers[i] = rows[i].get();
    }
    float products[4];
    float squares[4];
    InnerProducts4(query.get(), pointers, dims, products);
    SquaredL2s4(query.get(), pointers, dims, squares);
    for (int i = 0; i < 4; ++i) {
      EXPECT_EQ(products[i], InnerProduct(query.get(), pointers[i], dims)) << dims;
      EXPECT_EQ(squares[i], SquaredL2(query.get(), pointers[i], dims)) << dims;
    }
  }
}

TEST(KernelsTest, ProductsOfCodesAreExactAtEveryLengthAndAtTheLargestCodes) {
  std::mt19937 random(9);
  for (size_t bytes = 0; bytes <= 16384; bytes += bytes < 800 ? kCodeBlock : 3888) {
    for (const bool largest : {false, true}) {
      const auto draw = [&] {
        auto codes = std::make_unique<uint8_t[]>(bytes);
        for (size_t i = 0; i < bytes; ++i) {
          codes[i] = largest ? uint8_t{127} : static_cast<uint8_t>(random() % 128);
        }
        return codes;
      };
      const auto query = draw();
      const std::unique_ptr<uint8_t[]> rows[4] = {draw(), draw(), draw(), draw()};
      const uint8_t* const pointers[4] = {rows[0].get(), rows[1].get(), rows[2].get(),
                                          rows[3].get()};
      int32_t products[4];
      CodeProducts4(query.get(), pointers, bytes, products);
      for (int i = 0; i < 4; ++i) {
        const int32_t exact = CodeProductScalar(query.get(), pointers[i], bytes);
        EXPECT_EQ(products[i], exact) << bytes;
        EXPECT_EQ(CodeProduct(query.get(), pointers[i], bytes), exact) << bytes;
      }
    }
  }
}

TEST(KernelsTest, WholeNumbersAreExact) {
  std::vector<float> a;
  std::vector<float> b;
  float product = 0;
  float squared = 0;
  for (int i = 1; i <= 150; ++i) {
    a.push_back(static_cast<float>(i % 7));
    b.push_back(static_cast<float>(i % 5) - 2);
    product += a.back() * b.back();
    squared += (a.back() - b.back()) * (a.back() - b.back());
    EXPECT_EQ(InnerProduct(a.data(), b.data(), a.size()), product);
    EXPECT_EQ(SquaredL2(a.data(), b.data(), a.size()), squared);
  }
}

TEST(KernelsTest, NothingHasProductAndDistanceZero) {
  EXPECT_EQ(InnerProduct(nullptr, nullptr, 0), 0);
  EXPECT_EQ(SquaredL2(nullptr, nullptr, 0), 0);
}

TEST(KernelsTest, AVectorIsAtDistanceZeroFromItself) {
  std::mt19937 random(3);
  for (const size_t dims : Dimensions()) {
    const auto a = RandomValues(dims, random, 1e10F);
    EXPECT_EQ(SquaredL2(a.get(), a.get(), dims), 0);
  }
}

TEST(KernelsTest, NormalizeGivesLengthOneFromTinyToHuge) {
  std::mt19937 random(4);
  for (const float scale : {1e-38F, 1e-20F, 1.0F, 1e20F, 1e37F}) {
    for (const size_t dims : {size_t{1}, size_t{3}, size_t{128}, size_t{385}}) {
      const auto a = RandomValues(dims, random, scale);
      const std::span<float> v(a.get(), dims);
      ASSERT_TRUE(NormalizeVector(v, v)) << scale;
      EXPECT_NEAR(SquaredNorm(v), 1.0, 1e-6) << scale;
    }
  }
}

TEST(KernelsTest, NormalizeRefusesWhatHasNoDirection) {
  const float inf = std::numeric_limits<float>::infinity();
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::vector<float>& v :
       {std::vector<float>{0, 0, 0}, {1, nan, 0}, {1, inf, 0}, {1, -inf, 0}, {}}) {
    std::vector<float> out(v.size(), 5.0F);
    EXPECT_FALSE(NormalizeVector(v, out));
    EXPECT_EQ(out, std::vector<float>(v.size(), 5.0F));
  }
}

TEST(KernelsTest, FiniteMeansNeitherNanNorInfinity) {
  EXPECT_TRUE(IsFiniteVector(std::vector<float>{0, -1, std::numeric_limits<float>::max()}));
  EXPECT_FALSE(IsFiniteVector(std::vector<float>{0, std::numeric_limits<float>::infinity()}));
  EXPECT_FALSE(IsFiniteVector(std::vector<float>{std::numeric_limits<float>::quiet_NaN()}));
}

}  // namespace
}  // namespace archivolt
