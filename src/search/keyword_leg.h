// The keyword leg: which rows hold the words of a query, and how well, by FTS5's bm25.
//
// Owns the union of the word index, the trigram index (documents) and substring search (one or two
// CJK characters). Scores are positive and higher is better: SQLite's bm25() with its sign turned.
// Errors: those of the database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/status.h"
#include "search/row_filter.h"
#include "search/search_kinds.h"
#include "storage/database.h"
#include "text/query_tokens.h"

namespace archivolt {

struct ScoredRow {
  int64_t pk;
  double score;
};

struct KeywordMatches {
  std::vector<ScoredRow> by_pk;   ///< every match, in order of pk
  std::vector<ScoredRow> ranked;  ///< the best, best first, equal scores by pk

  /// The score of a row, or 0.
  double ScoreOf(int64_t pk) const;
};

Result<KeywordMatches> RunKeywordLeg(Database& database, const SearchKind& kind,
                                     const KeywordQuery& query, const RowFilter& filter,
                                     size_t candidates);

}  // namespace archivolt
