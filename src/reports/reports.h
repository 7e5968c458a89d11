// ReportService: the questions that assistants ask of their memory every day, answered by name.
//
// Owns the reading of parameters and rows; the questions themselves are data (report_table.h).
// Times are ISO 8601 text in and out, durations milliseconds, money hundredths. Reads only; every
// answer is bounded by `limit` (1 to kMaxRows). Something that does not exist (a user, a project)
// has an empty answer or zeros, never an error. Columns that are secret or internal are left out.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "storage/database.h"

namespace archivolt {

class ReportService {
 public:
  static constexpr int64_t kMaxRows = 1000;

  /// Both must outlive the service.
  ReportService(Database& database, Clock& clock) : database_(database), clock_(clock) {}

  /// An array of rows, or one row or null for the reports that have just one. Errors:
  /// INVALID_ARGUMENT {argument}: no such report, a parameter that is missing, unknown or of the
  /// wrong kind.
  Result<Value> Run(std::string_view name, const Object& params);

 private:
  Database& database_;
  Clock& clock_;
};

}  // namespace archivolt
