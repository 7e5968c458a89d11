// Snippet: the few words of a passage that show why it was found, with the found words marked.
//
// Owns the choice of the window and the marks. Serves keyword and semantic hits alike: without any
// found word the passage's beginning is shown. Compares words without case and accents and forgives
// their endings. Does not escape for HTML. Never cuts within a character, is linear in the text and
// never fails.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace archivolt {

struct SnippetOptions {
  size_t tokens =
      32;  ///< Words shown (CJK: characters), 1..1000; words count again every 48 bytes.
  std::string before = "**";
  std::string after = "**";
};

/// `terms` as KeywordQuery::terms. White space is reduced to single spaces; "…" marks what is left
/// out.
std::string MakeSnippet(std::string_view text, std::span<const std::string> terms,
                        const SnippetOptions& options = {});

/// Words from one term of a query to a different one in the text, at the least: 1 = side by side, 0
/// = no two are there. Finds them as a snippet does.
size_t NearestTerms(std::string_view text, std::span<const std::string> terms);

}  // namespace archivolt
