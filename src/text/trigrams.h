// Trigrams of names, and how alike two names are: PostgreSQL's pg_trgm, so that thresholds chosen
// there keep their meaning.
//
// Pure functions over UTF-8; case is folded, accents are kept. Nothing fails.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace archivolt {

/// The distinct trigrams of the words (runs of letters and digits), each word with two spaces
/// before and one after it: 'cat' has "  c", " ca", "cat", "at ". Sorted. One number a trigram: 21
/// bits a character.
std::vector<uint64_t> Trigrams(std::string_view text);

/// Shared trigrams divided by all of both, 0..1; 0 when either has none.
double TrigramSimilarity(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b);

}  // namespace archivolt
