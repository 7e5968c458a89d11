// Bm25: the rows that hold the words of a query, scored as FTS5's bm25() scores them, only as far
// as needed to know the best.
//
// Okapi BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza, "The Probabilistic Relevance
// Framework: BM25 and Beyond", 2009), its sign turned: higher is better. A score needs the size of
// its row, which costs a look-up each. A row of unknown size has a bound, its score if it were of
// size 0, and sizes are read for the rows whose bounds are above the scores that are known (Fagin,
// Lotem and Naor, "Optimal aggregation algorithms for middleware", 2003, with one list). So the
// best rows are exact. Errors: those of the database.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "search/row_filter.h"
#include "storage/database.h"
#include "storage/full_text.h"

namespace archivolt {

struct ScoredRow {
  int64_t pk;
  double score;
};

/// How many words rows of one full-text index have, as far as they were asked for. Rows that change
/// are forgotten; inside a transaction nothing new is kept, since it may be rolled back.
class RowSizes {
 public:
  /// `index` outlives it.
  RowSizes(Database& database, std::string_view index);

  std::string_view index() const { return index_; }
  /// To be called before a search: forgets what changed.
  void Refresh();
  /// 0: not known.
  uint32_t Known(int64_t pk) const {
    return static_cast<uint64_t>(pk) < sizes_.size() ? sizes_[static_cast<size_t>(pk)] : 0;
  }
  Result<uint32_t> Read(int64_t pk);

 private:
  Database& database_;
  std::string_view index_;
  std::string table_;
  std::vector<uint32_t> sizes_;  // by pk
};

/// The sizes of every index that was searched.
class IndexSizes {
 public:
  explicit IndexSizes(Database& database) : database_(database) {}
  /// Of this index, refreshed; the name outlives this.
  RowSizes& Of(std::string_view index);

 private:
  Database& database_;
  std::vector<std::unique_ptr<RowSizes>> indexes_;
};

class Bm25 {
 public:
  /// Adds an index's matches; scores in it count `weight` times. `sizes` outlives this.
  void Add(FullTextMatches matches, double weight, RowSizes& sizes);
  /// Adds rows that have their scores, in order of pk.
  void Add(std::vector<PhraseRow> scored);

  /// The best `count` of the rows that the filter allows, best first, equal scores by pk.
  Result<std::vector<ScoredRow>> Best(const RowFilter& filter, size_t count) const;
  /// The score of any row, 0 when it holds none of the words.
  Result<double> ScoreOf(int64_t pk) const;

 private:
  struct Term {
    std::vector<PhraseRow> rows;
    double idf;       // with the index's weight
    double average;   // words in a row
    RowSizes* sizes;  // null: frequencies are scores
  };
  static double Part(const Term& term, double frequency, double size);

  std::vector<Term> terms_;
};

}  // namespace archivolt
