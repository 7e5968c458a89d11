// Nearest: keeps the k nearest of the neighbours it is offered.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "vector/vector_index.h"

namespace archivolt {

inline bool NearerFirst(const Neighbor& a, const Neighbor& b) {
  return a.distance != b.distance ? a.distance < b.distance : a.label < b.label;
}

// The k nearest of what is offered; equal distances go to the smaller label.
class Nearest {
 public:
  explicit Nearest(size_t k, size_t expected) : k_(k) { heap_.reserve(std::min(k, expected) + 1); }

  void Offer(uint32_t label, float distance) {
    const Neighbor neighbor{label, distance};
    if (heap_.size() == k_ && !NearerFirst(neighbor, heap_.front())) return;
    heap_.push_back(neighbor);
    std::push_heap(heap_.begin(), heap_.end(), NearerFirst);
    if (heap_.size() > k_) {
      std::pop_heap(heap_.begin(), heap_.end(), NearerFirst);
      heap_.pop_back();
    }
  }
  /// Whether a distance could still get in, before its label or a filter is looked at.
  bool MayTake(float distance) const {
    return heap_.size() < k_ || distance <= heap_.front().distance;
  }
  std::vector<Neighbor> Take() && {
    std::sort_heap(heap_.begin(), heap_.end(), NearerFirst);
    return std::move(heap_);
  }

 private:
  size_t k_;
  std::vector<Neighbor> heap_;
};

}  // namespace archivolt
