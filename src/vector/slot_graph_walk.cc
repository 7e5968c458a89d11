// The search side of SlotGraph: down through the sparse layers, then the best-first walk of the
// lowest.
#include <algorithm>
#include <limits>
#include <vector>

#include "vector/hnsw_links.h"

namespace archivolt {
namespace {

bool Nearer(const SlotDistance& a, const SlotDistance& b) { return a.distance < b.distance; }
bool Farther(const SlotDistance& a, const SlotDistance& b) { return a.distance > b.distance; }

void Prefetch(const void* where) {
#if defined(__GNUC__)
  __builtin_prefetch(where);
#else
  (void)where;
#endif
}

}  // namespace

bool SlotGraph::Walk(const float* query, size_t ef, const WalkFilter& filter, size_t max_distances,
                     std::vector<SlotDistance>& out) {
  uint32_t entry = links_->enterpoint_node_;
  float nearest = Distance(query, entry);
  for (int level = links_->maxlevel_; level > 0; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      auto* list = links_->get_linklist(entry, level);
      const uint32_t size = links_->getListCount(list);
      for (uint32_t i = 1; i <= size; ++i) {
        const float distance = Distance(query, list[i]);
        if (distance < nearest) {
          nearest = distance;
          entry = list[i];
          moved = true;
        }
      }
    }
  }
  if (filter.dead == nullptr && filter.allowed == nullptr) {
    return WalkLowest<false>(entry, query, ef, filter, max_distances, out);
  }
  return WalkLowest<true>(entry, query, ef, filter, max_distances, out);
}

template <bool kFiltered>
bool SlotGraph::WalkLowest(uint32_t entry, const float* query, size_t ef, const WalkFilter& filter,
                           size_t max_distances, std::vector<SlotDistance>& out) {
  const auto passes = [&](uint32_t slot) {
    if constexpr (!kFiltered) return true;
    if (filter.dead != nullptr && (*filter.dead)[slot]) return false;
    return filter.allowed == nullptr || (*filter.allowed)(LabelAt(slot));
  };
  struct Visit {
    hnswlib::VisitedListPool& pool;
    hnswlib::VisitedList* list;
    explicit Visit(hnswlib::VisitedListPool& from) : pool(from), list(from.getFreeVisitedList()) {}
    ~Visit() { pool.releaseVisitedList(list); }
  } visit(*links_->visited_list_pool_);
  hnswlib::vl_type* const visited = visit.list->mass;
  const hnswlib::vl_type now = visit.list->curV;

  // `out` is a heap with the farthest of the best on top, `candidates_` one with the nearest
  // unexplored on top.
  out.clear();
  candidates_.clear();
  float bound = std::numeric_limits<float>::infinity();
  size_t distances = 1;
  const auto keep = [&](uint32_t slot, float distance) {
    if (!passes(slot)) return;
    out.push_back({distance, slot});
    std::push_heap(out.begin(), out.end(), Nearer);
    if (out.size() > ef) {
      std::pop_heap(out.begin(), out.end(), Nearer);
      out.pop_back();
    }
    if (out.size() == ef) bound = out.front().distance;
  };
  const auto offer = [&](uint32_t slot, float distance) {
    if (out.size() >= ef && !(distance < bound)) return;
    candidates_.push_back({distance, slot});
    std::push_heap(candidates_.begin(), candidates_.end(), Farther);
    keep(slot, distance);
    if (twins_.empty()) return;
    for (uint32_t twin = twins_[slot]; twin != kNoTwin; twin = twins_[twin]) {
      if (out.size() >= ef && !(distance < bound)) return;
      ++distances;  // none is computed, but looking at one takes about as long
      keep(twin, distance);
    }
  };
  visited[entry] = now;
  offer(entry, Distance(query, entry));
  while (!candidates_.empty()) {
    const SlotDistance current = candidates_.front();
    if (current.distance > bound) break;
    std::pop_heap(candidates_.begin(), candidates_.end(), Farther);
    candidates_.pop_back();
    auto* list = links_->get_linklist0(current.slot);
    const uint32_t size = links_->getListCount(list);
    for (uint32_t i = 1; i <= size; ++i) {
      if (i < size) Prefetch(links_->VectorAt(list[i + 1]));
      const uint32_t slot = list[i];
      if (visited[slot] == now) continue;
      visited[slot] = now;
      if (++distances > max_distances) return false;
      offer(slot, Distance(query, slot));
    }
  }
  return true;
}

}  // namespace archivolt
