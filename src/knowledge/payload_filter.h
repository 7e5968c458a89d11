// Filters over the payloads of points: as a condition of SQL, and as an answer for one label at a
// time inside the walk over the graph.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "records/where_compiler.h"
#include "storage/database.h"

namespace archivolt {

/// The condition over vector_points; INVALID_ARGUMENT as CompilePayloadWhere.
Result<SqlFragment> PayloadCondition(const Value& filter);

/// `first` is the number of the statement's first parameter of the condition.
Status BindCondition(Statement& statement, const SqlFragment& where, int first);

/// The labels of all points of a collection that meet the filter.
Result<std::vector<uint32_t>> LabelsThatMeet(Database& database, const std::string& collection_id,
                                             const Value& filter);

/// Decides by the row whether a label may be found; asks for each label once.
class PayloadCheck {
 public:
  static Result<PayloadCheck> Create(Database& database, const std::string& collection_id,
                                     const Value& filter);

  bool Allows(uint32_t label);
  /// The first error of a row that could not be asked.
  const Status& status() const { return status_; }

 private:
  Statement row_;
  std::unordered_map<uint32_t, bool> answers_;
  Status status_;
};

}  // namespace archivolt
