// The writing half of the codec: one walk over a Value, for plain JSON and for the boundary format.
//
// Owns escaping, number formats and the depth limit. What JSON cannot hold goes to a JsonSpecials,
// which writes a stand-in or refuses. Internal to codec/.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

inline constexpr int kMaxWriteDepth = 256;

/// A step from a value to one inside it: an object's key or an array's index.
using PathStep = std::variant<std::string_view, size_t>;
using Path = std::vector<PathStep>;

/// Decides about what JSON has no form for. Each function appends a stand-in to `out`, or refuses.
class JsonSpecials {
 public:
  virtual ~JsonSpecials() = default;
  virtual Status WriteBytes(BytesView bytes, const Path& path, std::string& out) = 0;
  virtual Status WriteInteger(int64_t number, const Path& path, std::string& out) = 0;
  virtual Status WriteNonFinite(double number, std::string& out) = 0;
  /// `text` is not valid UTF-8.
  virtual Status WriteBrokenText(std::string_view text, std::string& out) = 0;
};

/// Appends `value` to `out`. Errors: what `specials` refuses, and INVALID_ARGUMENT beyond
/// kMaxWriteDepth.
Status WriteJsonWith(const Value& value, JsonSpecials& specials, std::string& out);

void AppendJsonInteger(int64_t number, std::string& out);
/// REQUIRES: `text` is valid UTF-8.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace archivolt
