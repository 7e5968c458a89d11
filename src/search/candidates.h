// Candidates: what the legs found, one entry a row, with the score that ranks it.
//
// Owns the union of the legs of one kind. A weighted score needs both legs of every candidate, so
// the one that did not find it is asked for its score all the same. Errors: those of the database.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "knowledge/embedders.h"
#include "search/fusion.h"
#include "search/keyword_leg.h"
#include "search/semantic_leg.h"
#include "storage/database.h"

namespace archivolt {

struct Candidate {
  const SearchKind* kind = nullptr;
  size_t kind_order = 0;  ///< place of the kind in the request
  int64_t pk = 0;
  std::optional<LegResult> bm25;
  std::optional<LegResult> semantic;
  double score = 0;
  double context = 0;  ///< what AddContext added to the score
};

/// A hit's title and text, as SearchKind::hit_sql reads them.
struct HitRow {
  std::string id;
  std::string title;
  std::string text;
};
/// Nothing when the row is gone. REQUIRES: not the kind documents.
Result<std::optional<HitRow>> ReadHitRow(Database& database, const SearchKind& kind, int64_t pk);

struct FusionInput {
  SearchMode mode = SearchMode::kHybrid;
  FusionOptions options;
  double coverage_factor = 1;
};

/// Candidates of one kind; without a query vector there is no semantic leg.
Result<std::vector<Candidate>> Fuse(Database& database, const FusionInput& fusion,
                                    const SearchKind& kind, const KeywordMatches& keyword,
                                    const std::vector<ScoredRow>& semantic,
                                    const KindVectors& vectors, const QueryVector& query);

/// Best first; equal scores by kind and pk.
void SortCandidates(std::vector<Candidate>* candidates);

}  // namespace archivolt
