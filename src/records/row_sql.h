// The SQL texts of single rows, made from names of the catalogue alone.
//
// Every name is quoted; every value is a parameter. The texts repeat for the same set of columns,
// so that the statement cache serves them.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "records/catalogue.h"

namespace archivolt {

/// "name". REQUIRES: a name of the catalogue, or "pk".
void AppendName(std::string& sql, std::string_view name);

/// "name" alone.
std::string Quoted(std::string_view name);

/// alias."name", or "name" when the alias is empty.
void AppendColumn(std::string& sql, std::string_view alias, std::string_view name);

/// All columns of the table in the catalogue's order, separated by commas.
std::string ColumnList(const Table& table, std::string_view alias);

/// SELECT of all columns by key; the key's values are the parameters 1..n.
std::string SelectByKeySql(const Table& table);

/// INSERT of the columns, their values as parameters 1..n.
std::string InsertSql(const Table& table, std::span<const Column* const> columns);

/// UPDATE of the columns (parameters 1..n) by key (the parameters after them).
std::string UpdateSql(const Table& table, std::span<const Column* const> columns);

std::string DeleteSql(const Table& table);

}  // namespace archivolt
