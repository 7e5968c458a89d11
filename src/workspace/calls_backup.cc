// Calls to copies of the whole database.
#include <cstdint>
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

// Without it the database's own; null is none.
Result<CipherKey> KeyArgument(WorkspaceServices& services, const Object& params, bool own) {
  const Value* given = params.Find("key");
  if (given == nullptr) return own ? services.database->key() : CipherKey();
  if (given->is_null()) return CipherKey();
  if (!given->is_bytes()) {
    return Status::InvalidArgument("key: expected bytes or null.").With("argument", "key");
  }
  return CipherKey::From(given->AsBytes());
}

}  // namespace

Result<Value> CallBackupCopy(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string path, TextArgument(params, "path"));
  return services.backup.Copy(path);
}

Result<Value> CallBackupCheck(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string path, TextArgument(params, "path"));
  AV_ASSIGN_OR_RETURN(const bool own, BooleanArgument(params, "own", false));
  AV_ASSIGN_OR_RETURN(const int64_t bytes, IntegerArgument(params, "bytes", 0, 0, INT64_MAX));
  AV_ASSIGN_OR_RETURN(const CipherKey key, KeyArgument(services, params, own));
  return services.backup.Check(path, bytes, own, key);
}

Result<Value> CallBackupChangeKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string path, TextArgument(params, "path"));
  AV_ASSIGN_OR_RETURN(const CipherKey key, KeyArgument(services, params, true));
  AV_RETURN_IF_ERROR(services.backup.ChangeKey(path, key));
  return Value();
}

Result<Value> CallBackupNote(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string at, TextArgument(params, "at"));
  AV_RETURN_IF_ERROR(services.backup.Note(at));
  return Value();
}

Result<Value> CallBackupBegin(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string path, TextArgument(params, "path"));
  AV_RETURN_IF_ERROR(services.backup.Begin(path));
  return Value();
}

Result<Value> CallBackupStep(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const int64_t budget, IntegerArgument(params, "budgetMs", 20, 1, 10'000));
  return services.backup.Step(budget);
}

Result<Value> CallBackupEnd(WorkspaceServices& services, const Object&) {
  services.backup.End();
  return Value();
}

}  // namespace archivolt
