#include "search/search.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/utf.h"
#include "knowledge/request.h"
#include "search/candidates.h"
#include "search/context.h"
#include "search/search_request.h"
#include "text/query_tokens.h"
#include "text/snippet.h"

namespace archivolt {
namespace {

constexpr size_t kMinCandidates = 200;
constexpr size_t kMaxSnippetSource = 200'000;
// Queued rows that one search embeds, over all kinds: about ten milliseconds. Where more wait, the
// older ones are found by their words alone until the queue is worked off.
constexpr size_t kEmbeddedHere = 300;

double Millis(int64_t micros) { return static_cast<double>(std::max<int64_t>(micros, 0)) / 1000.0; }

/// Adds the time until its end to a counter.
class Stopwatch {
 public:
  Stopwatch(Clock& clock, int64_t* total)
      : clock_(clock), total_(total), begin_(clock.NowMicros()) {}
  ~Stopwatch() { *total_ += std::max<int64_t>(clock_.NowMicros() - begin_, 0); }
  Stopwatch(const Stopwatch&) = delete;
  Stopwatch& operator=(const Stopwatch&) = delete;

 private:
  Clock& clock_;
  int64_t* total_;
  int64_t begin_;
};

Result<FusionOptions> ConfiguredFusion(const SearchSettings& settings, bool builtin) {
  FusionOptions options;
  if (!builtin) {
    options.method = FusionOptions::Method::kReciprocalRank;
    options.bm25 = options.semantic = 1.0;
    return options;
  }
  options.bm25 = settings.bm25_weight;
  options.semantic = settings.semantic_weight;
  if (options.bm25 + options.semantic <= 0) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "bm25_weight and semantic_weight are both 0 in the settings. Set one of them, or "
                  "say options.fusion.");
  }
  return options;
}

/// "Guide › Install": the document, then the headings, without saying the document's name twice.
std::string TitleOf(std::string_view document, std::string_view heading) {
  std::string path;
  for (size_t at = 0; at < heading.size();) {
    if (heading.substr(at).starts_with(" > ")) {
      path += " › ";
      at += 3;
    } else {
      path.push_back(heading[at++]);
    }
  }
  if (path.empty()) return std::string(document);
  if (document.empty() || heading == document || heading.starts_with(std::string(document) + " > "))
    return path;
  return std::string(document) + " › " + path;
}

Object Legs(const Candidate& candidate) {
  Object legs;
  const auto leg = [](const LegResult& result) {
    return Value(Object{{"rank", result.rank}, {"score", result.score}});
  };
  if (candidate.bm25) legs.Append("bm25", leg(*candidate.bm25));
  if (candidate.semantic) legs.Append("semantic", leg(*candidate.semantic));
  return legs;
}

/// The hit as callers see it, or nothing when its row is gone.
Result<std::optional<Object>> ReadHit(Database& database, const Candidate& candidate,
                                      const KeywordQuery& keywords, const SnippetOptions& snippet) {
  Object hit{{"kind", candidate.kind->name}};
  std::string text;
  if (candidate.kind->is_documents) {
    AV_ASSIGN_OR_RETURN(
        Statement row,
        database.Prepare(
            "SELECT c.id, c.document_id, coalesce(d.display_name, d.filename, ''), c.heading, "
            "c.chunk_text, c.start_char, c.end_char, c.offset_unit FROM document_chunks c "
            "LEFT JOIN documents d ON d.id = c.document_id WHERE c.pk = ?1"));
    AV_RETURN_IF_ERROR(row.Bind(1, candidate.pk));
    AV_ASSIGN_OR_RETURN(const bool found, row.Step());
    if (!found) return std::optional<Object>();
    hit.Append("id", row.Text(0));
    if (!row.IsNull(1)) hit.Append("documentId", row.Text(1));
    hit.Append("title", TitleOf(row.Text(2), row.Text(3)));
    if (!row.IsNull(3)) hit.Append("heading", row.Text(3));
    text = std::string(row.Text(4));
    // Offsets of other units, which imported chunks may have, would not index the text in
    // JavaScript.
    if (row.Text(7) == "utf16" && !row.IsNull(5) && !row.IsNull(6)) {
      hit.Append("start", row.Int(5));
      hit.Append("end", row.Int(6));
    }
  } else {
    AV_ASSIGN_OR_RETURN(std::optional<HitRow> row,
                        ReadHitRow(database, *candidate.kind, candidate.pk));
    if (!row) return std::optional<Object>();
    hit.Append("id", std::move(row->id));
    hit.Append("title", std::move(row->title));
    text = std::move(row->text);
  }
  const std::string_view shown = text;
  hit.Append("snippet", MakeSnippet(shown.substr(0, FloorToCharacter(shown, kMaxSnippetSource)),
                                    keywords.terms, snippet));
  hit.Append("text", std::move(text));
  hit.Append("score", candidate.score);
  if (candidate.context != 0) hit.Append("context", candidate.context);
  hit.Append("legs", Legs(candidate));
  return std::optional<Object>(std::move(hit));
}

}  // namespace

