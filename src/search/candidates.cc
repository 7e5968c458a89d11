#include "search/candidates.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/utf.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

// The beginning of a long message says what it is about; embedding all of it would cost more than
// it tells.
constexpr size_t kMaxEmbeddedBytes = 2000;

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

std::vector<Candidate> FuseDocuments(const FusionInput& fusion, const KeywordMatches& keyword,
                                     const SemanticMatches& semantic,
                                     const VectorCollection* collection, const QueryVector& query) {
  const SearchKind* kind = FindSearchKind("documents");
  std::vector<Candidate> out;
  std::unordered_map<int64_t, size_t> places;
  for (size_t i = 0; i < keyword.ranked.size(); ++i) {
    Candidate candidate;
    candidate.kind = kind;
    candidate.pk = keyword.ranked[i].pk;
    candidate.bm25 = LegResult{static_cast<int64_t>(i) + 1, keyword.ranked[i].score};
    places.emplace(candidate.pk, out.size());
    out.push_back(candidate);
  }
  for (size_t i = 0; i < semantic.ranked.size(); ++i) {
    const ScoredRow& row = semantic.ranked[i];
    const auto [place, fresh] = places.try_emplace(row.pk, out.size());
    if (fresh) {
      Candidate candidate;
      candidate.kind = kind;
      candidate.pk = row.pk;
      out.push_back(candidate);
    }
    Candidate& candidate = out[place->second];
    candidate.label = semantic.labels[i];
    candidate.semantic = LegResult{static_cast<int64_t>(i) + 1, row.score};
  }
  const bool weighted = fusion.mode == SearchMode::kHybrid &&
                        fusion.options.method == FusionOptions::Method::kWeighted;
  if (weighted && collection != nullptr && !query.vector.empty()) {
    for (Candidate& candidate : out) {
      if (!candidate.semantic) {
        const std::optional<double> similarity =
            SimilarityOfChunk(*collection, query.vector, candidate.pk);
        // Its rank is behind all that were looked at.
        if (similarity) {
          candidate.semantic =
              LegResult{static_cast<int64_t>(semantic.ranked.size()) + 1, *similarity};
        }
      } else if (!candidate.bm25) {
        const double score = keyword.ScoreOf(candidate.pk);
        if (score > 0)
          candidate.bm25 = LegResult{static_cast<int64_t>(keyword.ranked.size()) + 1, score};
      }
    }
  }
  Score(fusion, TopOf(keyword), &out);
  return out;
}

Result<std::vector<Candidate>> FuseOthers(Database& database, const FusionInput& fusion,
                                          const SearchKind& kind, const KeywordMatches& keyword,
                                          const QueryVector& query, StaticEmbedder* embedder,
                                          size_t rescored) {
  std::vector<Candidate> out;
  std::vector<std::pair<double, size_t>> similarities;
  const bool embeds = fusion.mode == SearchMode::kHybrid && query.builtin &&
                      !query.vector.empty() && embedder != nullptr;
  std::vector<float> vector(query.vector.size());
  for (size_t i = 0; i < keyword.ranked.size(); ++i) {
    Candidate candidate;
    candidate.kind = &kind;
    candidate.pk = keyword.ranked[i].pk;
    candidate.bm25 = LegResult{static_cast<int64_t>(i) + 1, keyword.ranked[i].score};
    if (embeds && i < rescored) {
      AV_ASSIGN_OR_RETURN(const std::optional<HitRow> row,
                          ReadHitRow(database, kind, candidate.pk));
      if (!row) continue;
      const std::string_view text = row->text;
      std::string passage = row->title + "\n";
      passage += text.substr(0, FloorToCharacter(text, kMaxEmbeddedBytes));
      embedder->Embed(passage, vector);
      similarities.emplace_back(Similarity(Metric::kCosine, query.vector, vector), out.size());
    }
    out.push_back(candidate);
  }
  std::sort(similarities.begin(), similarities.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  for (size_t i = 0; i < similarities.size(); ++i) {
    out[similarities[i].second].semantic =
        LegResult{static_cast<int64_t>(i) + 1, similarities[i].first};
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
