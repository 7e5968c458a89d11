#include "privacy/references.h"

namespace archivolt {

Result<std::vector<Reference>> ReadReferences(Database& database) {
  std::vector<Reference> references;
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare("SELECT m.name, f.\"from\", f.\"table\", f.on_delete = 'CASCADE' FROM "
                       "sqlite_schema m, pragma_foreign_key_list(m.name) f "
                       "WHERE m.type = 'table' AND f.\"table\" <> 'systems' ORDER BY 1, 2"));
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return references;
    const Table* child = FindTable(rows.Text(0));
    if (child == nullptr) continue;
    references.push_back(
        {child, std::string(rows.Text(1)), std::string(rows.Text(2)), rows.Bool(3)});
  }
}

std::string RowNames(const Table& table) {
  if (table.has_pk) return "pk";
  std::string names = "(";
  for (const std::string_view column : table.key) {
    if (names.size() > 1) names += ", ";
    names += Quoted(column);
  }
  return names + ")";
}

Object CountsOf(const RowCounts& counts) {
  Object out;
  for (const auto& [table, rows] : counts) out.Append(table, rows);
  return out;
}

}  // namespace archivolt
