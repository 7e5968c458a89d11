// Calls to imports.
#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {

namespace {

std::string_view Packed(BytesView bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

Result<Value> CallInterchangeWrite(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string table, TextArgument(params, "table"));
  AV_ASSIGN_OR_RETURN(const Array* columns, ArrayArgument(params, "columns"));
  AV_ASSIGN_OR_RETURN(const Array* more, ArrayArgument(params, "moreColumns"));
  AV_ASSIGN_OR_RETURN(const BytesView rows, BytesArgument(params, "rows"));
  AV_ASSIGN_OR_RETURN(const BytesView defaults, BytesArgument(params, "defaults"));
  return services.row_import.Write({table, *columns, *more, Packed(rows), Packed(defaults)});
}

Result<Value> CallInterchangeBulk(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const bool on, BooleanArgument(params, "on", false));
  AV_ASSIGN_OR_RETURN(const bool ended, BooleanArgument(params, "ended", false));
  const Status set = services.bulk_commits.Set(on);
  if (ended) AV_RETURN_IF_ERROR(services.bulk_commits.End());
  AV_RETURN_IF_ERROR(set);
  return Value();
}

Result<Value> CallInterchangePoints(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextArgument(params, "name"));
  AV_ASSIGN_OR_RETURN(const Array* points, ArrayArgument(params, "points"));
  const AuditContext::Import import(services.audit);
  AV_RETURN_IF_ERROR(services.collections.Upsert(name, *points).status());
  return Value();
}

Result<Value> CallInterchangeRestoreIndex(WorkspaceServices& services, const Object&) {
  AV_ASSIGN_OR_RETURN(const bool restored, services.row_import.RestoreIndex());
  return Value(restored);
}

Result<Value> CallInterchangeFinish(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string origin, TextArgument(params, "origin"));
  AV_RETURN_IF_ERROR(services.row_import.Finish(origin));
  services.rows.LookForChunks();
  return Value();
}

Result<Value> CallOtherFileOpen(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string path, TextArgument(params, "path"));
  AV_ASSIGN_OR_RETURN(const bool write, BooleanArgument(params, "write", false));
  AV_ASSIGN_OR_RETURN(const bool damaged, BooleanArgument(params, "damaged", false));
  using enum OtherFile::Purpose;
  AV_RETURN_IF_ERROR(
      services.other_file.Open(path, services.vfs, write ? kWrite : (damaged ? kSalvage : kRead)));
  return Value();
}

Result<Value> CallOtherFileQuery(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string sql, TextArgument(params, "sql"));
  return services.other_file.Query(sql, Argument(params, "params"));
}

Result<Value> CallOtherFileWrite(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string sql, TextArgument(params, "sql"));
  if (Argument(params, "rows").is_null()) {
    AV_RETURN_IF_ERROR(services.other_file.Define(sql));
  } else {
    AV_ASSIGN_OR_RETURN(const Array* rows, ArrayArgument(params, "rows"));
    AV_RETURN_IF_ERROR(services.other_file.Insert(sql, *rows));
  }
  return Value();
}

Result<Value> CallOtherFileClose(WorkspaceServices& services, const Object&) {
  AV_RETURN_IF_ERROR(services.other_file.Close());
  return Value();
}

}  // namespace archivolt
