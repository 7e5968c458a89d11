// word_grams: the n-grams that a word which the table lacks is known by.
//
// Owns nothing. An n-gram is three to five characters of the word between '<' and '>'; its bucket
// is a hash of its UTF-8. The table's rows for buckets were fitted to exactly these
// (tools/embedder/grams.mjs), so that a change here needs a new table. Never fails, never
// allocates; invalid UTF-8 counts as one character a byte.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace archivolt {

/// As many n-grams as the longest word of TableWords has.
inline constexpr size_t kMaxGrams = 768;

/// Writes the bucket of each n-gram, in order, and returns how many there are; those for which
/// `out` has no room are left out. REQUIRES: `buckets` is a power of two.
size_t GramBuckets(std::string_view word, uint32_t buckets, std::span<uint32_t, kMaxGrams> out);

}  // namespace archivolt
