// The search side of SlotGraph: down through the sparse layers, then the best-first walk of one.
#include <algorithm>
#include <limits>
#include <vector>

#include "vector/slot_graph.h"

namespace archivolt {
namespace {

bool Nearer(const SlotDistance& a, const SlotDistance& b) { return a.distance < b.distance; }
bool Farther(const SlotDistance& a, const SlotDistance& b) { return a.distance > b.distance; }

// WebAssembly has no such instruction: there the rows of a batch are waited for together.
void Prefetch(const void* where) {
#if defined(__GNUC__) && !defined(__wasm__)
  __builtin_prefetch(where);
#else
  (void)where;
#endif
}

}  // namespace

bool SlotGraph::Walk(const std::byte* query, size_t ef, const WalkFilter& filter,
                     size_t max_distances, std::vector<SlotDistance>& out) {
  gathered_.resize(2 * m_);
  distances_.resize(2 * m_);
  const uint32_t entry = Descend(query, 0);
  if (filter.dead == nullptr && filter.slots == nullptr && filter.allowed == nullptr) {
    return WalkLayer<false>(entry, 0, query, ef, filter, max_distances, out);
  }
  return WalkLayer<true>(entry, 0, query, ef, filter, max_distances, out);
}

/// The slot that no neighbour above `to_level` is nearer than.
uint32_t SlotGraph::Descend(const std::byte* query, int to_level) {
  uint32_t at = entry_;
  float nearest = vectors_.Distance(query, at);
  for (int level = max_level_; level > to_level; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      const uint32_t* const list = ListAt(at, level);
      const uint32_t count = list[0];
      vectors_.Distances(query, list + 1, count, distances_.data());
      for (uint32_t i = 0; i < count; ++i) {
        if (!(distances_[i] < nearest)) continue;
        nearest = distances_[i];
        at = list[1 + i];
        moved = true;
      }
    }
  }
  return at;
}

/// The neighbours of a slot that the present visit has not seen, into gathered_.
size_t SlotGraph::Gather(uint32_t slot, int level) {
  const uint32_t* const list = ListAt(slot, level);
  const uint32_t count = list[0];
  uint16_t* const visited = visited_.data();
  size_t fresh = 0;
  for (uint32_t i = 1; i <= count; ++i) {
    const uint32_t next = list[i];
    if (visited[next] == visit_) continue;
    visited[next] = visit_;
    gathered_[fresh++] = next;
    const std::byte* const row = vectors_.At(next);
    Prefetch(row);
    Prefetch(row + 64);
  }
  return fresh;
}

template <bool kFiltered>
bool SlotGraph::WalkLayer(uint32_t entry, int level, const std::byte* query, size_t ef,
                          const WalkFilter& filter, size_t max_distances,
                          std::vector<SlotDistance>& out) {
  const auto passes = [&](uint32_t slot) {
    if constexpr (!kFiltered) return true;
    if (filter.dead != nullptr && (*filter.dead)[slot]) return false;
    if (filter.slots != nullptr && !(*filter.slots)[slot]) return false;
    return filter.allowed == nullptr || (*filter.allowed)(LabelAt(slot));
  };
  const bool twins = filter.twins && !twins_.empty();

  // `out` is a heap with the farthest of the best on top, `candidates_` one with the nearest
  // unexplored on top.
  out.clear();
  candidates_.clear();
  visited_[entry] = NextVisit();
  float bound = std::numeric_limits<float>::infinity();
  size_t distances = 1;
  const auto keep = [&](uint32_t slot, float distance) {
    if (!passes(slot)) return;
    if (out.size() == ef) {
      std::pop_heap(out.begin(), out.end(), Nearer);
      out.back() = {distance, slot};
    } else {
      out.push_back({distance, slot});
    }
    std::push_heap(out.begin(), out.end(), Nearer);
    if (out.size() == ef) bound = out.front().distance;
  };
  const auto offer = [&](uint32_t slot, float distance) {
    if (!(distance < bound)) return;
    candidates_.push_back({distance, slot});
    std::push_heap(candidates_.begin(), candidates_.end(), Farther);
    keep(slot, distance);
    if (!twins) return;
    for (uint32_t twin = twins_[slot]; twin != kNoSlot; twin = twins_[twin]) {
      if (!(distance < bound)) return;
      ++distances;  // none is computed, but looking at one takes about as long
      keep(twin, distance);
    }
  };
  offer(entry, vectors_.Distance(query, entry));
  while (!candidates_.empty()) {
    const SlotDistance current = candidates_.front();
    if (current.distance > bound) break;
    std::pop_heap(candidates_.begin(), candidates_.end(), Farther);
    candidates_.pop_back();
    const size_t fresh = Gather(current.slot, level);
    distances += fresh;
    if (distances > max_distances) return false;
    vectors_.Distances(query, gathered_.data(), fresh, distances_.data());
    for (size_t i = 0; i < fresh; ++i) offer(gathered_[i], distances_[i]);
    if (!candidates_.empty()) Prefetch(nodes_.At(candidates_.front().slot));
  }
  return true;
}

template bool SlotGraph::WalkLayer<false>(uint32_t, int, const std::byte*, size_t,
                                          const WalkFilter&, size_t, std::vector<SlotDistance>&);

}  // namespace archivolt
