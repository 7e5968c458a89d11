#include "text/query_tokens.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/utf.h"
#include "text/identifiers.h"

namespace archivolt {
namespace {

constexpr size_t kMaxTokens = 64;
constexpr size_t kMaxTrigrams = 64;
constexpr size_t kMaxLikePatterns = 8;
constexpr size_t kMaxTokenBytes = 256;

// English and Spanish, folded, sorted. Words that often carry the question ("can", "not", "how")
// stay out of it.
constexpr std::string_view kStopWords[] = {
    "a",      "al",    "an",    "and", "are",  "as",   "at",   "be",    "been", "but",   "by",
    "como",   "con",   "de",    "del", "do",   "does", "el",   "ella",  "en",   "entre", "era",
    "es",     "esta",  "este",  "for", "from", "had",  "has",  "have",  "how",  "i",     "if",
    "in",     "into",  "is",    "it",  "its",  "la",   "las",  "lo",    "los",  "me",    "mi",
    "my",     "o",     "of",    "on",  "or",   "our",  "para", "pero",  "por",  "que",   "se",
    "should", "so",    "son",   "su",  "sus",  "that", "the",  "their", "them", "then",  "there",
    "these",  "they",  "this",  "to",  "un",   "una",  "unos", "was",   "we",   "were",  "what",
    "when",   "where", "which", "who", "why",  "will", "with", "would", "y",    "you",   "your"};

static_assert(std::is_sorted(std::begin(kStopWords), std::end(kStopWords)));

bool IsStopWord(std::string_view folded) {
  return std::binary_search(std::begin(kStopWords), std::end(kStopWords), folded);
}

bool IsAsciiUpper(char c) { return c >= 'A' && c <= 'Z'; }
bool IsAsciiLower(char c) { return c >= 'a' && c <= 'z'; }
bool IsAsciiDigit(char c) { return c >= '0' && c <= '9'; }

/// The parts of a name, or the name itself when it is a proper one: SQLite and OAuth taken apart
/// would only bring noise.
std::vector<std::string_view> QueryParts(std::string_view token) {
  std::vector<std::string_view> parts = IdentifierParts(token);
  const bool is_name = parts.size() == 2 && (parts[0].size() < 3 || parts[1].size() < 3) &&
                       token.find('_') == std::string_view::npos;
  if (is_name) parts.assign(1, token);
  return parts;
}

struct Token {
  std::string_view text;
  bool cjk = false;
  size_t characters = 0;
};

/// Maximal runs of word characters and '_', cut where CJK begins or ends.
std::vector<Token> SplitTokens(std::string_view text, size_t limit) {
  std::vector<Token> tokens;
  std::set<std::string_view> seen;
  size_t at = 0;
  while (at < text.size() && tokens.size() < limit) {
    const size_t begin = at;
    bool cjk = false;
    bool has_letter = false;
    size_t characters = 0;
    while (at < text.size()) {
      const DecodedChar c = DecodeUtf8(text, at);
      const bool word =
          c.value != kReplacementCharacter && (IsWordCharacter(c.value) || c.value == '_');
      if (!word) break;
      const bool is_cjk = IsCjk(c.value);
      if (at == begin) cjk = is_cjk;
      if (is_cjk != cjk && !IsCombining(c.value)) break;
      has_letter = has_letter || c.value != '_';
      ++characters;
      at += c.length;
    }
    if (at == begin) {
      at += DecodeUtf8(text, at).length;
      continue;
    }
    if (!has_letter) continue;
    const std::string_view token = text.substr(begin, std::min(at - begin, kMaxTokenBytes));
    const std::string_view whole =
        token.substr(0, FloorToCharacter(text, begin + token.size()) - begin);
    if (seen.insert(whole).second) tokens.push_back({whole, cjk, characters});
  }
  return tokens;
}

void AppendOr(std::string& expression, const std::string& term) {
  if (!expression.empty()) expression += " OR ";
  expression += term;
}

/// Space-separated pieces such as std::vector, foo.bar() or --no-cache, without the punctuation
/// around them.
std::vector<std::string_view> CodePieces(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (size_t at = 0; at < text.size() && pieces.size() < kMaxTokens;) {
    size_t end = at;
    while (end < text.size() && static_cast<uint8_t>(text[end]) > ' ') ++end;
    std::string_view piece = text.substr(at, end - at);
    at = end + 1;
    constexpr std::string_view kAround = "\"'`,;:.!?()[]{}";
    while (!piece.empty() && kAround.find(piece.front()) != std::string_view::npos)
      piece.remove_prefix(1);
    while (!piece.empty() && kAround.find(piece.back()) != std::string_view::npos)
      piece.remove_suffix(1);
    if (piece.size() < 3 || piece.size() > 100) continue;
    const bool ascii =
        std::all_of(piece.begin(), piece.end(), [](char c) { return c > ' ' && c < 0x7F; });
    if (!ascii) continue;
    const bool symbols = piece.find_first_of("_.:/\\-<>#+=@$%&*(") != std::string_view::npos;
    const bool letters = std::any_of(piece.begin(), piece.end(), [](char c) {
      return IsAsciiLower(c) || IsAsciiUpper(c) || IsAsciiDigit(c);
    });
    if (letters && (symbols || QueryParts(piece).size() > 1)) pieces.push_back(piece);
  }
  return pieces;
}

std::string LikePattern(std::string_view text) {
  std::string out = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out.push_back('\\');
    out.push_back(c);
  }
  out.push_back('%');
  return out;
}

void AddCjk(const Token& token, size_t* trigrams, KeywordQuery* out) {
  out->terms.push_back(FoldForMatch(token.text));
  if (token.characters < 3) {
    if (out->like.size() < kMaxLikePatterns) out->like.push_back(LikePattern(token.text));
    return;
  }
  // A run is a whole clause as often as a word, so each of its trigrams counts.
  std::vector<size_t> starts;
  for (size_t at = 0; at < token.text.size(); at += DecodeUtf8(token.text, at).length)
    starts.push_back(at);
  starts.push_back(token.text.size());
  for (size_t i = 0; i + 3 < starts.size() && *trigrams < kMaxTrigrams; ++i, ++*trigrams) {
    const std::string_view gram = token.text.substr(starts[i], starts[i + 3] - starts[i]);
    AppendOr(out->trigrams, QuoteFtsToken(gram));
    // Snippets mark what matched, which is the run or one of its trigrams.
    if (starts.size() > 4) out->terms.push_back(FoldForMatch(gram));
  }
}

}  // namespace

