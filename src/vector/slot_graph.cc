#include "vector/slot_graph.h"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

#include "vector/hnsw_links.h"

namespace archivolt {
namespace {

constexpr int kMaxLevel = 24;

uint64_t SplitMix64(uint64_t x) {
  x += 0x9E3779B97F4A7C15U;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
  return x ^ (x >> 31);
}

Status NoRoom(size_t slots) {
  return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the vectors of this collection")
      .With("slots", static_cast<int64_t>(slots));
}

}  // namespace

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
  const uint32_t hash = HashOf(linking_);
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

size_t SlotGraph::bytes() const {
  const size_t per_slot = links_->size_data_per_element_ + sizeof(char*) + sizeof(int) +
                          sizeof(std::mutex) + sizeof(hnswlib::vl_type);
  return capacity() * per_slot + upper_bytes_ + sizeof(Links) +
         linking_.capacity() * sizeof(float) + candidates_.capacity() * sizeof(SlotDistance) +
         by_content_.bytes() + twins_.capacity() * sizeof(uint32_t);
}

}  // namespace archivolt
