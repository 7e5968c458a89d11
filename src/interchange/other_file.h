// OtherFile: a second SQLite file beside the workspace: one that came in, or one that goes out.
//
// A file that came in is opened for reading, and what stands in it is data: its schema is not
// trusted, only its tables are read, and none of its triggers or views run. A file that goes out is
// made anew, an ordinary SQLite file without anything of ours in it. One at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "storage/database.h"

namespace archivolt {

class OtherFile {
 public:
  /// kSalvage: a file that is known to be damaged, of which what can be read is read.
  enum class Purpose { kRead, kSalvage, kWrite };

  /// `path` in the terms of `vfs`; for writing the file must be empty. CORRUPTION or
  /// INVALID_ARGUMENT: not a database, or a damaged one. Whatever was open is closed first.
  Status Open(const std::string& path, const std::string& vfs, Purpose purpose);
  /// As SqlService::Query. FAILED_PRECONDITION when no file is open.
  Result<Value> Query(std::string_view sql, const Value& params);
  /// Statements of the core's own that make the tables of a file that goes out.
  Status Define(std::string_view sql);
  /// Rows into a table of it: arrays of values, bound to the statement's parameters; one
  /// transaction.
  Status Insert(std::string_view sql, const Array& rows);
  /// Writes everything into the one file and lets go of it. A second call does nothing.
  Status Close();

 private:
  Result<Database*> Present();

  std::unique_ptr<Database> database_;
  bool writes_ = false;
};

}  // namespace archivolt
