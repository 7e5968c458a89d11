#include "text/snippet.h"

#include <algorithm>
#include <vector>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr size_t kMaxWordBytes = 48;
constexpr std::string_view kEllipsis = "\xE2\x80\xA6";

struct Word {
  size_t begin;
  size_t end;
  int term;  // index of the term that it matches, -1 for none
};

/// Cuts the commonest English and Spanish endings, so that "indexes" meets "indexing".
std::string_view Stem(std::string_view word) {
  for (const std::string_view ending :
       {"ations", "ation", "iones", "ings", "ing", "ion", "ies", "es", "ed", "ly", "s", "e", "y"}) {
    if (word.size() >= ending.size() + 3 && word.ends_with(ending)) {
      return word.substr(0, word.size() - ending.size());
    }
  }
  return word;
}

struct Term {
  std::string_view text;
  std::string_view stem;
  bool cjk;
};

int MatchWord(std::string_view folded, const std::vector<Term>& terms) {
  const std::string_view stem = Stem(folded);
  for (size_t i = 0; i < terms.size(); ++i) {
    if (terms[i].cjk) continue;
    if (folded == terms[i].text || (stem.size() >= 3 && stem == terms[i].stem))
      return static_cast<int>(i);
  }
  for (size_t i = 0; i < terms.size(); ++i) {
    if (!terms[i].cjk && terms[i].text.size() >= 3 && folded.starts_with(terms[i].text)) {
      return static_cast<int>(i);
    }
  }
  return -1;
}

std::vector<Word> SplitWords(std::string_view text, const std::vector<Term>& terms) {
  std::vector<Word> words;
  size_t cjk_match_end = 0;
  int cjk_term = -1;
  for (size_t at = 0; at < text.size();) {
    DecodedChar c = DecodeUtf8(text, at);
    if (!IsWordCharacter(c.value)) {
      at += c.length;
      continue;
    }
    const size_t begin = at;
    if (IsCjk(c.value)) {
      at += c.length;
      while (at < text.size() && IsCombining(DecodeUtf8(text, at).value))
        at += DecodeUtf8(text, at).length;
      if (begin >= cjk_match_end) cjk_term = -1;
      for (size_t i = 0; i < terms.size(); ++i) {
        const size_t end = begin + terms[i].text.size();
        if (terms[i].cjk && end > cjk_match_end && text.substr(begin).starts_with(terms[i].text)) {
          cjk_match_end = end;
          cjk_term = static_cast<int>(i);
        }
      }
      words.push_back({begin, at, cjk_term});
      continue;
    }
    while (at < text.size() && at - begin < kMaxWordBytes) {
      c = DecodeUtf8(text, at);
      if (!IsWordCharacter(c.value) || IsCjk(c.value)) break;
      at += c.length;
    }
    // A mark that follows belongs to the last character, even past the limit.
    while (at < text.size() && IsCombining(DecodeUtf8(text, at).value))
      at += DecodeUtf8(text, at).length;
    words.push_back({begin, at, MatchWord(FoldForMatch(text.substr(begin, at - begin)), terms)});
  }
  return words;
}

/// First word of the window with the most different terms, then the most matches, then the
/// earliest.
size_t BestWindow(const std::vector<Word>& words, size_t terms, size_t size) {
  std::vector<int> counts(terms, 0);
  int distinct = 0;
  int matches = 0;
  int best = 0;
  size_t best_first = 0;
  size_t first_match = 0;
  for (size_t i = 0; i < words.size(); ++i) {
    if (i >= size && words[i - size].term >= 0) {
      --matches;
      if (--counts[static_cast<size_t>(words[i - size].term)] == 0) --distinct;
    }
    if (words[i].term < 0) continue;
    ++matches;
    if (++counts[static_cast<size_t>(words[i].term)] == 1) ++distinct;
    const int score = distinct * 1000 + std::min(matches, 999);
    if (score > best) {
      best = score;
      best_first = i + 1 > size ? i + 1 - size : 0;
      first_match = best_first;
      while (words[first_match].term < 0) ++first_match;
    }
  }
  if (best == 0 || words.size() <= size) return 0;
  // A few words before the first match give it a context.
  const size_t lead = std::min(first_match - best_first, size_t{6});
  const size_t centred = std::max(best_first, first_match - lead);
  return std::min(centred, words.size() - size);
}

void AppendCollapsed(std::string& out, std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const DecodedChar c = DecodeUtf8(text, at);
    if (IsUnicodeSpace(c.value)) {
      if (!out.empty() && out.back() != ' ') out.push_back(' ');
    } else {
      out.append(text.substr(at, c.length));
    }
    at += c.length;
  }
}

std::vector<Term> Prepare(std::span<const std::string> terms) {
  std::vector<Term> prepared;
  for (const std::string& term : terms) {
    if (term.empty()) continue;
    prepared.push_back({term, Stem(term), IsCjk(DecodeUtf8(term, 0).value)});
  }
  return prepared;
}

}  // namespace

size_t NearestTerms(std::string_view text, std::span<const std::string> terms) {
  std::vector<size_t> last(terms.size());  // place of each term, from 1
  size_t place = 0;
  size_t nearest = 0;
  for (const Word& word : SplitWords(text, Prepare(terms))) {
    ++place;
    if (word.term < 0) continue;
    size_t& mine = last[static_cast<size_t>(word.term)];
    mine = 0;
    for (const size_t other : last) {
      if (other != 0 && (nearest == 0 || place - other < nearest)) nearest = place - other;
    }
    mine = place;
  }
  return nearest;
}

std::string MakeSnippet(std::string_view text, std::span<const std::string> terms,
                        const SnippetOptions& options) {
  const std::vector<Term> prepared = Prepare(terms);
  const size_t size = std::max<size_t>(options.tokens, 1);
  const std::vector<Word> words = SplitWords(text, prepared);
  std::string out;
  if (words.empty()) {
    AppendCollapsed(out, text.substr(0, FloorToCharacter(text, size * 8)));
    while (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
  }
  const size_t first = BestWindow(words, prepared.size(), size);
  const size_t last = std::min(first + size, words.size());  // exclusive
  size_t begin = first == 0 ? 0 : words[first].begin;
  size_t end = last == words.size() ? text.size() : words[last - 1].end;
  // Punctuation between two words can be long too (rules, ASCII art): do not let it outgrow the
  // words.
  const size_t slack = size * kMaxWordBytes;
  if (words[first].begin - begin > slack) begin = words[first].begin;
  if (end - words[last - 1].end > slack) end = words[last - 1].end;
  if (begin > 0) out += kEllipsis;
  size_t at = begin;
  for (size_t i = first; i < last; ++i) {
    const bool opens = words[i].term >= 0 &&
                       (i == first || words[i - 1].term < 0 || words[i - 1].end != words[i].begin);
    const bool closes = words[i].term >= 0 && (i + 1 == last || words[i + 1].term < 0 ||
                                               words[i + 1].begin != words[i].end);
    const size_t gap = words[i].begin - at;
    AppendCollapsed(out, gap > slack ? std::string_view(" ") : text.substr(at, gap));
    if (opens) out += options.before;
    out.append(text.substr(words[i].begin, words[i].end - words[i].begin));
    if (closes) out += options.after;
    at = words[i].end;
  }
  AppendCollapsed(out, text.substr(at, end - at));
  while (!out.empty() && out.back() == ' ') out.pop_back();
  if (end < text.size()) out += kEllipsis;
  const size_t lead = out.find_first_not_of(' ');
  return lead == 0 || lead == std::string::npos ? out : out.substr(lead);
}

}  // namespace archivolt
