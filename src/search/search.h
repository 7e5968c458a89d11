// SearchService: one ranked answer over documents, decisions, stories, code, messages and AI
// requests.
//
// Owns what is asked of each leg (keyword by FTS5, semantic by vectors) and how the legs become one
// rank. Does not own indexes or embedders. Every filter (deleted, failed, selection, where) holds
// in both legs before ranking. Invariants: 1. equal calls over equal contents give equal
// answers; 2. every hit says what each leg found. Errors: INVALID_ARGUMENT {argument}, NOT_FOUND
// (conversation), FAILED_PRECONDITION (vectors of another embedder).
#pragma once

#include <cstdint>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedders.h"
#include "knowledge/row_embeddings.h"
#include "knowledge/vector_registry.h"
#include "search/bm25.h"
#include "search/candidates.h"
#include "search/document_filter.h"
#include "search/search_request.h"
#include "settings/settings.h"
#include "storage/database.h"
#include "text/query_tokens.h"

namespace archivolt {

/// Microseconds spent on each part of a search.
struct SearchTimes {
  int64_t embed = 0;
  int64_t bm25 = 0;
  int64_t semantic = 0;
  int64_t fuse = 0;
};

class SearchService {
 public:
  /// All must outlive the service.
  SearchService(Database& database, Clock& clock, Embedders& embedders, VectorRegistry& vectors,
                RowEmbeddings& rows, SettingsService& settings)
      : database_(database),
        clock_(clock),
        embedders_(embedders),
        vectors_(vectors),
        rows_(rows),
        settings_(settings),
        filters_(database),
        sizes_(database) {}

  /// {query, kinds?, limit? 1..1000, offset? 0.. (0), mode? 'hybrid'|'semantic'|'keyword',
  ///  fusion? {method: 'weighted', bm25, semantic} | {method: 'rrf', k? (60), weights? {bm25,
  ///  semantic}}, where?, user?, conversation?, vector?, snippet? {tokens, before, after}, embed?
  ///  'builtin'|'external'|'none'}
  /// -> {hits: [{kind, id, documentId?, title, heading?, text, snippet, start?, end?, score, legs:
  /// {bm25?: {rank,
  ///  score}, semantic?: {rank, score}}}], took: {embed, bm25, semantic, fuse, total},
  ///  reembedding?: true} with times in milliseconds. reembedding: documents were searched by words
  ///  alone, as their vectors are another embedder's and on their way to the present one's.
  /// What is not given comes from the settings of user and conversation: limit from num_documents,
  /// the weights of the built-in embedder's fusion from bm25_weight and semantic_weight, and the
  /// mode is 'semantic' instead of 'hybrid' where use_hybrid_search is false.
  /// kinds: all six, or documents alone when `where` is given without kinds. Ranks count from 1.
  /// A hit of the semantic leg whose only words of the query stand in half of all rows or more may
  /// lack the leg bm25 (keyword_leg.h).
  /// A rank beyond the candidates looked at (at least 200 a leg) is given as the one after the last
  /// of them. Rows (not documents) whose vectors come from another embedder than the present one
  /// are found by words alone until they are embedded again: their hits have no leg `semantic`.
  Result<Value> Search(const Object& request);

 private:
  /// Everything found, best first.
  Result<std::vector<Candidate>> Collect(const SearchRequest& request, const QueryVector& query,
                                         const KeywordQuery& keywords, FusionInput fusion,
                                         SearchTimes* times);

  Database& database_;
  Clock& clock_;
  Embedders& embedders_;
  VectorRegistry& vectors_;
  RowEmbeddings& rows_;
  SettingsService& settings_;
  DocumentFilters filters_;
  IndexSizes sizes_;
};

}  // namespace archivolt
