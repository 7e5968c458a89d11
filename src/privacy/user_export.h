// UserExport: everything held about a user as JSON text, piece by piece.
//
// Owns the form of the file. Which rows is decided when it begins; each row is as it is when it is
// read. Secrets are named, not told; vectors are counted. Memory: one piece, which is one row where
// a row is longer. Errors: NOT_FOUND, FAILED_PRECONDITION (none begun), those of the database.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "privacy/personal_rows.h"
#include "storage/database.h"

namespace archivolt {

class UserExport {
 public:
  /// Both must outlive the service.
  UserExport(Database& database, Clock& clock) : database_(database), clock_(clock) {}

  /// Chooses the rows; an export that was under way ends.
  Status Begin(std::string_view user);
  /// {text, more}: about 256 KiB of the file.
  Result<Value> Next();
  /// Forgets the export under way.
  void End() { state_.reset(); }

 private:
  struct State {
    PersonalRows rows;
    std::string next;    ///< text that is ready
    size_t table = 0;    ///< index among all tables
    int64_t after = -1;  ///< pk of the last row of it; -1: none yet
    bool first_table = true;
    bool done = false;
  };
  Status Advance(State& state);

  Database& database_;
  Clock& clock_;
  std::unique_ptr<State> state_;
};

}  // namespace archivolt
