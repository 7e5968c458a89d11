// The links of a SlotGraph as an image, and back.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>
#include <utility>

#include "vector/hnsw_links.h"

namespace archivolt {
namespace {

using Missing = std::vector<bool>;

/// The list without slots that are missing: in the place of one, the first of its own neighbours
/// that is there and is not in the list yet.
void LeadOn(const GraphImage& image, uint32_t self, int level, const Missing& missing,
            std::vector<uint32_t>& list) {
  for (size_t i = 0; i < list.size();) {
    if (!missing[list[i]]) {
      ++i;
      continue;
    }
    const auto others = image.List(image.nodes[list[i]], level);
    const auto other = std::ranges::find_if(others, [&](uint32_t slot) {
      return slot != self && !missing[slot] && std::ranges::find(list, slot) == list.end();
    });
    if (other != others.end()) {
      list[i++] = *other;
    } else {
      list[i] = list.back();
      list.pop_back();
    }
  }
}

}  // namespace

uint32_t SlotGraph::entry() const { return links_->enterpoint_node_; }

GraphImage SlotGraph::ImageOf(size_t first, size_t count) const {
  GraphImage image;
  image.entry = links_->enterpoint_node_;
  std::vector<bool> twin(twins_.empty() ? 0 : linked());
  for (const uint32_t slot : twins_) {
    if (slot != kNoTwin) twin[slot] = true;
  }
  image.nodes.reserve(count);
  for (size_t at = first; at < first + count; ++at) {
    const auto slot = static_cast<uint32_t>(at);
    GraphImage::Node node;
    node.label = LabelAt(slot);
    node.links_at = static_cast<uint32_t>(image.links.size());
    node.level = static_cast<uint8_t>(links_->element_levels_[slot]);
    node.twin = !twin.empty() && twin[slot];
    for (int level = 0; level <= node.level; ++level) {
      auto* const list = links_->get_linklist_at_level(slot, level);
      const uint32_t size = links_->getListCount(list);
      image.links.push_back(size);
      image.links.insert(image.links.end(), list + 1, list + 1 + size);
    }
    image.nodes.push_back(node);
  }
  return image;
}

Status SlotGraph::Adopt(const GraphImage& image, const Missing& missing,
                        std::vector<uint32_t>& orphans) {
  try {
    by_content_.Reserve(image.nodes.size());
    AdoptLists(image, missing);
    AdoptContents(image, missing, orphans);
    return Status::Ok();
  } catch (const std::bad_alloc&) {
    ClearLinks();
    return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the links of this collection");
  }
}

void SlotGraph::AdoptLists(const GraphImage& image, const Missing& missing) {
  uint32_t entry = GraphImage::kNoSlot;
  std::vector<uint32_t> list;
  for (uint32_t slot = 0; slot < image.nodes.size(); ++slot) {
    const GraphImage::Node& node = image.nodes[slot];
    const bool present = !missing[slot];
    const int levels = present ? node.level : 0;
    std::memset(links_->SlotAt(slot), 0, links_->size_links_level0_);
    links_->element_levels_[slot] = 0;
    if (levels > 0) {
      const size_t size = links_->size_links_per_element_ * static_cast<size_t>(levels);
      links_->linkLists_[slot] = static_cast<char*>(std::calloc(1, size));
      if (links_->linkLists_[slot] == nullptr) throw std::bad_alloc();
      links_->element_levels_[slot] = levels;
      upper_bytes_ += size;
    }
    // Now, so that what was taken is given back when there is no room for the next.
    links_->cur_element_count = slot + 1;
    if (!present || node.twin) continue;
    for (int level = 0; level <= levels; ++level) {
      const auto of_image = image.List(node, level);
      list.assign(of_image.begin(), of_image.end());
      LeadOn(image, slot, level, missing, list);
      auto* const to = links_->get_linklist_at_level(slot, level);
      links_->setListCount(to, static_cast<unsigned short>(list.size()));
      std::copy(list.begin(), list.end(), to + 1);
    }
    const bool higher = entry == GraphImage::kNoSlot || node.level > image.nodes[entry].level ||
                        (slot == image.entry && node.level == image.nodes[entry].level);
    if (higher) entry = slot;
  }
  if (entry == GraphImage::kNoSlot) throw std::bad_alloc();  // nothing to begin a walk with
  links_->enterpoint_node_ = entry;
  links_->maxlevel_ = image.nodes[entry].level;
}

/// Which vectors are in the graph, and which hang on an equal one.
void SlotGraph::AdoptContents(const GraphImage& image, const Missing& missing,
                              std::vector<uint32_t>& orphans) {
  const auto hash_of = [&](uint32_t slot) {
    return HashOf({links_->VectorAt(slot), linking_.size()});
  };
  const auto count = static_cast<uint32_t>(image.nodes.size());
  for (uint32_t slot = 0; slot < count; ++slot) {
    if (missing[slot] || image.nodes[slot].twin) continue;
    const uint32_t hash = hash_of(slot);
    if (by_content_.Find(hash) == SlotTable::kAbsent) by_content_.Set(hash, slot);
  }
  for (uint32_t slot = 0; slot < count; ++slot) {
    if (missing[slot] || !image.nodes[slot].twin) continue;
    const uint32_t first = by_content_.Find(hash_of(slot));
    if (first == SlotTable::kAbsent ||
        std::memcmp(links_->VectorAt(first), links_->VectorAt(slot), links_->data_size_) != 0) {
      orphans.push_back(slot);
      continue;
    }
    if (twins_.empty()) twins_.resize(capacity(), kNoTwin);
    twins_[slot] = twins_[first];
    twins_[first] = slot;
  }
}

}  // namespace archivolt
