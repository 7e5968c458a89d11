// Calls to settings.
#include <optional>
#include <utility>

#include "workspace/arguments.h"
#include "workspace/calls.h"
#include "workspace/services.h"

namespace archivolt {
namespace {

constexpr int64_t kDefaultHistory = 100;
constexpr int64_t kMaxHistory = 10'000;

/// A text, or nothing when it is missing or null.
Result<std::optional<std::string>> MaybeText(const Object& params, std::string_view name) {
  if (Argument(params, name).is_null()) return std::optional<std::string>();
  AV_ASSIGN_OR_RETURN(std::string text, TextArgument(params, name));
  return std::optional(std::move(text));
}

Status BadLevel() {
  return Status::InvalidArgument(
             "The level of settings is {conversation: id}, {user: id}, 'dynamic' or 'static'.")
      .With("argument", std::string("level"));
}

Result<SettingsLevel> ReadLevel(const Value& level) {
  if (level.is_string()) {
    if (level.AsString() == "dynamic") return SettingsLevel{Tier::kDynamic, ""};
    if (level.AsString() == "static") return SettingsLevel{Tier::kStatic, ""};
    return BadLevel();
  }
  if (!level.is_object() || level.AsObject().size() != 1) return BadLevel();
  const Object::Member& member = *level.AsObject().begin();
  if (!member.value.is_string()) return BadLevel();
  if (member.key == "user") return SettingsLevel{Tier::kUser, member.value.AsString()};
  if (member.key != "conversation") return BadLevel();
  return SettingsLevel{Tier::kConversation, member.value.AsString()};
}

}  // namespace

Result<Value> CallSettingsResolve(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> user, MaybeText(params, "user"));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> conversation,
                      MaybeText(params, "conversation"));
  return services.settings.Resolve(user, conversation);
}

Result<Value> CallSettingsSet(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const SettingsLevel level, ReadLevel(Argument(params, "level")));
  AV_ASSIGN_OR_RETURN(const Object* values, ObjectArgument(params, "values"));
  AV_ASSIGN_OR_RETURN(const std::string by, TextOrEmpty(params, "by"));
  AV_RETURN_IF_ERROR(services.settings.Set(level, *values, by));
  return Value();
}

Result<Value> CallSettingsHistory(WorkspaceServices& services, const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string field, TextOrEmpty(params, "field"));
  AV_ASSIGN_OR_RETURN(const int64_t limit,
                      IntegerArgument(params, "limit", kDefaultHistory, 1, kMaxHistory));
  return services.settings.History(field, limit);
}

}  // namespace archivolt
