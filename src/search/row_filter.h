// RowFilter: which rows of one table a search may answer with, by pk.
//
// Two sets; both legs ask it before anything is ranked. No filter at all allows everything.
#pragma once

#include <cstdint>
#include <unordered_set>

namespace archivolt {

using PkSet = std::unordered_set<int64_t>;

struct RowFilter {
  bool has_allowed = false;
  PkSet allowed;  ///< has a meaning only with has_allowed
  PkSet denied;

  bool AllowsAll() const { return !has_allowed && denied.empty(); }
  bool Allows(int64_t pk) const {
    return (!has_allowed || allowed.contains(pk)) && !denied.contains(pk);
  }
};

}  // namespace archivolt
