// SlotVectors: what an index keeps of each slot's vector, and the distances between them.
//
// A row is a slot's bytes: the float32 values (of length 1 under kCosine), or, under
// Quantization::kInt8, a code of 7 bits a value and a tail of three numbers. A code's value c
// stands for (c - 64) * scale with one scale a vector, so that no training is needed and a vector's
// code depends on itself alone. Distances of codes are integers of the codes times the scales: the
// same on every machine. Nothing throws; Resize tells when there is no memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "vector/slot_blocks.h"
#include "vector/vector_index.h"

namespace archivolt {

class SlotVectors {
 public:
  /// REQUIRES: options checked by VectorIndex::Create.
  explicit SlotVectors(const VectorIndexOptions& options);

  bool Resize(size_t slots) { return rows_.Resize(slots); }
  size_t capacity() const { return rows_.capacity(); }
  /// Bytes of a row, a multiple of 4.
  size_t row_bytes() const { return rows_.stride(); }
  size_t bytes() const { return rows_.bytes(); }

  const std::byte* At(uint32_t slot) const { return rows_.At(slot); }
  /// Fills a row from a vector. REQUIRES: v.size() == dims, v checked by VectorIndex; for kCosine
  /// it has a direction. `row` is aligned to 4 bytes.
  void Encode(std::span<const float> v, std::byte* row) const;
  void Store(uint32_t slot, std::span<const float> v) { Encode(v, rows_.At(slot)); }
  void Copy(uint32_t from, uint32_t to);
  void Wipe(uint32_t slot);
  bool Equal(uint32_t a, uint32_t b) const;

  /// Lower is nearer: the negated product (of directions under kCosine), or the squared distance
  /// under kL2. `query` is a row.
  float Distance(const std::byte* query, uint32_t slot) const;
  void Distances4(const std::byte* query, const uint32_t slots[4], float out[4]) const;
  /// Of `count` slots, into `out`.
  void Distances(const std::byte* query, const uint32_t* slots, size_t count, float* out) const;

 private:
  /// Behind a code. The code's own values are signed: c - 64.
  struct Tail {
    float scale;     // kCosine: 1 / length of the code's values; else the vector's per step
    int32_t offset;  // 64 * (sum of c) - 2048 * dims: what a product of codes has too much
    float squares;   // the squared length of what the code stands for
  };
  static_assert(sizeof(Tail) == 12);

  Tail TailOf(const std::byte* row) const;
  float FromProduct(int32_t product, const Tail& a, const Tail& b) const;

  const size_t dims_;
  const Metric metric_;
  const bool coded_;
  const size_t code_bytes_;  // dims rounded up to kCodeBlock; values behind dims are 0
  SlotBlocks rows_;
};

}  // namespace archivolt
