// The settings that exist: one row a setting, with its names, its tiers, its form and its default.
//
// Data and look-ups alone; knows no database. Invariants: 1. names are unique; 2. a column belongs
// to one setting a tier.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

/// From the narrowest to the widest: the first one that holds a value decides.
enum class Tier : uint8_t { kConversation, kUser, kDynamic, kStatic };
inline constexpr size_t kTierCount = 4;

/// "conversation", "user", "dynamic" or "static".
std::string_view TierName(Tier tier);

enum class SettingKind : uint8_t { kBoolean, kInteger, kReal, kText, kList };

struct Setting {
  std::string_view name;      ///< as answered, and the field of conversation_settings
  std::string_view user;      ///< column of user_preferences; "" = not a user's to choose
  std::string_view dynamic;   ///< column of dynamic_config, or ""
  std::string_view fixed;     ///< column of static_config, or ""
  std::string_view aliases;   ///< further names of the documents, separated by spaces
  std::string_view allowed;   ///< texts: the only ones, separated by spaces; "" = any
  std::string_view fallback;  ///< the default, as JSON
  double min;                 ///< of a number; of a text, in characters
  double max;                 ///< likewise; of a list, in items
  SettingKind kind;
  bool conversation;  ///< whether a conversation may override it

  /// The column (or field) that holds it at this tier; "" when it cannot be set there.
  std::string_view At(Tier tier) const;
};

std::span<const Setting> AllSettings();

/// The setting that `name` means to a caller at this tier, or nullptr: a column of the tier's own
/// table comes first, then names, then columns of other tiers ("preferred_" before a user's
/// included) and aliases.
const Setting* FindSetting(Tier tier, std::string_view name);

/// Type, range, length and allowed texts. Null is refused. INVALID_ARGUMENT {argument, rule}.
Status CheckSetting(const Setting& setting, const Value& value);

/// INVALID_ARGUMENT {argument, rule}.
Status BadSetting(std::string_view name, std::string_view rule, std::string message);

}  // namespace archivolt
