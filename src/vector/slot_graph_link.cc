// The building side of SlotGraph: a slot's place in the graph is searched first and linked then, so
// that nothing has changed when there is no memory for the search.
#include <algorithm>
#include <array>
#include <limits>

#include "vector/slot_graph.h"

namespace archivolt {
namespace {

constexpr int kMaxLevel = 24;
constexpr size_t kMostLinks = 256;  // VectorIndex::Create allows no more than 2 * 128
constexpr size_t kTwinsAmong = 4;   // nearest ones, one of which is an equal vector if there is any

uint64_t SplitMix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

}  // namespace

// Each level holds a 1/m share of the one below. Counting how often m divides a hash gives just
// that distribution, in integers, so that a graph has the same levels on every machine.
int SlotGraph::NextLevel() const {
  uint64_t hash = SplitMix64(seed_ ^ SplitMix64(ever_linked_));
  int level = 0;
  while (level < kMaxLevel && hash % m_ == 0) {
    ++level;
    hash = SplitMix64(hash);
  }
  return level;
}

/// May throw std::bad_alloc; what comes after the searches allocates nothing.
void SlotGraph::ReserveForLinking() {
  gathered_.resize(2 * m_);
  distances_.resize(2 * m_);
  found_.reserve(ef_construction_ + 1);
  candidates_.reserve(2 * m_ + 1);
  // One word that no slot's layers begin at, so that 0 can say none.
  if (upper_.empty()) upper_.push_back(0);
}

void SlotGraph::LinkOne(uint32_t slot, const std::vector<bool>* dead) {
  Node* const node = NodeAt(slot);
  node->upper = 0;
  node->count = 0;
  const std::byte* const row = vectors_.At(slot);
  const int level = NextLevel();
  const size_t upper_before = upper_.size();
  if (level > 0) {
    upper_.resize(upper_before + 1 + static_cast<size_t>(level) * (m_ + 1));
    node->upper = static_cast<uint32_t>(upper_before);
    upper_[upper_before] = static_cast<uint32_t>(level);
  }
  const int common = std::min(level, max_level_);
  try {
    if (linked_ > 0) {
      uint32_t entry = Descend(row, common);
      for (int at = common; at >= 0; --at) {
        WalkLayer<false>(entry, at, row, ef_construction_, {.twins = false},
                         std::numeric_limits<size_t>::max(), found_);
        std::sort(found_.begin(), found_.end(), NearerSlotFirst);
        entry = found_.front().slot;
        if (at == 0 && AttachTwin(slot, found_)) {
          upper_.resize(upper_before);
          return;
        }
        if (dead != nullptr) {
          const auto living =
              std::stable_partition(found_.begin(), found_.end(),
                                    [&](const SlotDistance& near) { return !(*dead)[near.slot]; });
          // Where all that is near is dead, it is the way to the rest.
          if (living != found_.begin()) found_.erase(living, found_.end());
        }
        Choose(found_, m_);
        uint32_t* const list = ListAt(slot, at);
        list[0] = static_cast<uint32_t>(found_.size());
        for (size_t i = 0; i < found_.size(); ++i) list[1 + i] = found_[i].slot;
      }
    }
  } catch (...) {
    upper_.resize(upper_before);
    throw;
  }
  for (int at = common; at >= 0; --at) {
    const uint32_t* const list = ListAt(slot, at);
    for (uint32_t i = 1; i <= list[0]; ++i) AddBackLink(list[i], slot, at);
  }
  if (level > max_level_) {
    max_level_ = level;
    entry_ = slot;
  }
  linked_ = slot + 1;
  ++ever_linked_;
}

// Equal vectors, such as those of a text that occurs in many documents, would link to one another
// alone: more than a list's length of them are an island from which a walk does not come back. So
// one of them stands for all.
bool SlotGraph::AttachTwin(uint32_t slot, const std::vector<SlotDistance>& nearest) {
  const size_t among = std::min(kTwinsAmong, nearest.size());
  for (size_t i = 0; i < among; ++i) {
    const uint32_t first = nearest[i].slot;
    if (!vectors_.Equal(slot, first)) continue;
    if (twins_.empty()) twins_.resize(capacity(), kNoSlot);
    twins_[slot] = twins_[first];
    twins_[first] = slot;
    Node* const node = NodeAt(slot);
    node->upper = 0;
    node->count = 0;
    linked_ = slot + 1;
    ++ever_linked_;
    return true;
  }
  return false;
}

/// Keeps of the candidates, sorted by distance, at most `most`: those that no kept one is nearer to
/// than the place they are candidates for. So links lead into every direction.
void SlotGraph::Choose(std::vector<SlotDistance>& candidates, size_t most) {
  if (candidates.size() < most) return;
  std::array<uint32_t, kMostLinks> kept;
  std::array<float, 4> distances;
  size_t count = 0;
  for (size_t c = 0; c < candidates.size() && count < most; ++c) {
    const SlotDistance candidate = candidates[c];
    const std::byte* const row = vectors_.At(candidate.slot);
    bool good = true;
    for (size_t i = 0; good && i < count; i += 4) {
      const size_t some = std::min<size_t>(4, count - i);
      vectors_.Distances(row, kept.data() + i, some, distances.data());
      for (size_t j = 0; j < some; ++j) good = good && !(distances[j] < candidate.distance);
    }
    if (!good) continue;
    kept[count] = candidate.slot;
    candidates[count++] = candidate;
  }
  candidates.resize(count);
}

/// Adds a link to a list, choosing anew among the list when it is full.
void SlotGraph::AddBackLink(uint32_t from, uint32_t to, int level) {
  uint32_t* const list = ListAt(from, level);
  const size_t most = MostLinks(level);
  if (list[0] < most) {
    list[++list[0]] = to;
    return;
  }
  const std::byte* const row = vectors_.At(from);
  vectors_.Distances(row, list + 1, most, distances_.data());
  candidates_.clear();
  for (size_t i = 0; i < most; ++i) candidates_.push_back({distances_[i], list[1 + i]});
  candidates_.push_back({vectors_.Distance(row, to), to});
  std::sort(candidates_.begin(), candidates_.end(), NearerSlotFirst);
  Choose(candidates_, most);
  list[0] = static_cast<uint32_t>(candidates_.size());
  for (size_t i = 0; i < candidates_.size(); ++i) list[1 + i] = candidates_[i].slot;
}

}  // namespace archivolt
