#include "vector/label_table.h"

#include <utility>

namespace archivolt {

size_t LabelTable::HomeOf(uint32_t label) const {
  // Labels are mostly consecutive; multiplying by an odd constant and taking high bits spreads other patterns too.
  const uint32_t mixed = label * 0x9E3779B1U;
  return (mixed ^ (mixed >> 15)) & (entries_.size() - 1);
}

/// The label's place, or the free one where it would go. REQUIRES: a free place.
size_t LabelTable::PlaceOf(uint32_t label) const {
  size_t place = HomeOf(label);
  while (entries_[place].slot != kAbsent && entries_[place].label != label) {
    place = (place + 1) & (entries_.size() - 1);
  }
  return place;
}

uint32_t LabelTable::Find(uint32_t label) const {
  return size_ == 0 ? kAbsent : entries_[PlaceOf(label)].slot;
}

void LabelTable::Reserve(size_t count) {
  size_t places = entries_.empty() ? 16 : entries_.size();
  while (places / 3 * 2 < count) places *= 2;
  if (places == entries_.size()) return;
  std::vector<Entry> before(places);
  before.swap(entries_);
  for (const Entry& entry : before) {
    if (entry.slot != kAbsent) entries_[PlaceOf(entry.label)] = entry;
  }
}

void LabelTable::Set(uint32_t label, uint32_t slot) {
  Entry& entry = entries_[PlaceOf(label)];
  if (entry.slot == kAbsent) ++size_;
  entry = {label, slot};
}

bool LabelTable::Erase(uint32_t label) {
  if (Find(label) == kAbsent) return false;
  const size_t mask = entries_.size() - 1;
  size_t hole = PlaceOf(label);
  // An entry further on may fill the hole unless its home lies behind the hole, where a search would not reach it.
  for (size_t next = (hole + 1) & mask; entries_[next].slot != kAbsent; next = (next + 1) & mask) {
    const size_t home = HomeOf(entries_[next].label);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      entries_[hole] = entries_[next];
      hole = next;
    }
  }
  entries_[hole] = Entry{};
  --size_;
  return true;
}

void LabelTable::Clear() {
  std::vector<Entry>().swap(entries_);
  size_ = 0;
}

}  // namespace archivolt
