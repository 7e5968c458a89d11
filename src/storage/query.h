// Query: one statement of the core's own SQL, from its text to all its rows, in one call.
//
// For services whose work is SQL: a call costs a few bytes of code where Prepare, Bind and Step
// cost hundreds. Not for large results, which it holds whole, nor for values that are large and
// read often. Errors: those of Statement.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "storage/database.h"

namespace archivolt {

/// A parameter: views a text or value that must live until the call returns, or holds a number.
class Param {
 public:
  Param(int64_t number) : number_(number) {}  // NOLINT: implicit
  Param(std::string_view text)                // NOLINT
      : text_(text.data() == nullptr ? "" : text.data()), number_(Size(text)) {}
  Param(const std::string& text) : Param(std::string_view(text)) {}  // NOLINT
  Param(const char* text) : Param(std::string_view(text)) {}         // NOLINT
  Param(const Value& value) : value_(&value) {}                      // NOLINT

 private:
  friend Status BindParam(Statement& statement, int index, const Param& param);
  static int64_t Size(std::string_view text) { return static_cast<int64_t>(text.size()); }

  const Value* value_ = nullptr;
  const char* text_ = nullptr;
  int64_t number_ = 0;  ///< the number, or the text's length
};

/// Runs the statement with the parameters ?1, ?2...; each row is an array of its columns.
Result<Array> Query(Database& database, std::string_view sql, std::span<const Param> params);
inline Result<Array> Query(Database& database, std::string_view sql,
                           std::initializer_list<Param> params) {
  return Query(database, sql, std::span(params.begin(), params.size()));
}

/// The same for a statement that answers no rows -> how many rows it changed.
Result<int64_t> ChangeRows(Database& database, std::string_view sql,
                           std::initializer_list<Param> params);

}  // namespace archivolt
