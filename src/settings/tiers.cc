#include "settings/tiers.h"

#include <utility>

#include "codec/json.h"
#include "storage/query.h"

namespace archivolt {
namespace {

const Value kNothing;

Status ReadRow(RecordStore& records, std::string_view table, const Value& key, Tier tier,
               Tiers* out) {
  AV_ASSIGN_OR_RETURN(Value row, records.Get(table, key));
  if (row.is_null()) return Status::Ok();
  out->rows[static_cast<size_t>(tier)] = std::move(row.AsObject());
  out->exists[static_cast<size_t>(tier)] = true;
  return Status::Ok();
}

}  // namespace

const Value& Tiers::At(const Setting& setting, Tier tier) const {
  const std::string_view column = setting.At(tier);
  if (column.empty()) return kNothing;
  const Value* value = rows[static_cast<size_t>(tier)].Find(column);
  return value == nullptr ? kNothing : *value;
}

ResolvedSetting Tiers::Decide(const Setting& setting) const {
  for (size_t i = 0; i < kTierCount; ++i) {
    const Tier tier = static_cast<Tier>(i);
    const Value& value = At(setting, tier);
    if (!value.is_null()) return {value, TierName(tier)};
  }
  return {DefaultOf(setting), "default"};
}

Value Tiers::Decide(std::string_view name) const {
  return Decide(*FindSetting(Tier::kConversation, name)).value;
}

Value DefaultOf(const Setting& setting) {
  Result<Value> value = ParseJson(setting.fallback);
  return value.ok() ? std::move(value).value() : Value();
}

Result<Tiers> ReadTiers(Database& database, RecordStore& records,
                        const std::optional<std::string>& user,
                        const std::optional<std::string>& conversation) {
  Tiers out;
  Value of_user = user ? Value(*user) : Value();
  if (conversation) {
    AV_ASSIGN_OR_RETURN(Array rows,
                        Query(database,
                              "SELECT c.user_id, s.field, s.value FROM conversations c LEFT JOIN "
                              "conversation_settings s ON s.conversation_id = c.id WHERE c.id = ?1",
                              {*conversation}));
    for (Value& found : rows) {
      Array& row = found.AsArray();
      if (of_user.is_null()) of_user = std::move(row[0]);
      if (!row[1].is_string()) continue;
      const std::string& field = row[1].AsString();
      const Setting* setting = FindSetting(Tier::kConversation, field);
      if (setting == nullptr || setting->At(Tier::kConversation) != field) continue;
      Result<Value> value = ParseJson(row[2].AsString());
      if (!value.ok() || !CheckSetting(*setting, *value).ok()) continue;
      out.rows[0].Append(field, std::move(value).value());
    }
  }
  if (!of_user.is_null()) {
    AV_RETURN_IF_ERROR(ReadRow(records, "user_preferences", of_user, Tier::kUser, &out));
  }
  AV_RETURN_IF_ERROR(ReadRow(records, "dynamic_config", "local", Tier::kDynamic, &out));
  AV_RETURN_IF_ERROR(ReadRow(records, "static_config", "local", Tier::kStatic, &out));
  return out;
}

}  // namespace archivolt
