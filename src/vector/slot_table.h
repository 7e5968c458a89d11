// SlotTable: from a 32-bit key, a label or a hash of a vector, to a slot, in eight bytes an entry.
//
// Open addressing with linear probing; removal shifts entries back, so that there are no tombstones
// and no slow decay. Knows nothing of vectors. Reserve may throw std::bad_alloc; nothing else does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace archivolt {

class SlotTable {
 public:
  static constexpr uint32_t kAbsent = 0xFFFFFFFF;

  /// The key's slot, or kAbsent.
  uint32_t Find(uint32_t key) const;
  /// Room for `count` keys without another allocation.
  void Reserve(size_t count);
  /// Adds the key or moves it to another slot. REQUIRES: slot != kAbsent, and room reserved for
  /// size() + 1.
  void Set(uint32_t key, uint32_t slot);
  bool Erase(uint32_t key);
  /// Forgets all keys and gives the memory back.
  void Clear();

  size_t size() const { return size_; }
  size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    uint32_t key = 0;
    uint32_t slot = kAbsent;
  };

  size_t HomeOf(uint32_t key) const;
  size_t PlaceOf(uint32_t key) const;

  std::vector<Entry> entries_;  // a power of two, at most two thirds used
  size_t size_ = 0;
};

}  // namespace archivolt
