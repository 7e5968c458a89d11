#include "search/context.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "text/snippet.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

// The same for every page of results, so that no page repeats a hit of another.
constexpr size_t kLookedAt = 50;
constexpr size_t kOthers = 3;
// Of the score that the weights 0.3 and 0.7 can give.
constexpr double kTitleMeaning = 0.05 / 0.7;
constexpr double kSameDocument = 0.05;
constexpr double kNearWords = 0.08 / 0.3;
// As long as any passage is; of a longer text the beginning says enough.
constexpr size_t kReadText = 10'000;

struct Place {
  std::string title;
  std::string text;
  int64_t document = 0;  // pk; 0 = none
};

Result<Place> PlaceOf(Database& database, const Candidate& candidate) {
  Place place;
  if (!candidate.kind->is_documents) {
    AV_ASSIGN_OR_RETURN(std::optional<HitRow> row,
                        ReadHitRow(database, *candidate.kind, candidate.pk));
    if (row) {
      place.title = std::move(row->title);
      place.text = std::move(row->text);
    }
    return place;
  }
  AV_ASSIGN_OR_RETURN(
      Statement row,
      database.Prepare("SELECT c.heading, d.pk, c.chunk_text FROM document_chunks c LEFT JOIN "
                       "documents d ON d.id = c.document_id WHERE c.pk = ?1"));
  AV_RETURN_IF_ERROR(row.Bind(1, candidate.pk));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return place;
  const std::string_view path = row.Text(0);
  const size_t last = path.rfind(" > ");
  place.title = path.substr(last == std::string_view::npos ? 0 : last + 3);
  place.document = row.Int(1);
  place.text = row.Text(2);
  return place;
}

}  // namespace

Status AddContext(Database& database, const KeywordQuery& keywords, const QueryVector& query,
                  const FusionInput& fusion, StaticEmbedder* embedder,
                  std::vector<Candidate>* candidates) {
  const std::span<Candidate> best(candidates->data(), std::min(kLookedAt, candidates->size()));
  const bool compares = query.builtin && embedder != nullptr && !query.vector.empty() &&
                        embedder->dimensions() == query.vector.size();
  const double near = kNearWords * fusion.options.bm25;
  const double meaning = kTitleMeaning * fusion.options.semantic * fusion.coverage_factor;
  std::vector<float> title(compares ? query.vector.size() : 0);
  std::vector<int64_t> documents;
  for (Candidate& candidate : best) {
    AV_ASSIGN_OR_RETURN(const Place place, PlaceOf(database, candidate));
    documents.push_back(place.document);
    const std::string_view text = std::string_view(place.text).substr(0, kReadText);
    if (const size_t apart = NearestTerms(text, keywords.terms); apart > 0)
      candidate.context = near / static_cast<double>(apart);
    if (!compares || place.title.empty()) continue;
    embedder->Embed(place.title, title);
    const float cosine = InnerProduct(query.vector.data(), title.data(), title.size());
    candidate.context += meaning * static_cast<double>(cosine);
  }
  for (size_t i = 0; i < best.size(); ++i) {
    double others = 0;
    size_t count = 0;
    // They are sorted: the first ones found are the best.
    for (size_t j = 0; j < best.size() && count < kOthers && documents[i] != 0; ++j) {
      if (j == i || documents[j] != documents[i]) continue;
      others += best[j].score;
      ++count;
    }
    best[i].context += kSameDocument * others / kOthers;
  }
  for (Candidate& candidate : best) candidate.score += candidate.context;
  SortCandidates(candidates);
  return Status::Ok();
}

}  // namespace archivolt
