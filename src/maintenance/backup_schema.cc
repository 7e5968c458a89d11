#include "maintenance/backup_schema.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

namespace archivolt {
namespace {

bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// By type and name: table and text.
using Schema = std::map<std::string, std::string>;

Result<Schema> SchemaOf(Database& database) {
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare("SELECT type || ' ' || name, tbl_name, sql FROM sqlite_schema WHERE sql IS "
                       "NULL OR sql NOT IN ('CREATE TABLE sqlite_stat1(tbl,idx,stat)', 'CREATE "
                       "TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)')"));
  Schema schema;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return schema;
    std::string text(rows.Text(1));
    text += '\n' + NormalisedSql(rows.Text(2));
    const auto [place, fresh] = schema.emplace(rows.Text(0), std::move(text));
    // Two objects of one name: no schema that SQLite itself would make.
    if (!fresh) place->second += '\n';
  }
}

// An import sets such indexes aside, and they are made again when the workspace is open
// (storage/schema_indexes.h).
bool MayBeMissing(const std::string& text) {
  return text.find("\nCREATE INDEX ") != std::string::npos;
}

// The first object that differs; empty when none does.
std::string Difference(const Schema& found, const Schema& known) {
  for (const auto& [name, text] : found) {
    const auto same = known.find(name);
    if (same == known.end() || same->second != text) return name;
  }
  for (const auto& [name, text] : known) {
    if (!found.contains(name) && !MayBeMissing(text)) return name;
  }
  return {};
}

}  // namespace

std::string NormalisedSql(std::string_view sql) {
  std::string out;
  bool blank = false;
  // Names and literals that had something between them are kept apart; `name` = its quotes were
  // taken off.
  const auto add = [&out, &blank](std::string_view token, bool name) {
    const auto is_word = [](char c) { return IsNameCharacter(c) || c == '\'' || c == '"'; };
    const bool words = !out.empty() && is_word(out.back()) && is_word(token.front());
    if (words && (blank || name)) out += ' ';
    out += token;
    blank = name;
  };
  for (size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    const size_t start = i;
    if (IsBlank(c)) {
      blank = true;
      ++i;
    } else if (sql.substr(i).starts_with("--") || sql.substr(i).starts_with("/*")) {
      const std::string_view end = c == '-' ? "\n" : "*/";
      const size_t at = sql.find(end, i + 2);
      i = at == std::string_view::npos ? sql.size() : at + end.size();
      blank = true;
    } else if (c == '\'' || c == '"') {
      // Doubled, the quote stands for itself.
      do {
        i = std::min(sql.find(c, i + 1), sql.size() - 1) + 1;
      } while (i < sql.size() && sql[i] == c);
      const std::string_view token = sql.substr(start, i - start);
      const std::string_view inside =
          token.size() < 2 ? std::string_view() : token.substr(1, token.size() - 2);
      const bool plain =
          c == '"' && !inside.empty() && std::ranges::all_of(inside, IsNameCharacter);
      add(plain ? inside : token, plain);
    } else {
      do {
        ++i;
      } while (IsNameCharacter(c) && i < sql.size() && IsNameCharacter(sql[i]));
      add(sql.substr(start, i - start), false);
    }
  }
  return out;
}

Status CheckSchema(Database& database, int version, std::span<const Migration> migrations,
                   Clock& clock) {
  AV_ASSIGN_OR_RETURN(const Schema found, SchemaOf(database));
  AV_ASSIGN_OR_RETURN(const std::unique_ptr<Database> model, Database::Open({}));
  Migrator migrator(*model, migrations, clock);
  AV_RETURN_IF_ERROR(migrator.Migrate(version).status());
  AV_ASSIGN_OR_RETURN(const Schema known, SchemaOf(*model));
  const std::string difference = Difference(found, known);
  if (difference.empty()) return Status::Ok();
  constexpr size_t kLongestName = 100;
  return Status::InvalidArgument(
             "The file has not the schema of Archivolt's version " + std::to_string(version) +
             "; it was changed by another program or is not a backup. Nothing was restored.")
      .With("object", difference.substr(0, kLongestName));
}

}  // namespace archivolt
