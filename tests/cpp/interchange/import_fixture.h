// A database with the real schema and its guards, and an import over it, for tests of interchange/.
#pragma once

#include <gtest/gtest.h>

#include <cctype>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "codec/json.h"
#include "interchange/row_import.h"
#include "records/audit_context.h"
#include "records/catalogue.h"
#include "records/records.h"
#include "records/records_fixture.h"
#include "records/row_guards.h"
#include "storage/database.h"
#include "storage/migrator.h"
#include "storage/storage_fixture.h"

namespace archivolt {

/// What the workspace holds of one database, as far as an import needs it.
struct ImportSide {
  ImportSide() : ids(clock, [this] { return random += 0x9E3779B97F4A7C15U; }) {}

  /// Stands in for the words that text/ finds: enough to see that they were asked for.
  static std::string Words(std::string_view text) {
    std::string words;
    for (const char c : text) words += static_cast<char>(std::tolower(static_cast<int>(c)));
    return words;
  }

  Status Open(const DatabaseOptions& options) {
    AV_ASSIGN_OR_RETURN(database, Database::Open(options));
    Migrator migrator(*database, EmbeddedMigrations(), clock);
    AV_RETURN_IF_ERROR(migrator.Migrate(migrator.latest()).status());
    guards = std::make_unique<RowGuards>(*database, clock, ids, audit);
    guards->KeepIdentifiers(&Words);
    AV_RETURN_IF_ERROR(guards->Install());
    records = std::make_unique<RecordStore>(*database, clock, ids);
    indexes = std::make_unique<SchemaIndexes>(*database, EmbeddedMigrations());
    import = std::make_unique<RowImport>(*database, audit, *guards, *indexes);
    return Status::Ok();
  }

  SteppingClock clock;
  uint64_t random = 1;
  IdSource ids;
  AuditContext audit;
  std::unique_ptr<Database> database;
  std::unique_ptr<RowGuards> guards;
  std::unique_ptr<RecordStore> records;
  std::unique_ptr<SchemaIndexes> indexes;
  std::unique_ptr<RowImport> import;
};

/// Each table with a full-text index is compared with it, by FTS5 itself.
inline Status FullTextIsSound(Database& database) {
  for (const Table& table : AllTables()) {
    for (const std::string_view index : {table.fts, table.trigram}) {
      if (index.empty()) continue;
      const std::string name(index);
      Status sound = database.Execute("INSERT INTO " + name + "(" + name +
                                      ", rank) VALUES ('integrity-check', 1)");
      if (!sound.ok()) return Status(sound.code(), name + ": " + sound.message());
    }
  }
  return Status::Ok();
}

/// Rows as the package sends them (interchange/import_rows.h). What is no row is a cell of its own.
inline std::string Packed(const Array& rows) {
  std::string packed;
  const auto add = [&packed](const Value& cell) {
    if (cell.is_string()) {
      packed += 't' + cell.AsString();
    } else if (cell.is_bytes()) {
      packed += 'x';
      for (const uint8_t byte : cell.AsBytes()) {
        packed += "0123456789abcdef"[byte >> 4U];
        packed += "0123456789abcdef"[byte & 15U];
      }
    } else if (!cell.is_null()) {
      // A number that is not finite has no JSON; a cell that has none either stands for it.
      const Result<std::string> json = WriteJson(cell);
      packed += 'j' + (json.ok() ? *json : "NaN");
    }
    packed += '\0';
  };
  for (const Value& row : rows) {
    if (!row.is_array()) {
      add(row);
      continue;
    }
    for (const Value& cell : row.AsArray()) add(cell);
  }
  return packed;
}

inline Result<Value> WriteRows(RowImport& import, std::string_view table, const Array& columns,
                               const Array& rows, const Object& defaults = {}) {
  Array more;
  Array values;
  for (const Object::Member& member : defaults) {
    more.emplace_back(member.key);
    values.push_back(member.value);
  }
  Array row;
  row.emplace_back(std::move(values));
  return import.Write({table, columns, more, Packed(rows), Packed(row)});
}

class ImportTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    ASSERT_OK(side_.Open({}));
  }

  Result<Value> Write(std::string_view table, const Array& columns, const Array& rows,
                      const Object& defaults = {}) {
    AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*side_.database));
    AV_ASSIGN_OR_RETURN(Value report, WriteRows(*side_.import, table, columns, rows, defaults));
    AV_RETURN_IF_ERROR(transaction.Commit());
    return report;
  }

  /// "added/updated/unchanged/rejected", or the code of the error.
  std::string Counts(const Result<Value>& report) {
    if (!report.ok()) return std::string(ErrorCodeName(report.status().code()));
    const Object& counts = report->AsObject();
    std::string text;
    for (const char* name : {"added", "updated", "unchanged"})
      text += std::to_string(counts.Find(name)->AsInt()) + "/";
    return text + std::to_string(counts.Find("rejects")->AsArray().size());
  }
  std::string Written(std::string_view table, const Array& columns, const Array& rows,
                      const Object& defaults = {}) {
    return Counts(Write(table, columns, rows, defaults));
  }

  /// A batch of one row: `{Array{...}}` would be a copy of the row.
  static Array One(Array row) {
    Array rows;
    rows.emplace_back(std::move(row));
    return rows;
  }

  /// First column of the first row as text; "NULL" for none.
  std::string Cell(std::string_view sql) {
    const Result<Value> value = side_.database->QueryValue(sql);
    EXPECT_TRUE(value.ok()) << sql << ": " << value.status().message();
    if (!value.ok() || value->is_null()) return "NULL";
    return value->is_int() ? std::to_string(value->AsInt()) : value->AsString();
  }
  int64_t Count(std::string_view sql) { return Ask(*side_.database, sql); }

  ImportSide side_;
};

}  // namespace archivolt
