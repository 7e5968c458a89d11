#include "text/identifiers.h"

#include <cstddef>
#include <unordered_set>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr size_t kMaxOutputBytes = 32 * 1024;
constexpr size_t kMaxNameBytes = 256;  // what is longer is no name but encoded bytes
constexpr size_t kMaxWordBytes = 64;

enum class Kind { kNone, kLower, kUpper, kDigit, kCjk };

Kind KindOf(char32_t c) {
  if (c >= '0' && c <= '9') return Kind::kDigit;
  if (!IsWordCharacter(c)) return Kind::kNone;
  if (IsCjk(c)) return Kind::kCjk;
  return FoldCase(c) == c ? Kind::kLower : Kind::kUpper;
}

/// Collects words until there is no room for more.
class WordList {
 public:
  void Add(std::string_view word) {
    if (word.empty() || word.size() > kMaxWordBytes) return;
    std::string folded = FoldCase(word);
    if (out_.size() + folded.size() + 1 > kMaxOutputBytes) return;
    const auto [place, fresh] = seen_.insert(std::move(folded));
    if (!fresh) return;
    if (!out_.empty()) out_.push_back(' ');
    out_ += *place;
  }
  std::string Take() { return std::move(out_); }

 private:
  std::unordered_set<std::string> seen_;
  std::string out_;
};

/// utf8 -> utf, 8. Nothing for a part of letters alone or of digits alone.
void AddDigitRuns(std::string_view part, WordList* words) {
  size_t begin = 0;
  for (size_t at = 1; at <= part.size(); ++at) {
    const auto digit = [&](size_t i) { return part[i] >= '0' && part[i] <= '9'; };
    if (at < part.size() && digit(at) == digit(at - 1)) continue;
    if (at == part.size() && begin == 0) return;
    words->Add(part.substr(begin, at - begin));
    begin = at;
  }
}

void AddName(std::string_view name, WordList* words) {
  const std::vector<std::string_view> parts = IdentifierParts(name);
  for (size_t i = 0; i < parts.size(); ++i) {
    const std::string_view part = parts[i];
    const bool joins = i + 1 < parts.size() && part.data() + part.size() == parts[i + 1].data();
    if (part.size() == 1 && joins) {
      // The O of OAuth says nothing alone.
      words->Add(std::string_view(part.data(), part.size() + parts[i + 1].size()));
    } else if (part.size() < name.size()) {
      words->Add(part);
    }
    AddDigitRuns(part, words);
  }
}

}  // namespace

std::vector<std::string_view> IdentifierParts(std::string_view name) {
  std::vector<std::string_view> parts;
  size_t begin = 0;
  const auto close = [&](size_t end) {
    if (end > begin) parts.push_back(name.substr(begin, end - begin));
    begin = end;
  };
  Kind before = Kind::kNone;
  size_t before_at = 0;
  for (size_t at = 0; at < name.size();) {
    const DecodedChar c = DecodeUtf8(name, at);
    const size_t next = at + c.length;
    if (IsCombining(c.value)) {  // belongs to the letter before it
      at = next;
      continue;
    }
    const Kind kind = KindOf(c.value);
    if (c.value == '_') {
      close(at);
      begin = next;
    } else if (at > begin) {
      if (kind == Kind::kUpper && (before == Kind::kLower || before == Kind::kDigit)) close(at);
      if ((kind == Kind::kCjk) != (before == Kind::kCjk)) close(at);
      // The last capital of HTTPServer begins the next part.
      if (kind == Kind::kLower && before == Kind::kUpper && before_at > begin) close(before_at);
    }
    before = kind;
    before_at = at;
    at = next;
  }
  close(name.size());
  return parts;
}

std::string IdentifierWords(std::string_view text) {
  WordList words;
  size_t begin = 0;
  for (size_t at = 0; at <= text.size();) {
    DecodedChar c{0, 1};
    if (at < text.size()) c = DecodeUtf8(text, at);
    const bool inside =
        c.value != kReplacementCharacter && (c.value == '_' || IsWordCharacter(c.value));
    if (!inside) {
      const std::string_view name = text.substr(begin, at - begin);
      const bool number = !name.empty() && name[0] >= '0' && name[0] <= '9';
      if (!number && name.size() > 1 && name.size() <= kMaxNameBytes) AddName(name, &words);
      begin = at + c.length;
    }
    at += c.length;
  }
  return words.Take();
}

}  // namespace archivolt
