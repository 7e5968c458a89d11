#include "vector/slot_table.h"

#include <utility>

namespace archivolt {

size_t SlotTable::HomeOf(uint32_t key) const {
  // Keys are often consecutive; multiplying by an odd constant and taking high bits spreads other
  // patterns too.
  const uint32_t mixed = key * 0x9E3779B1U;
  return (mixed ^ (mixed >> 15)) & (entries_.size() - 1);
}

/// The key's place, or the free one where it would go. REQUIRES: a free place.
size_t SlotTable::PlaceOf(uint32_t key) const {
  size_t place = HomeOf(key);
  while (entries_[place].slot != kAbsent && entries_[place].key != key) {
    place = (place + 1) & (entries_.size() - 1);
  }
  return place;
}

uint32_t SlotTable::Find(uint32_t key) const {
  return size_ == 0 ? kAbsent : entries_[PlaceOf(key)].slot;
}

void SlotTable::Reserve(size_t count) {
  size_t places = entries_.empty() ? 16 : entries_.size();
  while (places / 3 * 2 < count) places *= 2;
  if (places == entries_.size()) return;
  std::vector<Entry> before(places);
  before.swap(entries_);
  for (const Entry& entry : before) {
    if (entry.slot != kAbsent) entries_[PlaceOf(entry.key)] = entry;
  }
}

void SlotTable::Set(uint32_t key, uint32_t slot) {
  Entry& entry = entries_[PlaceOf(key)];
  if (entry.slot == kAbsent) ++size_;
  entry = {key, slot};
}

bool SlotTable::Erase(uint32_t key) {
  if (Find(key) == kAbsent) return false;
  const size_t mask = entries_.size() - 1;
  size_t hole = PlaceOf(key);
  // An entry further on may fill the hole unless its home lies behind the hole, where a search
  // would not reach it.
  for (size_t next = (hole + 1) & mask; entries_[next].slot != kAbsent; next = (next + 1) & mask) {
    const size_t home = HomeOf(entries_[next].key);
    if (((next - home) & mask) >= ((next - hole) & mask)) {
      entries_[hole] = entries_[next];
      hole = next;
    }
  }
  entries_[hole] = Entry{};
  --size_;
  return true;
}

void SlotTable::Clear() {
  std::vector<Entry>().swap(entries_);
  size_ = 0;
}

}  // namespace archivolt
