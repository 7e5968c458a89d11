// Query tokens: turns what a person typed into keyword queries that FTS5 accepts, whatever was
// typed.
//
// Owns the quoting (every token is a quoted FTS5 string, so no operator, column name or wildcard of
// FTS5 can be reached), stop words, identifiers and the split between word, trigram and substring
// matching. Does not run queries. Never fails: text without any letter or digit gives empty
// queries. Invariants: 1. tokens are joined by OR, bm25 ranks what matches more of them higher; 2.
// at most 64 distinct tokens are used, the first ones; 3. the patterns are for LIKE ... ESCAPE '\'.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace archivolt {

struct KeywordQuery {
  /// MATCH expression for a table tokenized into words; empty = nothing to look for.
  std::string words;
  /// MATCH expression for a trigram table (CJK runs, identifiers, paths); empty = nothing to look
  /// for.
  std::string trigrams;
  /// LIKE patterns for CJK runs of one or two characters, which trigrams cannot find.
  std::vector<std::string> like;
  /// Folded words and CJK runs, for snippets.
  std::vector<std::string> terms;

  bool empty() const { return words.empty() && trigrams.empty() && like.empty(); }
};

struct KeywordQueryOptions {
  /// Match words that begin with the last token, unless a space follows it: search while typing.
  bool prefix_last = true;
};

KeywordQuery ParseKeywordQuery(std::string_view text, const KeywordQueryOptions& options = {});

/// `token` as an FTS5 string: quotes doubled, NUL characters left out.
std::string QuoteFtsToken(std::string_view token);

}  // namespace archivolt
