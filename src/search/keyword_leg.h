// The keyword leg: which rows hold the words of a query, and how well, by FTS5's bm25.
//
// Owns the union of the word index, the trigram index (documents) and substring search (one or two
// CJK characters). Scores are positive and higher is better. A word in at least half of an index's
// rows, which FTS5 weighs with a millionth, is left out where the other words find `candidates`
// rows: it would add at most 2.2e-6 a column's weight to their scores.
// Errors: those of the database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status.h"
#include "search/bm25.h"
#include "search/row_filter.h"
#include "search/search_kinds.h"
#include "storage/database.h"
#include "text/query_tokens.h"

namespace archivolt {

struct KeywordMatches {
  std::vector<ScoredRow> ranked;  ///< the best, best first, equal scores by pk
  Bm25 scores;                    ///< of every match
};

Result<KeywordMatches> RunKeywordLeg(Database& database, IndexSizes& sizes, const SearchKind& kind,
                                     const KeywordQuery& query, const RowFilter& filter,
                                     size_t candidates);

}  // namespace archivolt
