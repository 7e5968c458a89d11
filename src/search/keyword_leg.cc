#include "search/keyword_leg.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/utf.h"

namespace archivolt {
namespace {

// A trigram hit says that a symbol stands there as it was typed, which outweighs one of its parts
// found as a word.
constexpr double kTrigramWeight = 2.0;
constexpr size_t kMaxLikePatterns = 8;

size_t Occurrences(std::string_view text, std::string_view part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string_view::npos;
       at = text.find(part, at + part.size()))
    ++count;
  return count;
}

/// Adds the rows whose text is LIKE the pattern, with their scores.
Status MatchLike(Database& database, const SearchKind& kind, std::string_view pattern,
                 std::string_view part, std::vector<std::vector<PhraseRow>>* out) {
  AV_ASSIGN_OR_RETURN(Statement rows, database.Prepare(kind.like_sql));
  AV_RETURN_IF_ERROR(rows.Bind(1, pattern));
  std::vector<PhraseRow>& found = out->emplace_back();
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return Status::Ok();
    // bm25's saturation with its usual k1, and no idea of how rare the part is.
    const double count = std::max<double>(1, static_cast<double>(Occurrences(rows.Text(1), part)));
    found.push_back({rows.Int(0), count / (count + 1.2)});
  }
}

bool AnyLeftOut(const FullTextMatches& matches) {
  return std::any_of(matches.phrases.begin(), matches.phrases.end(),
                     [](const PhraseRows& phrase) { return phrase.common && phrase.rows.empty(); });
}

}  // namespace

Result<KeywordMatches> RunKeywordLeg(Database& database, IndexSizes& sizes, const SearchKind& kind,
                                     const KeywordQuery& query, const RowFilter& filter,
                                     size_t candidates) {
  std::vector<std::vector<PhraseRow>> like;
  if (kind.is_documents) {
    for (const std::string& pattern : query.like) {
      const std::string_view part = std::string_view(pattern).substr(1, pattern.size() - 2);
      AV_RETURN_IF_ERROR(MatchLike(database, kind, pattern, part, &like));
    }
  } else {
    // The other tables have no trigram index; their CJK runs are looked for as they stand.
    for (const std::string& term : query.terms) {
      if (!IsCjk(DecodeUtf8(term, 0).value) || like.size() == kMaxLikePatterns) continue;
      AV_RETURN_IF_ERROR(MatchLike(database, kind, "%" + term + "%", term, &like));
    }
  }
  struct Index {
    std::string_view name;
    std::string_view expression;
    double weight;
  };
  const Index indexes[] = {
      {kind.fts, query.words, 1.0},
      {"document_chunks_trigram", kind.is_documents ? std::string_view(query.trigrams) : "",
       kTrigramWeight}};
  KeywordMatches out;
  bool left_out = true;
  for (const bool with_common : {false, true}) {
    if (!left_out || (with_common && out.ranked.size() >= candidates)) break;
    left_out = false;
    out.scores = Bm25();
    for (const Index& index : indexes) {
      if (index.expression.empty()) continue;
      AV_ASSIGN_OR_RETURN(
          FullTextMatches matches,
          database.ReadPhrases(index.name, index.expression, kind.weights, with_common));
      left_out = left_out || AnyLeftOut(matches);
      out.scores.Add(std::move(matches), index.weight, sizes.Of(index.name));
    }
    for (const std::vector<PhraseRow>& rows : like) out.scores.Add(rows);
    AV_ASSIGN_OR_RETURN(out.ranked, out.scores.Best(filter, candidates));
  }
  return out;
}

}  // namespace archivolt
