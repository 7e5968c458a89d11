#include "knowledge/payload_filter.h"

#include "records/catalogue.h"

namespace archivolt {

Result<SqlFragment> PayloadCondition(const Value& filter) {
  const Table* table = FindTable("vector_points");
  const Column* payload = table == nullptr ? nullptr : table->Find("payload");
  if (payload == nullptr) return Status::Internal("the catalogue lacks vector_points.payload");
  return CompilePayloadWhere(*table, *payload, "", filter);
}

Status BindCondition(Statement& statement, const SqlFragment& where, int first) {
  for (const Value& value : where.bindings) AV_RETURN_IF_ERROR(statement.Bind(first++, value));
  return Status::Ok();
}

Result<std::vector<uint32_t>> LabelsThatMeet(Database& database, const std::string& collection_id,
                                             const Value& filter) {
  AV_ASSIGN_OR_RETURN(const SqlFragment where, PayloadCondition(filter));
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare("SELECT pk FROM vector_points WHERE collection_id = ? AND " + where.sql));
  AV_RETURN_IF_ERROR(rows.Bind(1, collection_id));
  AV_RETURN_IF_ERROR(BindCondition(rows, where, 2));
  std::vector<uint32_t> out;
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return out;
    out.push_back(static_cast<uint32_t>(rows.Int(0)));
  }
}

Result<PayloadCheck> PayloadCheck::Create(Database& database, const std::string& collection_id,
                                          const Value& filter) {
  AV_ASSIGN_OR_RETURN(const SqlFragment where, PayloadCondition(filter));
  PayloadCheck check;
  AV_ASSIGN_OR_RETURN(
      check.row_,
      database.Prepare("SELECT 1 FROM vector_points WHERE pk = ? AND collection_id = ? AND " +
                       where.sql));
  AV_RETURN_IF_ERROR(check.row_.Bind(2, collection_id));
  AV_RETURN_IF_ERROR(BindCondition(check.row_, where, 3));
  return check;
}

bool PayloadCheck::Allows(uint32_t label) {
  const auto [known, fresh] = answers_.try_emplace(label, false);
  if (!fresh || !status_.ok()) return known->second;
  row_.Reset();
  status_ = row_.Bind(1, label);
  if (!status_.ok()) return false;
  const Result<bool> found = row_.Step();
  if (!found.ok()) status_ = found.status();
  known->second = found.ok() && *found;
  row_.Reset();
  return known->second;
}

}  // namespace archivolt
