#include "records/record_errors.h"

#include <string>
#include <utility>

#include "base/utf.h"

namespace archivolt {

Status InvalidColumn(const Table& table, std::string_view column, std::string_view rule,
                     std::string_view expectation) {
  std::string message(table.name);
  message.append(".").append(column).append(" ").append(expectation).append(".");
  return Status::InvalidArgument(std::move(message))
      .With("table", std::string(table.name))
      .With("column", std::string(column))
      .With("rule", std::string(rule));
}

Status InvalidCall(std::string_view table, std::string_view rule, std::string_view message) {
  return Status::InvalidArgument(std::string(message))
      .With("table", std::string(table))
      .With("rule", std::string(rule));
}

Status UnknownColumn(const Table& table, std::string_view column) {
  const std::string name = Printable(column);
  std::string message(table.name);
  message.append(column == "pk" ? ".pk is internal and cannot be named; use id."
                                : " has no column named " + name + ".");
  return Status::InvalidArgument(std::move(message))
      .With("table", std::string(table.name))
      .With("column", name)
      .With("rule", std::string("column"));
}

std::string Printable(std::string_view name) {
  constexpr size_t kMaxBytes = 64;
  std::string printable;
  for (size_t at = 0; at < name.size();) {
    const DecodedChar decoded = DecodeUtf8(name, at);
    at += decoded.length;
    const bool control = decoded.value < 0x20 || (decoded.value >= 0x7F && decoded.value < 0xA0);
    AppendUtf8(printable, control ? kReplacementCharacter : decoded.value);
    if (printable.size() >= kMaxBytes) {
      printable.resize(FloorToCharacter(printable, kMaxBytes));
      return printable + "...";
    }
  }
  return printable;
}

}  // namespace archivolt
