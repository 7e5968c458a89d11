// InsertTriggers: what the triggers of a table do for new rows, for many of them at once.
//
// A trigger is a program that SQLite starts for each row, and rows that come from a query are kept
// in a temporary table first, since a trigger might change what the query reads. Where a trigger
// only writes what the row says elsewhere (full-text index, queue of the embedder), one statement
// over all new rows does the same. The statements are made of the text of the triggers in the file,
// so that there is one place for what they do. Owns nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/database.h"

namespace archivolt {

/// A statement for each of the file's triggers after an insert into `table`, which has a rowid:
/// ?1 and ?2 are the first and the last rowid of the new rows. Nothing when one of them is of
/// another form than
///   CREATE TRIGGER t AFTER INSERT ON table [WHEN condition] BEGIN
///     INSERT [OR IGNORE] INTO other(columns) VALUES (values); END
/// TEMP triggers are not looked at.
Result<std::optional<std::vector<std::string>>> InsertTriggers(Database& database,
                                                               std::string_view table);

/// In this block statements are compiled without triggers, TEMP ones too. Foreign keys hold.
/// REQUIRES: what is compiled in it has a text that nothing else is compiled from and runs in such
/// a block only, as SQLite may compile it anew whenever it runs.
class WithoutTriggers {
 public:
  WithoutTriggers();
  ~WithoutTriggers();
  WithoutTriggers(const WithoutTriggers&) = delete;
  WithoutTriggers& operator=(const WithoutTriggers&) = delete;
};

}  // namespace archivolt
