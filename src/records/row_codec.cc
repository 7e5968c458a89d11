#include "records/row_codec.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/utf.h"
#include "codec/json.h"
#include "records/record_errors.h"

namespace archivolt {
namespace {

constexpr int kMaxStoredDepth = 100;
// Deeper than what may be written, so that rows written by other programs are read too.
constexpr int kMaxReadDepth = 200;

Status WrongType(const Table& table, const Column& column, const Value& value,
                 std::string_view expected) {
  std::string expectation = "must be ";
  expectation.append(expected).append(", not ").append(value.KindName());
  return InvalidColumn(table, column.name, "type", expectation);
}

size_t CountCharacters(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !IsUtf8Continuation(c); }));
}

Status CheckLength(const Table& table, const Column& column, size_t bytes) {
  if (bytes <= column.max_bytes) return Status::Ok();
  return InvalidColumn(table, column.name, "length",
                       "must not be longer than " + std::to_string(column.max_bytes) + " bytes");
}

Status CheckCharacters(const Table& table, const Column& column, std::string_view text) {
  const bool names_row = column.name == "id" || !column.references_table.empty();
  if (names_row && text.empty()) {
    return InvalidColumn(table, column.name, "id", "must have 1 to 200 characters");
  }
  if (column.max_chars == 0 || CountCharacters(text) <= column.max_chars) return Status::Ok();
  if (names_row) return InvalidColumn(table, column.name, "id", "must have 1 to 200 characters");
  return InvalidColumn(
      table, column.name, "length",
      "must not be longer than " + std::to_string(column.max_chars) + " characters");
}

Status CheckAllowed(const Table& table, const Column& column, std::string_view text) {
  if (column.values.empty() ||
      std::find(column.values.begin(), column.values.end(), text) != column.values.end()) {
    return Status::Ok();
  }
  std::string expectation = "must be one of";
  for (size_t i = 0; i < column.values.size(); ++i) {
    expectation.append(i == 0 ? " " : ", ").append(column.values[i]);
  }
  return InvalidColumn(table, column.name, "enum", expectation);
}

Result<Value> TextToStored(const Table& table, const Column& column, const Value& value) {
  if (!value.is_string()) return WrongType(table, column, value, "text");
  AV_RETURN_IF_ERROR(CheckStoredText(table, column, value.AsString()));
  return value;
}

// JavaScript has one kind of number, so 5.0 is an integer here.
Result<Value> ToInteger(const Table& table, const Column& column, const Value& value) {
  if (value.is_int()) return value;
  if (!value.is_double()) return WrongType(table, column, value, "an integer");
  const double number = value.AsNumber();
  constexpr double kTwoTo63 = 9223372036854775808.0;
  if (std::isfinite(number) && std::trunc(number) != number) {
    return InvalidColumn(table, column.name, "type", "must be an integer, not a fraction");
  }
  if (!(number >= -kTwoTo63 && number < kTwoTo63)) {
    return InvalidColumn(table, column.name, "range", "must be an integer of 64 bits");
  }
  return Value(static_cast<int64_t>(number));
}

Result<Value> IntegerToStored(const Table& table, const Column& column, const Value& value) {
  AV_ASSIGN_OR_RETURN(Value stored, ToInteger(table, column, value));
  if (stored.AsInt() < column.min || stored.AsInt() > column.max) {
    return InvalidColumn(
        table, column.name, "range",
        "must be " + std::to_string(column.min) + " to " + std::to_string(column.max));
  }
  return stored;
}

Result<Value> ToReal(const Table& table, const Column& column, const Value& value) {
  if (!value.is_number()) return WrongType(table, column, value, "a number");
  if (!std::isfinite(value.AsNumber())) {
    return InvalidColumn(table, column.name, "range", "must be a finite number");
  }
  return Value(value.AsNumber());
}

Result<Value> ToMicros(const Table& table, const Column& column, const Value& value) {
  constexpr std::string_view kExpected = "must be a time such as 2026-01-30T10:30:00.123456Z";
  if (!value.is_string()) return WrongType(table, column, value, "a time as ISO 8601 text");
  const Result<int64_t> micros = ParseIso8601(value.AsString());
  if (!micros.ok()) return InvalidColumn(table, column.name, "timestamp", kExpected);
  return Value(*micros);
}

Result<Value> ToDate(const Table& table, const Column& column, const Value& value) {
  if (!value.is_string()) return WrongType(table, column, value, "a date as text");
  if (!IsCalendarDate(value.AsString())) {
    return InvalidColumn(table, column.name, "date", "must be a date such as 2026-01-30");
  }
  return value;
}

Result<Value> ToBoolean(const Table& table, const Column& column, const Value& value) {
  if (!value.is_bool()) return WrongType(table, column, value, "a boolean");
  return Value(int64_t{value.AsBool() ? 1 : 0});
}

// SQLite's JSON functions end a text at a NUL, so it is refused inside JSON as well.
bool HoldsNul(const Value& value) {
  const auto nul_in = [](std::string_view text) {
    return text.find('\0') != std::string_view::npos;
  };
  if (value.is_string()) return nul_in(value.AsString());
  if (value.is_array()) {
    return std::any_of(value.AsArray().begin(), value.AsArray().end(), HoldsNul);
  }
  if (!value.is_object()) return false;
  const Object& object = value.AsObject();
  return std::any_of(object.begin(), object.end(), [&](const Object::Member& member) {
    return nul_in(member.key) || HoldsNul(member.value);
  });
}

