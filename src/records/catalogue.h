// The catalogue: what tables and columns exist, what they may hold, and how a row is named.
//
// Generated data (catalogue.gen.cc) behind hand-written types; the single list from which names may
// be written into SQL. pk is not a column here: it never leaves the core. Invariants: 1. tables are
// sorted by name; 2. every name is a plain SQL identifier; 3. Table::key is never empty.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace archivolt {

/// What a column means to callers; its SQLite type follows from it.
enum class Kind : uint8_t {
  kText,
  kInteger,
  kReal,
  kBlob,
  kJson,       // TEXT that json_valid accepts
  kBoolean,    // INTEGER 0 or 1
  kTimestamp,  // INTEGER microseconds since 1970 UTC
  kDate,       // TEXT YYYY-MM-DD
};

/// Who may write the rows of a table through the records API.
enum class Access : uint8_t {
  kReadWrite,
  kReadOnly,     // the core's own
  kAppendOnly,   // rows are added, never changed or deleted one by one
  kCollections,  // written through the vector collections, which keep the graph in step
};

inline constexpr int64_t kNoMin = std::numeric_limits<int64_t>::min();
inline constexpr int64_t kNoMax = std::numeric_limits<int64_t>::max();

// Column::flags
inline constexpr uint8_t kNullable = 1;
inline constexpr uint8_t kHasDefault = 2;
inline constexpr uint8_t kIsKey = 4;
inline constexpr uint8_t kGenerated = 8;
inline constexpr uint8_t kJsonArray = 16;

struct Column {
  std::string_view name;
  std::span<const std::string_view> values;  // the allowed texts; empty = any
  std::string_view references_table;         // empty = no foreign key
  std::string_view references_column;
  int64_t min;         // of an integer; kNoMin = none
  int64_t max;         // of an integer; kNoMax = none
  uint32_t max_bytes;  // of text, JSON and blobs, as stored
  uint32_t max_chars;  // of text, in Unicode code points; 0 = only max_bytes holds
  Kind kind;
  uint8_t flags;

  constexpr bool nullable() const { return (flags & kNullable) != 0; }
  constexpr bool has_default() const { return (flags & kHasDefault) != 0; }
  constexpr bool is_key() const { return (flags & kIsKey) != 0; }
  constexpr bool generated() const { return (flags & kGenerated) != 0; }
  /// A JSON column whose value must be an array.
  constexpr bool json_array() const { return (flags & kJsonArray) != 0; }
};

struct Table {
  std::string_view name;
  std::span<const Column> columns;        // in the order of the schema, without pk
  std::span<const std::string_view> key;  // {"id"}, or the primary key of a table without id
  std::string_view fts;                   // its full-text index, or empty
  std::string_view trigram;               // its trigram index, or empty
  Access access;
  bool has_pk;
  bool has_id;
  bool has_origin;

  /// The column, or nullptr.
  const Column* Find(std::string_view column) const;
};

/// Every table, by name.
std::span<const Table> AllTables();

/// The table, or nullptr.
const Table* FindTable(std::string_view name);

/// "text", "integer", ...: for messages.
std::string_view KindName(Kind kind);

}  // namespace archivolt
