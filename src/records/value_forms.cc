#include "records/value_forms.h"

#include <cstddef>
#include <cstdint>

#include "base/utf.h"

namespace archivolt {
namespace {

constexpr size_t kMaxEmailBytes = 254;
constexpr size_t kMaxLocalBytes = 64;
constexpr size_t kMaxLabelBytes = 63;
constexpr std::string_view kLocalMarks = ".!#$%&'*+/=?^_`{|}~-";

bool IsBlankOrControl(char32_t c) { return c <= 0x20 || c == 0x7F || IsUnicodeSpace(c); }

bool HasBlank(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const DecodedChar next = DecodeUtf8(text, at);
    if (IsBlankOrControl(next.value)) return true;
    at += next.length;
  }
  return false;
}

// ASCII letters and digits, and whatever is not ASCII.
bool IsLetterOrDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         static_cast<uint8_t>(c) >= 0x80;
}

bool IsHostName(std::string_view host) {
  size_t label = 0;
  for (size_t i = 0; i <= host.size(); ++i) {
    if (i < host.size() && host[i] != '.') {
      if (!IsLetterOrDigit(host[i]) && host[i] != '-') return false;
      ++label;
      continue;
    }
    if (label == 0 || label > kMaxLabelBytes || host[i - 1] == '-' || host[i - label] == '-') {
      return false;
    }
    label = 0;
  }
  return true;
}

// "host", "host:port", "user:password@host" or "[::1]:port".
bool IsAuthority(std::string_view text) {
  const size_t at = text.rfind('@');
  if (at != std::string_view::npos) text = text.substr(at + 1);
  if (text.starts_with("[")) return text.find(']') != std::string_view::npos && text.size() > 2;
  const size_t colon = text.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos)
      return false;
    text = text.substr(0, colon);
  }
  // Services inside a network have names with '_'.
  for (const char c : text) {
    if (!IsLetterOrDigit(c) && c != '-' && c != '.' && c != '_') return false;
  }
  return !text.empty() && text.front() != '.';
}

bool HasScheme(std::string_view text, std::string_view scheme) {
  if (text.size() < scheme.size()) return false;
  for (size_t i = 0; i < scheme.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != scheme[i]) return false;
  }
  return true;
}

}  // namespace

std::string_view TrimBlanks(std::string_view text) {
  const auto is_blank = [](char32_t c) { return IsUnicodeSpace(c) || (c >= 0x1C && c <= 0x1F); };
  size_t begin = 0;
  while (begin < text.size()) {
    const DecodedChar next = DecodeUtf8(text, begin);
    if (!is_blank(next.value)) break;
    begin += next.length;
  }
  size_t end = text.size();
  while (end > begin) {
    const size_t start = FloorToCharacter(text, end - 1);
    if (!is_blank(DecodeUtf8(text, start).value)) break;
    end = start;
  }
  return text.substr(begin, end - begin);
}

bool IsEmailAddress(std::string_view text) {
  const size_t at = text.find('@');
  if (at == std::string_view::npos || at == 0 || at > kMaxLocalBytes ||
      text.size() > kMaxEmailBytes || HasBlank(text)) {
    return false;
  }
  for (const char c : text.substr(0, at)) {
    if (!IsLetterOrDigit(c) && kLocalMarks.find(c) == std::string_view::npos) return false;
  }
  return IsHostName(text.substr(at + 1));
}

bool IsUrl(std::string_view text, UrlForm form) {
  if (HasBlank(text)) return false;
  size_t scheme = 0;
  for (const std::string_view known : {"http://", "https://", "ssh://", "git://"}) {
    if (HasScheme(text, known)) {
      if (form == UrlForm::kWeb && !known.starts_with("http")) return false;
      scheme = known.size();
    }
  }
  if (scheme > 0) {
    const std::string_view rest = text.substr(scheme);
    return IsAuthority(rest.substr(0, rest.find_first_of("/?#")));
  }
  if (form == UrlForm::kWeb) return false;
  // git@host:owner/name.git
  const size_t at = text.find('@');
  const size_t colon = text.find(':');
  return at != std::string_view::npos && at > 0 && colon != std::string_view::npos && colon > at &&
         colon + 1 < text.size() && IsHostName(text.substr(at + 1, colon - at - 1));
}

}  // namespace archivolt
