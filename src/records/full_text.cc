#include "records/full_text.h"

#include <string>
#include <string_view>

#include "records/catalogue.h"

namespace archivolt {

Status MergeFullText(Database& database) {
  for (const Table& table : AllTables()) {
    for (const std::string_view name : {table.fts, table.trigram}) {
      const std::string index(name);
      if (index.empty()) continue;
      AV_RETURN_IF_ERROR(
          database.Execute("INSERT INTO " + index + "(" + index + ") VALUES ('optimize')"));
    }
  }
  return Status::Ok();
}

}  // namespace archivolt