std::string QuoteFtsToken(std::string_view token) {
  std::string out = "\"";
  for (const char c : token) {
    if (c == '\0') continue;
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

KeywordQuery ParseKeywordQuery(std::string_view text, const KeywordQueryOptions& options) {
  KeywordQuery out;
  const std::vector<Token> tokens = SplitTokens(text, kMaxTokens);
  const bool only_stop_words = std::all_of(tokens.begin(), tokens.end(), [](const Token& token) {
    return IsStopWord(FoldForMatch(token.text));
  });
  // The last token is still being typed when nothing follows it.
  const char* const end_of_text = text.data() + text.size();
  size_t trigrams = 0;
  std::set<std::string> used;
  const auto add_word = [&](std::string_view word) {
    std::string folded = FoldForMatch(word);
    if (!used.insert(folded).second) return;
    AppendOr(out.words, QuoteFtsToken(word));
    out.terms.push_back(std::move(folded));
  };
  for (const Token& token : tokens) {
    if (token.cjk) {
      AddCjk(token, &trigrams, &out);
      continue;
    }
    const bool last = options.prefix_last && token.text.data() + token.text.size() == end_of_text;
    const bool stop = !only_stop_words && IsStopWord(FoldForMatch(token.text));
    if (!stop) {
      add_word(token.text);
      const std::vector<std::string_view> parts = QueryParts(token.text);
      for (const std::string_view part : parts) {
        if (parts.size() > 1 && part.size() > 1 && !IsStopWord(FoldForMatch(part))) add_word(part);
      }
    }
    // A prefix of one or two letters among other words would only add half of the vocabulary.
    if (last && (token.characters >= 3 || (tokens.size() == 1 && token.characters >= 2))) {
      AppendOr(out.words, QuoteFtsToken(token.text) + "*");
      if (stop) out.terms.push_back(FoldForMatch(token.text));
    }
  }
  for (const std::string_view piece : CodePieces(text)) {
    if (trigrams++ >= kMaxTrigrams) break;
    AppendOr(out.trigrams, QuoteFtsToken(piece));
  }
  return out;
}

}  // namespace archivolt
