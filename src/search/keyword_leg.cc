#include "search/keyword_leg.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/utf.h"

namespace archivolt {
namespace {

// A trigram hit says that a symbol stands there as it was typed, which outweighs one of its parts
// found as a word.
constexpr double kTrigramWeight = 2.0;
constexpr size_t kMaxLikePatterns = 8;

bool Better(const ScoredRow& a, const ScoredRow& b) {
  return a.score != b.score ? a.score > b.score : a.pk < b.pk;
}

Status Match(Database& database, std::string_view index, std::string_view bm25,
             std::string_view expression, double weight, const RowFilter& filter,
             std::vector<ScoredRow>* out) {
  std::string sql = "SELECT rowid, ";
  sql.append(bm25).append(" FROM ").append(index).append(" WHERE ").append(index).append(
      " MATCH ?1");
  AV_ASSIGN_OR_RETURN(Statement rows, database.Prepare(sql));
  AV_RETURN_IF_ERROR(rows.Bind(1, expression));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return Status::Ok();
    const int64_t pk = rows.Int(0);
    if (filter.Allows(pk)) out->push_back({pk, -rows.Real(1) * weight});
  }
}

size_t Occurrences(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++count;
  return count;
}

Status MatchLike(Database& database, const SearchKind& kind, std::string_view pattern,
                 std::string_view part, const RowFilter& filter, std::vector<ScoredRow>* out) {
  AV_ASSIGN_OR_RETURN(Statement rows, database.Prepare(kind.like_sql));
  AV_RETURN_IF_ERROR(rows.Bind(1, pattern));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return Status::Ok();
    const int64_t pk = rows.Int(0);
    if (!filter.Allows(pk)) continue;
    // bm25's saturation with its usual k1, and no idea of how rare the part is.
    const double count = std::max<double>(1, static_cast<double>(Occurrences(rows.Text(1), part)));
    out->push_back({pk, count / (count + 1.2)});
  }
}

/// Sums the scores of rows that several indexes found.
void MergeByPk(std::vector<ScoredRow>* rows) {
  std::sort(rows->begin(), rows->end(),
            [](const ScoredRow& a, const ScoredRow& b) { return a.pk < b.pk; });
  size_t kept = 0;
  for (const ScoredRow& row : *rows) {
    if (kept > 0 && (*rows)[kept - 1].pk == row.pk) {
      (*rows)[kept - 1].score += row.score;
    } else {
      (*rows)[kept++] = row;
    }
  }
  rows->resize(kept);
}

}  // namespace

double KeywordMatches::ScoreOf(int64_t pk) const {
  const auto found =
      std::lower_bound(by_pk.begin(), by_pk.end(), pk,
                       [](const ScoredRow& row, int64_t value) { return row.pk < value; });
  return found != by_pk.end() && found->pk == pk ? found->score : 0.0;
}

Result<KeywordMatches> RunKeywordLeg(Database& database, const SearchKind& kind,
                                     const KeywordQuery& query, const RowFilter& filter,
                                     size_t candidates) {
  KeywordMatches out;
  int sources = 0;
  if (!query.words.empty()) {
    ++sources;
    AV_RETURN_IF_ERROR(Match(database, kind.fts, kind.bm25, query.words, 1.0, filter, &out.by_pk));
  }
  if (kind.is_documents && !query.trigrams.empty()) {
    ++sources;
    AV_RETURN_IF_ERROR(Match(database, "document_chunks_trigram",
                             "bm25(document_chunks_trigram, 3.0, 1.0)", query.trigrams,
                             kTrigramWeight, filter, &out.by_pk));
  }
  if (kind.is_documents) {
    for (const std::string& pattern : query.like) {
      ++sources;
      const std::string_view part = std::string_view(pattern).substr(1, pattern.size() - 2);
      AV_RETURN_IF_ERROR(MatchLike(database, kind, pattern, part, filter, &out.by_pk));
    }
  } else {
    // The other tables have no trigram index; their CJK runs are looked for as they stand.
    size_t patterns = 0;
    for (const std::string& term : query.terms) {
      if (!IsCjk(DecodeUtf8(term, 0).value) || patterns++ >= kMaxLikePatterns) continue;
      ++sources;
      AV_RETURN_IF_ERROR(MatchLike(database, kind, "%" + term + "%", term, filter, &out.by_pk));
    }
  }
  if (sources > 1) MergeByPk(&out.by_pk);
  const size_t count = std::min(candidates, out.by_pk.size());
  out.ranked.resize(count);
  std::partial_sort_copy(out.by_pk.begin(), out.by_pk.end(), out.ranked.begin(), out.ranked.end(),
                         Better);
  return out;
}

}  // namespace archivolt
