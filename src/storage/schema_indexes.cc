#include "storage/schema_indexes.h"

#include <algorithm>

namespace archivolt {
namespace {

// Takes the next word of a statement off, without what stands before it.
std::string_view TakeWord(std::string_view& sql) {
  sql.remove_prefix(std::min(sql.find_first_not_of(" \n"), sql.size()));
  const std::string_view word = sql.substr(0, sql.find_first_of(" \n(;"));
  sql.remove_prefix(word.size());
  return word;
}

}  // namespace

Result<std::vector<SchemaIndexes::Index>> SchemaIndexes::Known() {
  AV_ASSIGN_OR_RETURN(const Value version, database_.QueryValue("PRAGMA user_version"));
  std::vector<Index> known;
  for (const Migration& migration : migrations_) {
    if (migration.version > version.AsInt()) break;
    // Statements of migrations begin at the beginning of a line.
    std::string_view text = migration.up_sql;
    while (!text.empty()) {
      const std::string_view line = text.substr(0, text.find('\n'));
      const std::string_view sql = text.substr(0, text.find(';'));
      std::string_view rest = sql;
      const std::string_view verb = TakeWord(rest);
      if ((verb == "CREATE" || verb == "DROP") && TakeWord(rest) == "INDEX") {
        const std::string_view name = TakeWord(rest);
        std::erase_if(known, [name](const Index& index) { return index.name == name; });
        TakeWord(rest);  // ON
        if (verb == "CREATE") known.push_back({name, TakeWord(rest), sql});
      }
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
  }
  return known;
}

Status SchemaIndexes::SetAside(std::string_view table, int64_t rows) {
  AV_ASSIGN_OR_RETURN(const Value last, database_.QueryValue("SELECT max(rowid) FROM main.\"" +
                                                             std::string(table) + "\""));
  const int64_t standing = last.is_int() ? last.AsInt() : 0;
  if (standing > kMostRows) return complete_ ? Status::Ok() : RestoreAll(table);
  if (standing > rows) return Status::Ok();
  AV_ASSIGN_OR_RETURN(const std::vector<Index> known, Known());
  for (const Index& index : known) {
    if (index.table != table) continue;
    complete_ = false;
    Status dropped = database_.Execute("DROP INDEX IF EXISTS main." + std::string(index.name));
    if (!dropped.ok()) return dropped.code() == ErrorCode::BUSY ? Status::Ok() : dropped;
  }
  return Status::Ok();
}

Result<bool> SchemaIndexes::RestoreOne() {
  if (database_.in_transaction()) return false;
  return Restore({}, true);
}

Result<bool> SchemaIndexes::Restore(std::string_view table, bool one) {
  if (complete_ || database_.read_only()) return false;
  bool made = false;
  AV_ASSIGN_OR_RETURN(const std::vector<Index> known, Known());
  for (const Index& index : known) {
    if (!table.empty() && index.table != table) continue;
    bool missing = false;
    {
      AV_ASSIGN_OR_RETURN(
          Statement find,
          database_.Prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND "
                            "NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = ?2)"));
      AV_RETURN_IF_ERROR(find.BindAll(index.table, index.name));
      AV_ASSIGN_OR_RETURN(missing, find.Step());
    }
    if (!missing) continue;
    AV_RETURN_IF_ERROR(database_.Execute(index.sql));
    if (one) return true;
    made = true;
  }
  complete_ = table.empty() && !database_.in_transaction();
  return made;
}

}  // namespace archivolt