bool NestsDeeperThan(const Value& value, int levels) {
  if (!value.is_array() && !value.is_object()) return false;
  if (levels == 0) return true;
  if (value.is_array()) {
    return std::any_of(value.AsArray().begin(), value.AsArray().end(),
                       [&](const Value& item) { return NestsDeeperThan(item, levels - 1); });
  }
  const Object& object = value.AsObject();
  return std::any_of(object.begin(), object.end(), [&](const Object::Member& member) {
    return NestsDeeperThan(member.value, levels - 1);
  });
}

Result<Value> JsonToStored(const Table& table, const Column& column, const Value& value) {
  if (column.json_array() && !value.is_array()) return WrongType(table, column, value, "an array");
  if (NestsDeeperThan(value, kMaxStoredDepth)) {
    return InvalidColumn(table, column.name, "json", "must not nest more than 100 levels");
  }
  Result<std::string> text = WriteJson(value);
  if (!text.ok()) {
    return InvalidColumn(table, column.name, "json",
                         "must be a JSON value: finite numbers, valid Unicode, no bytes");
  }
  if (HoldsNul(value))
    return InvalidColumn(table, column.name, "nul", "must not hold a NUL character");
  AV_RETURN_IF_ERROR(CheckLength(table, column, text->size()));
  return Value(std::move(text).value());
}

Result<Value> BlobToStored(const Table& table, const Column& column, const Value& value) {
  if (!value.is_bytes()) return WrongType(table, column, value, "bytes");
  AV_RETURN_IF_ERROR(CheckLength(table, column, value.AsBytes().size()));
  return Value(value.AsBytes());
}

Status Unreadable(const Table& table, const Column& column) {
  std::string message(table.name);
  message.append(".").append(column.name).append(" holds text that cannot be read as JSON.");
  return Status(ErrorCode::CORRUPTION, std::move(message))
      .With("table", std::string(table.name))
      .With("column", std::string(column.name));
}

}  // namespace

Status CheckText(const Table& table, std::string_view column, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return InvalidColumn(table, column, "nul", "must not hold a NUL character");
  }
  if (!IsValidUtf8(text)) {
    return InvalidColumn(table, column, "utf8",
                         "must be valid Unicode text, without lone surrogates or broken bytes");
  }
  return Status::Ok();
}

Status CheckStoredText(const Table& table, const Column& column, std::string_view text) {
  AV_RETURN_IF_ERROR(CheckLength(table, column, text.size()));
  AV_RETURN_IF_ERROR(CheckText(table, column.name, text));
  AV_RETURN_IF_ERROR(CheckCharacters(table, column, text));
  return CheckAllowed(table, column, text);
}

Result<Value> ToStored(const Table& table, const Column& column, const Value& value) {
  if (value.is_null()) {
    if (column.nullable()) return value;
    return InvalidColumn(table, column.name, "null", "must not be null");
  }
  switch (column.kind) {
    case Kind::kText:
      return TextToStored(table, column, value);
    case Kind::kInteger:
      return IntegerToStored(table, column, value);
    case Kind::kReal:
      return ToReal(table, column, value);
    case Kind::kBlob:
      return BlobToStored(table, column, value);
    case Kind::kJson:
      return JsonToStored(table, column, value);
    case Kind::kBoolean:
      return ToBoolean(table, column, value);
    case Kind::kTimestamp:
      return ToMicros(table, column, value);
    case Kind::kDate:
      return ToDate(table, column, value);
  }
  return Status::Internal("A column has an unknown kind.");
}

Result<Value> ToOperand(const Table& table, const Column& column, const Value& value) {
  switch (column.kind) {
    case Kind::kText:
      if (!value.is_string()) return WrongType(table, column, value, "text");
      AV_RETURN_IF_ERROR(CheckText(table, column.name, value.AsString()));
      return value;
    case Kind::kInteger:
      // Comparing with a fraction makes sense, storing one does not.
      if (value.is_double()) return ToReal(table, column, value);
      return ToInteger(table, column, value);
    case Kind::kReal:
      return ToReal(table, column, value);
    case Kind::kBoolean:
      return ToBoolean(table, column, value);
    case Kind::kTimestamp:
      return ToMicros(table, column, value);
    case Kind::kDate:
      return ToDate(table, column, value);
    case Kind::kJson:
    case Kind::kBlob:
      break;
  }
  return Status::Internal("A column of this kind is not compared as a whole.");
}

Result<Value> FromStored(const Table& table, const Column& column, const Statement& row,
                         int index) {
  if (row.IsNull(index)) return Value();
  switch (column.kind) {
    case Kind::kBoolean:
      return Value(row.Int(index) != 0);
    case Kind::kTimestamp:
      return Value(FormatMicros(row.Int(index)));
    case Kind::kJson: {
      Result<Value> value = ParseJson(row.Text(index), kMaxReadDepth);
      if (!value.ok()) return Unreadable(table, column);
      return value;
    }
    case Kind::kText:
    case Kind::kInteger:
    case Kind::kReal:
    case Kind::kBlob:
    case Kind::kDate:
      return row.Column(index);
  }
  return Status::Internal("A column has an unknown kind.");
}

Result<Value> ReadRow(const Table& table, const Statement& row) {
  Object object;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    AV_ASSIGN_OR_RETURN(Value value, FromStored(table, column, row, static_cast<int>(i)));
    object.Append(std::string(column.name), std::move(value));
  }
  return Value(std::move(object));
}

}  // namespace archivolt
