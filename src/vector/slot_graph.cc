#include "vector/slot_graph.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <cstring>
#include <iosfwd>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "vector/kernels.h"

// hnswlib is contained in this file. Its own SIMD and prefetching are off: the distances are ours,
// and its prefetching reads one link past the end of a list. What it writes to its error stream
// goes nowhere.
namespace archivolt {
namespace {

struct Nowhere {
  template <typename T>
  const Nowhere& operator<<(const T&) const {
    return *this;
  }
  const Nowhere& operator<<(std::ostream& (*)(std::ostream&)) const { return *this; }
};

}  // namespace
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
namespace {

constexpr int kMaxLevel = 24;
constexpr uint32_t kNoTwin = 0xFFFFFFFF;

float NegatedProduct(const void* a, const void* b, const void* dims) {
  return -InnerProduct(static_cast<const float*>(a), static_cast<const float*>(b),
                       *static_cast<const size_t*>(dims));
}

float SquaredDistance(const void* a, const void* b, const void* dims) {
  return SquaredL2(static_cast<const float*>(a), static_cast<const float*>(b),
                   *static_cast<const size_t*>(dims));
}

uint64_t SplitMix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

uint32_t HashOf(const float* v, size_t dims) {
  uint64_t hash = 0xCBF29CE484222325U;
  for (size_t i = 0; i < dims; ++i) {
    hash = (hash ^ std::bit_cast<uint32_t>(v[i])) * 0x9E3779B97F4A7C15U;
    hash ^= hash >> 32;
  }
  return static_cast<uint32_t>(hash);
}

bool Nearer(const SlotDistance& a, const SlotDistance& b) { return a.distance < b.distance; }
bool Farther(const SlotDistance& a, const SlotDistance& b) { return a.distance > b.distance; }

void Prefetch(const void* where) {
#if defined(__GNUC__)
  __builtin_prefetch(where);
#else
  (void)where;
#endif
}

Status NoRoom(size_t slots) {
  return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the vectors of this collection")
      .With("slots", static_cast<int64_t>(slots));
}

}  // namespace

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

SlotGraph::SlotGraph(std::unique_ptr<Links> links, uint64_t seed)
    : links_(std::move(links)), seed_(seed) {}

SlotGraph::~SlotGraph() = default;

Result<std::unique_ptr<SlotGraph>> SlotGraph::Create(const VectorIndexOptions& options) {
  try {
    std::unique_ptr<SlotGraph> graph(new SlotGraph(std::make_unique<Links>(options), options.seed));
    graph->linking_.resize(options.dims);
    return graph;
  } catch (const std::exception&) {
    return NoRoom(0);
  }
}

size_t SlotGraph::capacity() const { return links_->max_elements_; }
size_t SlotGraph::linked() const { return links_->cur_element_count; }

Status SlotGraph::Resize(size_t capacity) {
  // hnswlib numbers slots with 32 bits, signed in places, and multiplies without looking.
  const size_t most = std::numeric_limits<ptrdiff_t>::max() / links_->size_data_per_element_;
  if (capacity > most || capacity > static_cast<size_t>(std::numeric_limits<int32_t>::max())) {
    return NoRoom(capacity);
  }
  if (capacity == 0) {
    ClearLinks();
    links_->clear();
    links_->max_elements_ = 0;
    std::vector<int>().swap(links_->element_levels_);
    std::vector<std::mutex>().swap(links_->link_list_locks_);
    links_->visited_list_pool_ = std::make_unique<hnswlib::VisitedListPool>(1, 0);
    links_->MakeEmpty();
    return Status::Ok();
  }
  try {
    if (!twins_.empty()) twins_.resize(std::max(capacity, twins_.size()), kNoTwin);
    links_->resizeIndex(capacity);
  } catch (const std::exception&) {
    return NoRoom(capacity);
  }
  return Status::Ok();
}

float* SlotGraph::VectorAt(uint32_t slot) { return const_cast<float*>(links_->VectorAt(slot)); }
const float* SlotGraph::VectorAt(uint32_t slot) const { return links_->VectorAt(slot); }

uint32_t SlotGraph::LabelAt(uint32_t slot) const {
  return static_cast<uint32_t>(links_->getExternalLabel(slot));
}

void SlotGraph::SetLabel(uint32_t slot, uint32_t label) { links_->setExternalLabel(slot, label); }

void SlotGraph::Wipe(uint32_t slot) {
  std::memset(links_->SlotAt(slot), 0, links_->size_data_per_element_);
}

// Each level holds a 1/m share of the one below. Counting how often m divides a hash gives just
// that distribution, in integers, so that a graph has the same levels on every machine.
int SlotGraph::LevelOf(uint32_t slot) const {
  uint64_t hash = SplitMix64(seed_ ^ SplitMix64(slot));
  int level = 0;
  while (level < kMaxLevel && hash % links_->M_ == 0) {
    ++level;
    hash = SplitMix64(hash);
  }
  return level;
}

Status SlotGraph::LinkNext() {
  const auto slot = static_cast<uint32_t>(linked());
  std::memcpy(linking_.data(), links_->VectorAt(slot), links_->data_size_);
  const uint32_t label = LabelAt(slot);
  try {
    LinkOne(slot, label);
  } catch (const std::exception&) {
    // hnswlib clears the slot before it fills it again, and may have failed between the two.
    std::memcpy(VectorAt(slot), linking_.data(), links_->data_size_);
    SetLabel(slot, label);
    ClearLinks();
    return NoRoom(slot + 1);
  }
  return Status::Ok();
}

// Equal vectors, such as those of a text that occurs in many documents, would link to one another
// alone: more than a list's length of them are an island from which a walk does not come back. So
// one of them stands for all.
void SlotGraph::LinkOne(uint32_t slot, uint32_t label) {
  by_content_.Reserve(by_content_.size() + 1);
  const uint32_t hash = HashOf(linking_.data(), linking_.size());
  const uint32_t first = by_content_.Find(hash);
  if (first != SlotTable::kAbsent &&
      std::memcmp(links_->VectorAt(first), linking_.data(), links_->data_size_) == 0) {
    AttachTwin(slot, first);
    return;
  }
  const int level = LevelOf(slot);
  links_->addPoint(linking_.data(), label, level);
  // The index keeps its own table of labels; hnswlib's would be a second one.
  links_->label_lookup_.clear();
  upper_bytes_ += static_cast<size_t>(level) * links_->size_links_per_element_;
  if (first == SlotTable::kAbsent) by_content_.Set(hash, slot);
}

void SlotGraph::AttachTwin(uint32_t slot, uint32_t first) {
  if (twins_.empty()) twins_.resize(capacity(), kNoTwin);
  twins_[slot] = twins_[first];
  twins_[first] = slot;
  // Linked as far as hnswlib knows, to nothing and by nothing.
  std::memset(links_->SlotAt(slot), 0, links_->size_links_level0_);
  links_->element_levels_[slot] = 0;
  links_->cur_element_count = slot + 1;
}

void SlotGraph::ClearLinks() {
  const size_t count = linked();
  for (size_t slot = 0; slot < count; ++slot) {
    if (links_->element_levels_[slot] > 0) std::free(links_->linkLists_[slot]);
    links_->element_levels_[slot] = 0;
  }
  links_->MakeEmpty();
  upper_bytes_ = 0;
  by_content_.Clear();
  std::vector<uint32_t>().swap(twins_);
}

float SlotGraph::Distance(const float* query, uint32_t slot) const {
  return links_->fstdistfunc_(query, links_->VectorAt(slot), links_->dist_func_param_);
}

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

size_t SlotGraph::bytes() const {
  const size_t per_slot = links_->size_data_per_element_ + sizeof(char*) + sizeof(int) +
                          sizeof(std::mutex) + sizeof(hnswlib::vl_type);
  return capacity() * per_slot + upper_bytes_ + sizeof(Links) +
         linking_.capacity() * sizeof(float) + candidates_.capacity() * sizeof(SlotDistance) +
         by_content_.bytes() + twins_.capacity() * sizeof(uint32_t);
}

}  // namespace archivolt
