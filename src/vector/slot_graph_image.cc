// The links of a SlotGraph as an image, and back.
#include <algorithm>
#include <new>

#include "vector/slot_graph.h"

namespace archivolt {

/// By slot, the one with an equal vector that it hangs on; kNoSlot for those with links of their
/// own. Empty while there is none.
std::vector<uint32_t> SlotGraph::TwinOwners() const {
  std::vector<uint32_t> owners;
  if (twins_.empty()) return owners;
  std::vector<bool> hangs(linked_);
  for (const uint32_t twin : twins_) {
    if (twin != kNoSlot) hangs[twin] = true;
  }
  owners.assign(linked_, kNoSlot);
  for (uint32_t slot = 0; slot < linked_; ++slot) {
    if (hangs[slot]) continue;
    for (uint32_t twin = twins_[slot]; twin != kNoSlot; twin = twins_[twin]) owners[twin] = slot;
  }
  return owners;
}

GraphImage SlotGraph::ImageOf(size_t first, size_t count) const {
  GraphImage image;
  image.entry = entry_;
  const std::vector<uint32_t> owners = TwinOwners();
  image.nodes.reserve(count);
  for (size_t at = first; at < first + count; ++at) {
    const auto slot = static_cast<uint32_t>(at);
    GraphImage::Node node;
    node.label = LabelAt(slot);
    node.links_at = static_cast<uint32_t>(image.links.size());
    node.twin = !owners.empty() && owners[slot] != kNoSlot;
    if (node.twin) {
      image.links.insert(image.links.end(), {1, owners[slot]});
    } else {
      node.level = static_cast<uint8_t>(LevelOf(slot));
      for (int level = 0; level <= node.level; ++level) {
        const uint32_t* const list = ListAt(slot, level);
        image.links.insert(image.links.end(), list, list + 1 + list[0]);
      }
    }
    image.nodes.push_back(node);
  }
  return image;
}

Status SlotGraph::Adopt(const GraphImage& image, const std::vector<bool>& missing,
                        std::vector<uint32_t>& orphans) {
  try {
    AdoptLists(image, missing);
    AdoptTwins(image, missing, orphans);
    return Status::Ok();
  } catch (const std::bad_alloc&) {
    ClearLinks();
    return Status(ErrorCode::OUT_OF_MEMORY, "no memory for the links of this collection");
  }
}

void SlotGraph::AdoptLists(const GraphImage& image, const std::vector<bool>& missing) {
  linked_ = ever_linked_ = image.nodes.size();
  upper_.assign(1, 0);  // 0 says none
  for (uint32_t slot = 0; slot < linked_; ++slot) {
    const GraphImage::Node& of_image = image.nodes[slot];
    Node* const node = NodeAt(slot);
    node->upper = 0;
    node->count = 0;
    if (of_image.twin) continue;
    if (of_image.level > 0) {
      node->upper = static_cast<uint32_t>(upper_.size());
      upper_.push_back(of_image.level);
      upper_.resize(upper_.size() + of_image.level * (m_ + 1));
    }
    for (int level = 0; level <= of_image.level; ++level) {
      const auto links = image.List(of_image, level);
      uint32_t* const to = ListAt(slot, level);
      to[0] = static_cast<uint32_t>(links.size());
      std::ranges::copy(links, to + 1);
    }
    if (missing[slot]) continue;
    if (of_image.level > max_level_ || (of_image.level == max_level_ && slot == image.entry)) {
      max_level_ = of_image.level;
      entry_ = slot;
    }
  }
  if (entry_ == kNoSlot) throw std::bad_alloc();                 // nothing to begin a walk with
  (void)LeadAround(missing, 0, static_cast<uint32_t>(linked_));  // few are missing
}

void SlotGraph::AdoptTwins(const GraphImage& image, const std::vector<bool>& missing,
                           std::vector<uint32_t>& orphans) {
  for (uint32_t slot = 0; slot < linked_; ++slot) {
    const GraphImage::Node& node = image.nodes[slot];
    if (missing[slot] || !node.twin) continue;
    const uint32_t first = image.List(node, 0).front();
    if (missing[first] || !vectors_.Equal(slot, first)) {
      orphans.push_back(slot);
      continue;
    }
    if (twins_.empty()) twins_.resize(capacity(), kNoSlot);
    twins_[slot] = twins_[first];
    twins_[first] = slot;
  }
}

}  // namespace archivolt
