// Random vectors for the tests of the vector engine: a mixture of gaussians, as embeddings of texts
// on some topics are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace archivolt {

using Vectors = std::vector<std::vector<float>>;

/// Equal seeds give equal vectors; every seed draws around the same 40 centres.
inline Vectors ClusteredVectors(size_t count, size_t dims, uint32_t seed, float spread = 0.6F) {
  constexpr size_t kCentres = 40;
  std::mt19937 centre_random(99);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Vectors centres(kCentres, std::vector<float>(dims));
  for (auto& centre : centres) {
    for (float& x : centre) x = normal(centre_random);
  }
  Vectors vectors(count, std::vector<float>(dims));
  for (auto& v : vectors) {
    const auto& centre = centres[random() % kCentres];
    for (size_t i = 0; i < dims; ++i) v[i] = centre[i] + spread * normal(random);
  }
  return vectors;
}

}  // namespace archivolt
