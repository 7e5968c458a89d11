// ImportRows: the rows of a batch, as they are stored.
//
// Owns what had to be made anew (bytes); texts stay where they are in the caller's bytes, which
// must outlive the rows. Each value is checked against its column as the records API does; a row
// with one that does not fit is set aside with the reason. Touches no database.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "records/catalogue.h"

namespace archivolt {

/// A stored value; text and bytes are views.
using Cell = std::variant<std::monostate, int64_t, double, std::string_view, BytesView>;

/// A view of a stored value.
Cell CellOf(const Value& stored);
/// A copy that owns its content.
Value ValueOf(const Cell& cell);

class ImportRows {
 public:
  /// Both must outlive the rows, which have these columns in this order.
  ImportRows(const Table& table, std::span<const Column* const> columns)
      : table_(table), columns_(columns) {}

  /// Reads rows in their packed form: cell after cell, each ended by a NUL character, which no text
  /// of a row may hold. A cell is empty for null, or a letter and text: 't' a text, 'x' bytes in
  /// hexadecimal digits, 'j' a number or a boolean in JSON. JSON columns take their JSON as a text.
  /// INVALID_ARGUMENT when this is not the form.
  Status Read(std::string_view packed);

  /// Of the rows that fit.
  size_t size() const { return places_.size(); }
  std::span<const Cell> operator[](size_t row) const {
    return std::span<const Cell>(cells_).subspan(row * columns_.size(), columns_.size());
  }
  /// The row's number among all that were read.
  int64_t place(size_t row) const { return places_[row]; }
  /// [number, reason] of those that do not fit.
  Array TakeRejects() { return std::move(rejects_); }

 private:
  Result<Cell> Stored(const Column& column, std::string_view cell);

  const Table& table_;
  std::span<const Column* const> columns_;
  std::vector<Cell> cells_;
  std::vector<int64_t> places_;
  Array made_;  // its bytes stay where they are when it grows
  Array rejects_;
};

}  // namespace archivolt
