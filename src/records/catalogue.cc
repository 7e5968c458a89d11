#include "records/catalogue.h"

#include <algorithm>

namespace archivolt {

const Column* Table::Find(std::string_view column) const {
  for (const Column& candidate : columns) {
    if (candidate.name == column) return &candidate;
  }
  return nullptr;
}

const Table* FindTable(std::string_view name) {
  const std::span<const Table> tables = AllTables();
  const auto found = std::lower_bound(
      tables.begin(), tables.end(), name,
      [](const Table& table, std::string_view wanted) { return table.name < wanted; });
  return found != tables.end() && found->name == name ? &*found : nullptr;
}

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kText:
      return "text";
    case Kind::kInteger:
      return "integer";
    case Kind::kReal:
      return "number";
    case Kind::kBlob:
      return "bytes";
    case Kind::kJson:
      return "JSON value";
    case Kind::kBoolean:
      return "boolean";
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kDate:
      return "date";
  }
  return "value";
}

}  // namespace archivolt
