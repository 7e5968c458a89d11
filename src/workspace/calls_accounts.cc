// Calls to accounts that need more than the accounts alone.
#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {

Result<Value> CallAccountsCreateSession(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(std::optional<int64_t> ttl, SecondsArgument(params, "ttlSeconds"));
  if (!ttl) {
    AV_ASSIGN_OR_RETURN(const int64_t seconds, services.settings.SessionSeconds());
    ttl = seconds * 1'000'000;
  }
  return services.accounts.CreateSession(params, *ttl);
}

}  // namespace archivolt
