// PersonalRows: which rows of all tables belong to a user, or mention him.
//
// Owns the rules of belonging: every foreign key that leads to the user, directly or through rows
// that are deleted with their parents, and the references that no key can express (kBelongs in the
// source; schema/README.md lists them). The rows are kept in a temporary table of the database for
// as long as the object lives; it holds names of rows, never content.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "privacy/references.h"
#include "storage/database.h"

namespace archivolt {

class PersonalRows {
 public:
  /// `name` of the temporary table, unique among living objects. NOT_FOUND: no such user.
  static Result<PersonalRows> Collect(Database& database, std::string_view user, std::string name);
  PersonalRows(PersonalRows&& other) noexcept;
  PersonalRows& operator=(PersonalRows&&) = delete;
  ~PersonalRows();

  /// The temporary table (tbl, pk, id, own): pk of tables that have one, id as KeyOf tells, own = 1
  /// for rows that belong to the user, 0 for those that only mention him.
  const std::string& table() const { return table_; }
  /// Keys that make the child belong to whom the parent belongs to.
  const std::vector<Reference>& owning() const { return owning_; }
  /// Rows that belong to the user, by table.
  Result<RowCounts> Counts() const;

  /// ?1 to ?5 of a statement: the user's id, e-mail address, name, origin and id there.
  Status BindIdentity(Statement& statement) const;
  const std::string& user() const { return user_; }

 private:
  PersonalRows(Database& database, std::string table)
      : database_(&database), table_(std::move(table)) {}
  Status Fill();
  Result<int64_t> Add(const Table& table, const std::string& condition, bool own);

  Database* database_;  // null once moved from
  std::string table_;
  std::string user_;
  Value identity_[4];
  std::vector<Reference> owning_;
};

/// SQL for the id of a row of the table: its key columns, joined by U+001F where there are several.
std::string KeyOf(const Table& table);

/// SQL: what names a row of `table`, and those of them in `rows` that `condition` allows.
std::string AmongRows(const Table& table, const std::string& rows, std::string_view condition);

}  // namespace archivolt
