// The removing side of SlotGraph: links are led around slots that go, and what stays moves
// together, so that a graph outlives the coming and going of its vectors.
#include <algorithm>

#include "vector/slot_graph.h"

namespace archivolt {

/// Where a slot goes that equal ones hang on, the first of these that stays gives it its label and
/// goes in its place.
void SlotGraph::HandTwinsOn(std::vector<bool>& going) {
  if (twins_.empty()) return;
  const std::vector<uint32_t> owners = TwinOwners();
  for (uint32_t slot = 0; slot < linked_; ++slot) {
    if (owners[slot] != kNoSlot) continue;
    uint32_t last = slot;
    for (uint32_t twin = twins_[slot]; twin != kNoSlot;) {
      const uint32_t next = twins_[twin];
      if (!going[twin] && !going[slot]) {
        twins_[last] = twin;
        last = twin;
      } else {
        if (!going[twin]) {
          SetLabel(slot, LabelAt(twin));
          going.swap(going[slot], going[twin]);
        }
        twins_[twin] = kNoSlot;
      }
      twin = next;
    }
    twins_[last] = kNoSlot;
  }
}

bool SlotGraph::LeadAround(const std::vector<bool>& going, uint32_t from, uint32_t to) {
  bool all_have_links = true;
  for (uint32_t slot = from; slot < to; ++slot) {
    if (going[slot]) continue;
    const std::byte* const row = vectors_.At(slot);
    for (int level = LevelOf(slot); level >= 0; --level) {
      uint32_t* const list = ListAt(slot, level);
      const std::span<const uint32_t> links(list + 1, list[0]);
      if (std::ranges::none_of(links, [&](uint32_t link) { return going[link]; })) continue;
      candidates_.clear();
      visited_[slot] = NextVisit();
      const auto offer = [&](uint32_t other) {
        if (going[other] || visited_[other] == visit_) return;
        visited_[other] = visit_;
        candidates_.push_back({vectors_.Distance(row, other), other});
      };
      for (const uint32_t link : links) {
        const uint32_t* const others = ListAt(link, level);
        if (going[link]) std::for_each_n(others + 1, others[0], offer);
        offer(link);
      }
      if (candidates_.empty() && level == 0) all_have_links = false;
      std::sort(candidates_.begin(), candidates_.end(), NearerSlotFirst);
      Choose(candidates_, MostLinks(level));
      list[0] = static_cast<uint32_t>(candidates_.size());
      for (size_t i = 0; i < candidates_.size(); ++i) list[1 + i] = candidates_[i].slot;
    }
  }
  return all_have_links;
}

void SlotGraph::Renumber(const std::vector<bool>& going) {
  std::vector<uint32_t> now(linked_);
  uint32_t count = 0;
  for (uint32_t slot = 0; slot < linked_; ++slot) {
    if (!going[slot]) now[slot] = count++;
  }
  const uint32_t entry_before = going[entry_] ? kNoSlot : entry_;
  size_t upper_end = 1;
  max_level_ = -1;
  for (uint32_t slot = 0; slot < linked_; ++slot) {
    if (going[slot]) continue;
    const int level = LevelOf(slot);
    for (int at = level; at >= 0; --at) {
      uint32_t* const list = ListAt(slot, at);
      for (uint32_t i = 1; i <= list[0]; ++i) list[i] = now[list[i]];
    }
    Node* const node = NodeAt(slot);
    if (node->upper != 0) {
      const size_t words = 1 + static_cast<size_t>(level) * (m_ + 1);
      std::copy_n(upper_.data() + node->upper, words, upper_.data() + upper_end);
      node->upper = static_cast<uint32_t>(upper_end);
      upper_end += words;
    }
    if (!twins_.empty()) twins_[now[slot]] = twins_[slot] == kNoSlot ? kNoSlot : now[twins_[slot]];
    if (level > max_level_ || slot == entry_before) {
      max_level_ = level;
      entry_ = now[slot];
    }
  }
  if (!twins_.empty()) std::fill(twins_.data() + count, twins_.data() + linked_, kNoSlot);
  upper_.resize(upper_end);
  linked_ = count;
}

void SlotGraph::MoveTogether(const std::vector<bool>& going, size_t used) {
  uint32_t kept = 0;
  for (uint32_t slot = 0; slot < used; ++slot) {
    if (going[slot]) continue;
    if (slot != kept) {
      vectors_.Copy(slot, kept);
      std::copy_n(nodes_.At(slot), nodes_.stride(), nodes_.At(kept));
    }
    ++kept;
  }
  for (; kept < used; ++kept) Wipe(kept);
}

}  // namespace archivolt
