// The forms of single values that rules ask for: e-mail addresses, URLs, text without outer blanks.
//
// Pure functions over UTF-8. Forms are those that people and their programs use, not every form
// that a standard permits.
#pragma once

#include <string_view>

namespace archivolt {

/// The text without the white space at its ends, as Unicode and Python's strip() see it.
std::string_view TrimBlanks(std::string_view text);

/// local@domain as an HTML form's e-mail field takes it, letters of all scripts included: one '@',
/// no blanks, labels of the domain 1 to 63 bytes without a hyphen at their ends, 254 bytes at most.
bool IsEmailAddress(std::string_view text);

enum class UrlForm { kWeb, kRepository };

/// kWeb: http or https, a host, then anything without blanks. kRepository: also ssh and git, and
/// the form user@host:path.
bool IsUrl(std::string_view text, UrlForm form);

}  // namespace archivolt
