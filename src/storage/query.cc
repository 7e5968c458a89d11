#include "storage/query.h"

#include <utility>

namespace archivolt {

Status BindParam(Statement& statement, int index, const Param& param) {
  if (param.value_ != nullptr) return statement.Bind(index, *param.value_);
  if (param.text_ == nullptr) return statement.Bind(index, param.number_);
  return statement.BindBorrowed(index,
                                std::string_view(param.text_, static_cast<size_t>(param.number_)));
}

Result<Array> Query(Database& database, std::string_view sql, std::span<const Param> params) {
  AV_ASSIGN_OR_RETURN(Statement statement, database.Prepare(sql));
  int index = 0;
  for (const Param& param : params) {
    AV_RETURN_IF_ERROR(BindParam(statement, ++index, param));
  }
  Array rows;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool found, statement.Step());
    if (!found) return rows;
    Array row;
    for (int column = 0; column < statement.column_count(); ++column) {
      row.push_back(statement.Column(column));
    }
    rows.emplace_back(std::move(row));
  }
}

Result<int64_t> ChangeRows(Database& database, std::string_view sql,
                           std::initializer_list<Param> params) {
  AV_RETURN_IF_ERROR(Query(database, sql, params).status());
  return database.changes();
}

}  // namespace archivolt
