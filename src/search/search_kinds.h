// The kinds of things that are searched: their tables, indexes, weights and how a hit is read.
//
// Plain tables of constants; no behaviour.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace archivolt {

struct SearchKind {
  std::string_view name;          ///< as callers write it
  std::string_view table;         ///< of `where`
  std::string_view fts;           ///< full-text index by words
  std::array<double, 4> weights;  ///< of its columns, for bm25
  /// SELECT of (id, title, text) by pk = ?1; documents have their own.
  std::string_view hit_sql;
  /// SELECT pk of the rows whose text is LIKE ?1 ESCAPE '\', with that text, in order of pk; for
  /// scripts without spaces.
  std::string_view like_sql;
  /// What follows "FROM projects p CROSS JOIN" to give the rows t of the project p.
  std::string_view of_project;
  bool is_documents;
};

/// All kinds, in the order in which equal scores are listed.
std::span<const SearchKind> AllSearchKinds();
/// The kind, or nullptr.
const SearchKind* FindSearchKind(std::string_view name);

}  // namespace archivolt
