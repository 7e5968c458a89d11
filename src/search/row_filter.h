// RowFilter: which rows of one table a search may answer with, by pk.
//
// Owns two sets of bits; both legs ask it before anything is ranked. No filter at all allows everything.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace archivolt {

class PkSet {
 public:
  void Insert(int64_t pk) {
    const size_t at = static_cast<size_t>(pk);
    if (at >= bits_.size()) bits_.resize(at + at / 2 + 64);
    if (!bits_[at]) ++count_;
    bits_[at] = true;
  }
  bool Contains(int64_t pk) const {
    const size_t at = static_cast<size_t>(pk);
    return at < bits_.size() && bits_[at];
  }
  size_t count() const { return count_; }

 private:
  std::vector<bool> bits_;
  size_t count_ = 0;
};

struct RowFilter {
  bool has_allowed = false;
  PkSet allowed;  ///< has a meaning only with has_allowed
  PkSet denied;

  bool AllowsAll() const { return !has_allowed && denied.count() == 0; }
  bool Allows(int64_t pk) const { return (!has_allowed || allowed.Contains(pk)) && !denied.Contains(pk); }
};

}  // namespace archivolt
