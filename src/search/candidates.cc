#include "search/candidates.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

namespace archivolt {
namespace {

void Score(const FusionInput& fusion, double top_bm25, std::vector<Candidate>* candidates) {
  for (Candidate& candidate : *candidates) {
    candidate.score = FusedScore(fusion.mode, fusion.options, candidate.bm25, candidate.semantic,
                                 top_bm25, fusion.coverage_factor);
  }
  if (fusion.mode != SearchMode::kHybrid) return;
  // A hybrid score of nothing is no reason to be shown.
  std::erase_if(*candidates, [](const Candidate& candidate) { return candidate.score <= 0; });
}

double TopOf(const KeywordMatches& keyword) {
  return keyword.ranked.empty() ? 0.0 : keyword.ranked.front().score;
}

}  // namespace

Result<std::optional<HitRow>> ReadHitRow(Database& database, const SearchKind& kind, int64_t pk) {
  AV_ASSIGN_OR_RETURN(Statement row, database.Prepare(kind.hit_sql));
  AV_RETURN_IF_ERROR(row.Bind(1, pk));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return std::optional<HitRow>();
  return std::optional<HitRow>(
      HitRow{std::string(row.Text(0)), std::string(row.Text(1)), std::string(row.Text(2))});
}

Result<std::vector<Candidate>> Fuse(Database& database, const FusionInput& fusion,
                                    const SearchKind& kind, const KeywordMatches& keyword,
                                    const std::vector<ScoredRow>& semantic,
                                    const KindVectors& vectors, const QueryVector& query) {
  std::vector<Candidate> out;
  std::unordered_map<int64_t, size_t> places;
  const auto candidate_of = [&](int64_t pk) -> Candidate& {
    const auto [place, fresh] = places.try_emplace(pk, out.size());
    if (fresh) {
      out.emplace_back();
      out.back().kind = &kind;
      out.back().pk = pk;
    }
    return out[place->second];
  };
  for (size_t i = 0; i < keyword.ranked.size(); ++i) {
    candidate_of(keyword.ranked[i].pk).bm25 =
        LegResult{static_cast<int64_t>(i) + 1, keyword.ranked[i].score};
  }
  for (size_t i = 0; i < semantic.size(); ++i) {
    candidate_of(semantic[i].pk).semantic =
        LegResult{static_cast<int64_t>(i) + 1, semantic[i].score};
  }
  const bool weighted = fusion.mode == SearchMode::kHybrid &&
                        fusion.options.method == FusionOptions::Method::kWeighted;
  if (weighted && !query.vector.empty()) {
    for (Candidate& candidate : out) {
      if (!candidate.semantic) {
        AV_ASSIGN_OR_RETURN(const std::optional<double> similarity,
                            SimilarityOf(database, vectors, query.vector, candidate.pk));
        // Its rank is behind all that were looked at.
        if (similarity)
          candidate.semantic = LegResult{static_cast<int64_t>(semantic.size()) + 1, *similarity};
      } else if (!candidate.bm25) {
        AV_ASSIGN_OR_RETURN(const double score, keyword.scores.ScoreOf(candidate.pk));
        if (score > 0)
          candidate.bm25 = LegResult{static_cast<int64_t>(keyword.ranked.size()) + 1, score};
      }
    }
  }
  Score(fusion, TopOf(keyword), &out);
  return out;
}

void SortCandidates(std::vector<Candidate>* candidates) {
  std::sort(candidates->begin(), candidates->end(), [](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.kind_order != b.kind_order) return a.kind_order < b.kind_order;
    return a.pk < b.pk;
  });
}

}  // namespace archivolt