Result<std::vector<Candidate>> SearchService::Collect(const SearchRequest& request,
                                                      const QueryVector& query,
                                                      const KeywordQuery& keywords,
                                                      FusionInput fusion, SearchTimes* times) {
  const size_t wanted = request.offset + request.limit;
  const size_t candidates = std::max(kMinCandidates, 4 * wanted);
  struct Found {
    std::shared_ptr<const RowFilter> filter;
    KeywordMatches keyword;
  };
  std::vector<Found> found(request.kinds.size());
  bool any_keyword = false;
  for (size_t i = 0; i < found.size(); ++i) {
    const Stopwatch watch(clock_, &times->bm25);
    const SearchKind& kind = *request.kinds[i];
    AV_ASSIGN_OR_RETURN(found[i].filter, kind.is_documents
                                             ? filters_.For(request.scope)
                                             : KindFilter(database_, kind, request.scope));
    if (request.mode == SearchMode::kSemantic || keywords.empty()) continue;
    AV_ASSIGN_OR_RETURN(found[i].keyword, RunKeywordLeg(database_, sizes_, kind, keywords,
                                                        *found[i].filter, candidates));
    any_keyword = any_keyword || !found[i].keyword.ranked.empty();
  }
  // Better a vector that says little than no answer at all.
  if (fusion.coverage_factor == 0 && !any_keyword) fusion.coverage_factor = query.coverage;
  const bool compares = !query.vector.empty() &&
                        (fusion.coverage_factor > 0 || request.mode == SearchMode::kSemantic);
  std::vector<Candidate> all;
  for (size_t i = 0; i < found.size(); ++i) {
    const SearchKind& kind = *request.kinds[i];
    KindVectors vectors;
    std::vector<ScoredRow> semantic;
    if (compares) {
      const Stopwatch watch(clock_, &times->semantic);
      AV_ASSIGN_OR_RETURN(
          vectors, ReadKindVectors(kind, query, vectors_, rows_, kEmbeddedHere / found.size()));
      AV_ASSIGN_OR_RETURN(semantic,
                          RunSemanticLeg(database_, vectors, query, *found[i].filter, candidates));
    }
    const Stopwatch watch(clock_, &times->fuse);
    AV_ASSIGN_OR_RETURN(std::vector<Candidate> fused,
                        Fuse(database_, fusion, kind, found[i].keyword, semantic, vectors, query));
    for (Candidate& candidate : fused) candidate.kind_order = i;
    all.insert(all.end(), fused.begin(), fused.end());
  }
  const Stopwatch watch(clock_, &times->fuse);
  SortCandidates(&all);
  return all;
}

Result<Value> SearchService::Search(const Object& raw) {
  const int64_t begin = clock_.NowMicros();
  SearchTimes times;
  AV_ASSIGN_OR_RETURN(SearchRequest request, ReadSearchRequest(raw));
  AV_ASSIGN_OR_RETURN(const SearchSettings settings,
                      settings_.ForSearch(request.scope.user, request.scope.conversation));
  if (Member(raw, "limit").is_null()) request.limit = static_cast<size_t>(settings.num_documents);
  if (Member(raw, "mode").is_null() && !settings.use_hybrid_search)
    request.mode = SearchMode::kSemantic;
  QueryVector query;
  {
    const Stopwatch watch(clock_, &times.embed);
    AV_ASSIGN_OR_RETURN(query, MakeQueryVector(request, embedders_, vectors_));
  }
  FusionInput fusion;
  fusion.mode = request.mode;
  fusion.coverage_factor = query.builtin ? CoverageFactor(query.coverage) : 1.0;
  if (request.fusion) {
    fusion.options = *request.fusion;
  } else {
    AV_ASSIGN_OR_RETURN(fusion.options,
                        ConfiguredFusion(settings, query.builtin || query.vector.empty()));
  }
  const KeywordQuery keywords = ParseKeywordQuery(request.query);

  AV_ASSIGN_OR_RETURN(std::vector<Candidate> all,
                      Collect(request, query, keywords, fusion, &times));
  // A request that says its weights gets just those.
  if (!request.fusion && fusion.mode == SearchMode::kHybrid &&
      fusion.options.method == FusionOptions::Method::kWeighted) {
    const Stopwatch watch(clock_, &times.fuse);
    AV_RETURN_IF_ERROR(AddContext(database_, keywords, query, fusion, embedders_.builtin(), &all));
  }
  Array hits;
  {
    const Stopwatch watch(clock_, &times.fuse);
    const size_t first = std::min(request.offset, all.size());
    const size_t last = std::min(first + request.limit, all.size());
    for (size_t i = first; i < last; ++i) {
      AV_ASSIGN_OR_RETURN(std::optional<Object> hit,
                          ReadHit(database_, all[i], keywords, request.snippet));
      if (hit) hits.emplace_back(std::move(*hit));
    }
  }
  const int64_t total = clock_.NowMicros() - begin;
  Object result{{"hits", std::move(hits)},
                {"took", Object{{"embed", Millis(times.embed)},
                                {"bm25", Millis(times.bm25)},
                                {"semantic", Millis(times.semantic)},
                                {"fuse", Millis(times.fuse)},
                                {"total", Millis(total)}}}};
  if (query.reembedding) result.Append("reembedding", true);
  return Value(std::move(result));
}

}  // namespace archivolt
