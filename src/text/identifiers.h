// Identifiers: the words inside names of code, so that 'user name' finds getUserName.
//
// Pure functions over UTF-8. Letters of every script are kept; upper case is what FoldCase changes.
// Deterministic. Nothing fails: invalid bytes separate names. Time is linear in the text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace archivolt {

/// The parts of one name, in order: getUserName -> get, User, Name; HTTPServer2 -> HTTP, Server2;
/// a_b -> a, b. One part or none: nothing to take apart. The views point into `name`.
std::vector<std::string_view> IdentifierParts(std::string_view name);

/// The words that an index by whole words lacks, in lower case, each once, in order of first
/// appearance, joined by spaces: for getUserName 'get user name', for utf8_decode 'utf8 utf 8
/// decode', for getOAuthToken 'get oauth auth token', for an ordinary word nothing. Numbers and
/// what begins with a digit are no names. At most 32 KiB.
std::string IdentifierWords(std::string_view text);

}  // namespace archivolt
