// What the four tiers hold for one user and one conversation, read at once.
//
// Internal to settings/. A tier without a row holds nothing.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"
#include "records/records.h"
#include "settings/setting_table.h"
#include "storage/database.h"

namespace archivolt {

struct ResolvedSetting {
  Value value;
  std::string_view source;  ///< a tier's name, or "default"
};

struct Tiers {
  /// By tier: the row (members by column), or for a conversation the values by name.
  std::array<Object, kTierCount> rows;
  /// Whether there is a row: rows of the tables are made when they are first written.
  std::array<bool, kTierCount> exists = {};

  /// What the setting is at the tier; null when the tier does not say.
  const Value& At(const Setting& setting, Tier tier) const;
  ResolvedSetting Decide(const Setting& setting) const;
  /// REQUIRES: `name` is the name of a setting.
  Value Decide(std::string_view name) const;
};

/// Values of conversation_settings that are not of a known setting or break its rules say nothing.
Result<Tiers> ReadTiers(Database& database, RecordStore& records,
                        const std::optional<std::string>& user,
                        const std::optional<std::string>& conversation);

/// The default. REQUIRES: the table's text is JSON, which a test proves.
Value DefaultOf(const Setting& setting);

}  // namespace archivolt
