// Full text: how often the phrases of a query stand in which rows of an FTS5 index.
//
// Read phrase by phrase, each list once. FTS5's own bm25() goes over every list to count its rows,
// over all of them again to rank, and asks for the size of each row, which is most of its time;
// what is read here is ranked by whoever asked, who needs the sizes of few rows (search/bm25.h).
// The function in SQL behind it is the core's own (archivolt_phrases); callers cannot reach it.
#pragma once

#include <cstdint>
#include <vector>

namespace archivolt {

struct PhraseRow {
  int64_t rowid = 0;
  double frequency = 0;  ///< occurrences, each with the weight of its column
};

struct PhraseRows {
  std::vector<PhraseRow> rows;  ///< in order of rowid
  /// In at least half of the index's rows, so that it tells hardly any of them from the others.
  /// Then `rows` is empty unless they were asked for.
  bool common = false;
};

struct FullTextMatches {
  int64_t rows = 0;    ///< in the index, matching or not
  int64_t tokens = 0;  ///< in all of them
  /// In the order of the expression; none when no row matches.
  std::vector<PhraseRows> phrases;
};

}  // namespace archivolt
