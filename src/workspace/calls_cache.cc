// Calls to the cache. Values cross as JSON text: the core stores them and does not look inside.
#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

constexpr int64_t kDefaultWindow = 60'000'000;
constexpr int64_t kMaxCount = (int64_t{1} << 53) - 1;

Result<std::string> Key(const Object& params) { return TextArgument(params, "key"); }

template <typename T>
Result<Value> Boxed(Result<T> result) {
  if (!result.ok()) return result.status();
  return Value(*result);
}

}  // namespace

Result<Value> CallCacheSet(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string key, Key(params));
  AV_ASSIGN_OR_RETURN(const std::string json, TextArgument(params, "json"));
  AV_ASSIGN_OR_RETURN(const std::string name, TextOrEmpty(params, "namespace"));
  AV_ASSIGN_OR_RETURN(const std::optional<int64_t> ttl, SecondsArgument(params, "ttlSeconds"));
  AV_RETURN_IF_ERROR(services.cache.Set(key, json, name, ttl));
  return Value();
}

Result<Value> CallCacheGet(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string key, Key(params));
  return services.cache.Get(key);
}

Result<Value> CallCacheDelete(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string key, Key(params));
  return Boxed(services.cache.Delete(key));
}

Result<Value> CallCacheIncrement(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string key, Key(params));
  AV_ASSIGN_OR_RETURN(const int64_t by, IntegerArgument(params, "by", 1, -kMaxCount, kMaxCount));
  AV_ASSIGN_OR_RETURN(const std::string name, TextOrEmpty(params, "namespace"));
  AV_ASSIGN_OR_RETURN(const std::optional<int64_t> ttl, SecondsArgument(params, "ttlSeconds"));
  return Boxed(services.cache.Increment(key, by, name, ttl));
}

Result<Value> CallCacheHit(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string subject, TextArgument(params, "subject"));
  AV_ASSIGN_OR_RETURN(const std::string endpoint, TextArgument(params, "endpoint"));
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerArgument(params, "limit", 0, 1, kMaxCount));
  AV_ASSIGN_OR_RETURN(const std::optional<int64_t> window,
                      SecondsArgument(params, "windowSeconds"));
  return services.cache.Hit(subject, endpoint, limit, window.value_or(kDefaultWindow));
}

Result<Value> CallCacheClear(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string name, TextOrEmpty(params, "namespace"));
  return Boxed(services.cache.Clear(name));
}

Result<Value> CallCacheSweep(WorkspaceServices& services, const Object&) {
  return Boxed(services.cache.Sweep());
}

Result<Value> CallCacheStats(WorkspaceServices& services, const Object&) {
  return services.cache.Stats();
}

}  // namespace archivolt
