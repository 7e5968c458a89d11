#include "interchange/import_rows.h"

#include <string>
#include <utility>

#include "codec/json.h"
#include "records/record_errors.h"
#include "records/row_codec.h"

namespace archivolt {
namespace {

Status NotPacked(const Table& table) {
  return InvalidCall(table.name, "rows", "The rows are not of the packed form.");
}

int Digit(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

Bytes BytesOf(std::string_view digits) {
  Bytes bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<uint8_t>(Digit(digits[i]) << 4 | Digit(digits[i + 1])));
  }
  return bytes;
}

}  // namespace

Cell CellOf(const Value& stored) {
  if (stored.is_string()) return std::string_view(stored.AsString());
  if (stored.is_bytes()) return stored.AsBytes();
  if (stored.is_double()) return stored.AsNumber();
  if (stored.is_int()) return stored.AsInt();
  return {};
}

Value ValueOf(const Cell& cell) {
  if (const auto* text = std::get_if<std::string_view>(&cell)) return *text;
  if (const auto* bytes = std::get_if<BytesView>(&cell)) return *bytes;
  if (const auto* integer = std::get_if<int64_t>(&cell)) return *integer;
  const auto* real = std::get_if<double>(&cell);
  return real != nullptr ? Value(*real) : Value();
}

Result<Cell> ImportRows::Stored(const Column& column, std::string_view cell) {
  const char kind = cell.empty() ? '\0' : cell.front();
  const std::string_view text = cell.substr(cell.empty() ? 0 : 1);
  if (kind == 't' && column.kind == Kind::kText) {
    AV_RETURN_IF_ERROR(CheckStoredText(table_, column, text));
    return Cell(text);
  }
  Value value;
  if (kind == 't' && column.kind != Kind::kJson) {
    value = Value(text);
  } else if (kind == 't' || kind == 'j') {
    AV_ASSIGN_OR_RETURN(value, ParseJson(text));
  } else if (kind == 'x') {
    value = made_.emplace_back(BytesOf(text)).AsBytes();
  }
  if (column.kind == Kind::kJson && (kind == 'j' || kind == 'x'))
    return InvalidColumn(table_, column.name, "type", "must be the text of a JSON value");
  AV_ASSIGN_OR_RETURN(const Value stored, ToStored(table_, column, value));
  // JSON as it was written there: to be given back, and read without making it anew.
  if (stored.is_string() || (kind == 't' && column.kind == Kind::kJson)) return Cell(text);
  if (stored.is_bytes()) return Cell(made_.back().AsBytes());
  return CellOf(stored);
}

Status ImportRows::Read(std::string_view packed) {
  int64_t number = 0;
  if (columns_.empty() && !packed.empty()) return NotPacked(table_);
  while (!packed.empty()) {
    Status misfit;
    for (const Column* column : columns_) {
      const size_t end = packed.find('\0');
      if (end == std::string_view::npos) return NotPacked(table_);
      if (misfit.ok()) {
        Result<Cell> cell = Stored(*column, packed.substr(0, end));
        if (cell.ok()) cells_.push_back(*cell);
        misfit = cell.status();
      }
      packed.remove_prefix(end + 1);
    }
    if (misfit.ok()) {
      places_.push_back(number);
    } else if (misfit.code() == ErrorCode::INVALID_ARGUMENT) {
      cells_.resize(places_.size() * columns_.size());
      rejects_.emplace_back(Array{number, misfit.message()});
    } else {
      return misfit;
    }
    ++number;
  }
  return Status::Ok();
}

}  // namespace archivolt
