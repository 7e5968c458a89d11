// hnsw_links: hnswlib contained, with our distances, our levels and our rules for memory.
//
// Only slot_graph.cc and slot_graph_walk.cc include this file, so that hnswlib's macros, streams
// and exceptions stay behind SlotGraph. Everything that hnswlib throws is a std::exception.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <span>
#include <string>

#include "vector/kernels.h"
#include "vector/slot_graph.h"

// hnswlib's own SIMD and prefetching are off: the distances are ours, and its prefetching reads one
// link past the end of a list. What it writes to its error stream goes nowhere.
namespace archivolt {

struct Nowhere {
  template <typename T>
  const Nowhere& operator<<(const T&) const {
    return *this;
  }
  const Nowhere& operator<<(std::ostream& (*)(std::ostream&)) const { return *this; }
};

}  // namespace archivolt

#define NO_MANUAL_VECTORIZATION
#define HNSWLIB_ERR_OVERRIDE ::archivolt::Nowhere()
#include <hnswlib/hnswlib.h>
#undef HNSWERR
#undef HNSWLIB_ERR_OVERRIDE
#undef NO_MANUAL_VECTORIZATION

namespace hnswlib {

// Virtual, so it would be compiled and drag file streams into the module; graphs are not saved this
// way.
template <>
inline void HierarchicalNSW<float>::saveIndex(const std::string&) {}

// Levels come from SlotGraph::LevelOf, since a standard library's distributions differ from
// another's. hnswlib asks its own generator whenever it is given level 0, and takes this answer.
template <>
inline int HierarchicalNSW<float>::getRandomLevel(double) {
  return 0;
}

}  // namespace hnswlib

namespace archivolt {

/// Of a vector as it is kept: equal vectors have equal hashes.
inline uint32_t HashOf(std::span<const float> v) {
  return PrintOf({reinterpret_cast<const uint8_t*>(v.data()), v.size_bytes()});
}

inline float NegatedProduct(const void* a, const void* b, const void* dims) {
  return -InnerProduct(static_cast<const float*>(a), static_cast<const float*>(b),
                       *static_cast<const size_t*>(dims));
}

inline float SquaredDistance(const void* a, const void* b, const void* dims) {
  return SquaredL2(static_cast<const float*>(a), static_cast<const float*>(b),
                   *static_cast<const size_t*>(dims));
}

// hnswlib's index, set up by hand: its own constructor takes 65,536 mutexes for operations by
// label, which are not used here, some megabytes for every collection however small.
class SlotGraph::Links : public hnswlib::HierarchicalNSW<float> {
 public:
  explicit Links(const VectorIndexOptions& options)
      : HierarchicalNSW(static_cast<hnswlib::SpaceInterface<float>*>(nullptr)),
        dims_(options.dims) {
    fstdistfunc_ = options.metric == Metric::kL2 ? SquaredDistance : NegatedProduct;
    dist_func_param_ = &dims_;
    data_size_ = dims_ * sizeof(float);
    M_ = options.m;
    maxM_ = M_;
    maxM0_ = 2 * M_;
    ef_construction_ = std::max(options.ef_construction, M_);
    size_links_level0_ = maxM0_ * sizeof(hnswlib::tableint) + sizeof(hnswlib::linklistsizeint);
    size_links_per_element_ = maxM_ * sizeof(hnswlib::tableint) + sizeof(hnswlib::linklistsizeint);
    offsetData_ = size_links_level0_;
    label_offset_ = size_links_level0_ + data_size_;
    size_data_per_element_ = label_offset_ + sizeof(hnswlib::labeltype);
    visited_list_pool_ = std::make_unique<hnswlib::VisitedListPool>(1, 0);
    MakeEmpty();
  }

  void MakeEmpty() {
    cur_element_count = 0;
    enterpoint_node_ = static_cast<hnswlib::tableint>(-1);
    maxlevel_ = -1;
    label_lookup_.clear();
  }

  char* SlotAt(uint32_t slot) const {
    return data_level0_memory_ + static_cast<size_t>(slot) * size_data_per_element_;
  }
  const float* VectorAt(uint32_t slot) const {
    return reinterpret_cast<const float*>(SlotAt(slot) + offsetData_);
  }

 private:
  size_t dims_;
};

}  // namespace archivolt
