// The reports: their names, parameters and SQL, as static data.
//
// A report's parameters are words of one text: "user! kind limit:20" needs a user, takes a kind and
// a limit, which is 20 when it is left out. Their kinds follow from their names (reports.cc).
// Several reports may share a name: the first whose required parameters are all given is run.
#pragma once

#include <span>
#include <string_view>

namespace archivolt {

struct Report {
  std::string_view name;
  std::string_view params;
  /// The table whose columns the rows have, besides others of their own; empty = none.
  std::string_view table;
  std::string_view sql;
  /// Exactly one row or none: answered as an object or null instead of an array.
  bool single = false;
  /// What `since` is when it is left out, in days before now; 0 = no bound.
  int since_days = 0;
  /// Rows that the single row carries as a member of this name.
  std::string_view detail = {};
  std::string_view detail_table = {};
  std::string_view detail_sql = {};
};

/// Every report, by name.
std::span<const Report> AllReports();

}  // namespace archivolt
