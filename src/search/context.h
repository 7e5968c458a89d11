// Context: what speaks for a passage beside its own words and its own vector: its title, how near
// the words of the query stand to each other in it, and the other passages of its document.
//
// Owns the three small additions to the scores of the best candidates of a hybrid search. Their
// weights were chosen by cross-validation on judged questions (docs/retrieval.md). Errors: those of
// the database.
#pragma once

#include <vector>

#include "base/status.h"
#include "knowledge/embedders.h"
#include "search/candidates.h"
#include "search/semantic_leg.h"
#include "storage/database.h"
#include "text/query_tokens.h"

namespace archivolt {

/// Adds to the scores of the first 50 candidates, which are sorted, and sorts them again. With the
/// fusion's weights b for words and s for meaning (0.3 and 0.7 unless configured), it adds
/// b * 0.27 / d where two different words of the query stand d words apart in the text, 1 for side
/// by side (the least distance of any pair, after Tao and Zhai, "An exploration of proximity
/// measures in information retrieval", 2007); s / 14 times the cosine of the query and the title,
/// as far as the built-in embedder (may be null) knows the query; and for
/// passages of documents 1 / 20 of the mean score of the three best others of the document that are
/// among the first 50. A title is the last heading above a passage, or what a row of another kind
/// shows as its title.
Status AddContext(Database& database, const KeywordQuery& keywords, const QueryVector& query,
                  const FusionInput& fusion, StaticEmbedder* embedder,
                  std::vector<Candidate>* candidates);

}  // namespace archivolt
