// LabelTable: where each label's vector lies, label -> slot, in eight bytes an entry.
//
// Open addressing with linear probing; removal shifts entries back, so that there are no tombstones and no
// slow decay. Knows nothing of vectors. Reserve may throw std::bad_alloc; nothing else does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace archivolt {

class LabelTable {
 public:
  static constexpr uint32_t kAbsent = 0xFFFFFFFF;

  /// The label's slot, or kAbsent.
  uint32_t Find(uint32_t label) const;
  /// Room for `count` labels without another allocation.
  void Reserve(size_t count);
  /// Adds the label or moves it to another slot. REQUIRES: slot != kAbsent, and room reserved for size() + 1.
  void Set(uint32_t label, uint32_t slot);
  bool Erase(uint32_t label);
  /// Forgets all labels and gives the memory back.
  void Clear();

  size_t size() const { return size_; }
  size_t bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  struct Entry {
    uint32_t label = 0;
    uint32_t slot = kAbsent;
  };

  size_t HomeOf(uint32_t label) const;
  size_t PlaceOf(uint32_t label) const;

  std::vector<Entry> entries_;  // a power of two, at most two thirds used
  size_t size_ = 0;
};

}  // namespace archivolt
