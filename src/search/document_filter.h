// DocumentFilters: the chunks that a search may answer with: not deleted, not of a deleted project,
// not failed, selected, and meeting `where`. And the same for rows of the other kinds.
//
// Owns the order of the tiers (conversation over user over everyone) in SQL, and keeps the filter
// of the plain search until the database changes. Chunks without a document are allowed unless
// `where` asks for documents. Errors: NOT_FOUND (user, conversation), INVALID_ARGUMENT of the where
// compiler.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "search/row_filter.h"
#include "search/search_kinds.h"
#include "storage/database.h"

namespace archivolt {

struct DocumentScope {
  std::optional<std::string> user;
  std::optional<std::string> conversation;  ///< brings its user with it unless `user` is set
  Value where;                              ///< over the columns of documents; null = none
};

class DocumentFilters {
 public:
  explicit DocumentFilters(Database& database) : database_(database) {}

  Result<std::shared_ptr<const RowFilter>> For(const DocumentScope& scope);

 private:
  Database& database_;
  std::shared_ptr<const RowFilter> plain_;
  int64_t plain_changes_ = -1;  ///< Database::total_changes() when plain_ was made
};

/// Which rows of another kind may be found: those that meet `where`, are of no deleted project and,
/// when a user is named (or the conversation's), are no private code of somebody else.
/// Errors: as DocumentFilters. REQUIRES: not the kind documents.
Result<std::shared_ptr<const RowFilter>> KindFilter(Database& database, const SearchKind& kind,
                                                    const DocumentScope& scope);

}  // namespace archivolt
