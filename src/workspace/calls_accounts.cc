// Calls to accounts. Only the worker makes those that carry hashes.
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

Result<std::string> User(const Object& params) { return TextArgument(params, "user"); }
Result<std::string> Hash(const Object& params) { return TextArgument(params, "hash"); }

template <typename T>
Result<Value> Boxed(Result<T> result) {
  if (!result.ok()) return result.status();
  return Value(std::move(result).value());
}

}  // namespace

Result<Value> CallAccountsPassword(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  return services.accounts.Password(user);
}

Result<Value> CallAccountsSetPassword(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string hash, Hash(params));
  AV_ASSIGN_OR_RETURN(const std::string scheme, TextArgument(params, "scheme"));
  return Boxed(services.accounts.SetPassword(user, hash, scheme, Argument(params, "previous")));
}

Result<Value> CallAccountsCreateSession(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string hash, Hash(params));
  AV_ASSIGN_OR_RETURN(std::optional<int64_t> ttl, SecondsArgument(params, "ttlSeconds"));
  if (!ttl) {
    AV_ASSIGN_OR_RETURN(const int64_t seconds, services.settings.SessionSeconds());
    ttl = seconds * kMicrosPerSecond;
  }
  return services.accounts.CreateSession(user, hash, *ttl, params);
}

Result<Value> CallAccountsSession(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string hash, Hash(params));
  return services.accounts.Session(hash);
}

Result<Value> CallAccountsEndSession(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string hash, Hash(params));
  return Boxed(services.accounts.EndSession(hash));
}

Result<Value> CallAccountsSessions(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  return Boxed(services.accounts.Sessions(user));
}

Result<Value> CallAccountsEndSessions(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  return Boxed(services.accounts.EndSessions(user));
}

Result<Value> CallAccountsSweepSessions(WorkspaceServices& services, const Object&) {
  return Boxed(services.accounts.SweepSessions());
}

Result<Value> CallAccountsIssueKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string hash, Hash(params));
  return services.accounts.IssueKey(user, hash, params);
}

Result<Value> CallAccountsVerifyKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string hash, Hash(params));
  return services.accounts.VerifyKey(hash);
}

Result<Value> CallAccountsRevokeKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string id, TextArgument(params, "id"));
  return Boxed(services.accounts.RevokeKey(id));
}

Result<Value> CallAccountsKeys(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string kind, TextArgument(params, "kind"));
  return Boxed(services.accounts.Keys(user, kind));
}

Result<Value> CallAccountsStoreProviderKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string provider, TextArgument(params, "provider"));
  AV_ASSIGN_OR_RETURN(const BytesView ciphertext, BytesArgument(params, "ciphertext"));
  AV_ASSIGN_OR_RETURN(const std::string cipher, TextArgument(params, "cipher"));
  AV_ASSIGN_OR_RETURN(const std::string kdf, TextArgument(params, "kdf"));
  AV_RETURN_IF_ERROR(services.accounts.StoreProviderKey(user, provider, ciphertext, cipher, kdf));
  return Value();
}

Result<Value> CallAccountsProviderKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string provider, TextArgument(params, "provider"));
  return services.accounts.ProviderKey(user, provider);
}

Result<Value> CallAccountsRemoveProviderKey(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const std::string provider, TextArgument(params, "provider"));
  return Boxed(services.accounts.RemoveProviderKey(user, provider));
}

Result<Value> CallAccountsAward(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  AV_ASSIGN_OR_RETURN(const Object* achievement, ObjectArgument(params, "achievement"));
  return services.accounts.Award(user, *achievement);
}

Result<Value> CallAccountsAchievements(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string user, User(params));
  return services.accounts.Achievements(user);
}

}  // namespace archivolt
