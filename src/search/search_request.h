// What a search asks for, checked and with its defaults.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedders.h"
#include "search/document_filter.h"
#include "search/fusion.h"
#include "search/search_kinds.h"
#include "text/snippet.h"

namespace archivolt {

struct SearchRequest {
  std::string query;
  /// What the built-in embedder embeds, the query unless it is given. Of the object that was read.
  std::string_view meaning;
  std::vector<const SearchKind*> kinds;
  size_t limit = 10;
  size_t offset = 0;
  SearchMode mode = SearchMode::kHybrid;
  std::optional<FusionOptions> fusion;  ///< none: by the embedder and the configuration
  DocumentScope scope;
  std::vector<float> vector;  ///< empty when the query is to be embedded here
  std::optional<EmbedMode> embed;
  SnippetOptions snippet;
};

/// See SearchService::Search for the form. Errors: INVALID_ARGUMENT {argument}.
Result<SearchRequest> ReadSearchRequest(const Object& request);

}  // namespace archivolt
