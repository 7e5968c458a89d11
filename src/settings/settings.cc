#include "settings/settings.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "records/record_errors.h"
#include "settings/tiers.h"
#include "storage/query.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int64_t kSecondsOfDay = 86'400;

Status MustExist(Database& database, std::string_view table, const std::string& id) {
  const std::string sql = "SELECT 1 FROM " + std::string(table) + " WHERE id = ?1";
  AV_ASSIGN_OR_RETURN(const Array found, Query(database, sql, {id}));
  if (!found.empty()) return Status::Ok();
  return Status::NotFound("There is no row with this id in " + std::string(table) + ".")
      .With("table", std::string(table))
      .With("id", Printable(id));
}

Status ScopeMustExist(Database& database, const std::optional<std::string>& user,
                      const std::optional<std::string>& conversation) {
  if (user) AV_RETURN_IF_ERROR(MustExist(database, "users", *user));
  if (conversation) AV_RETURN_IF_ERROR(MustExist(database, "conversations", *conversation));
  return Status::Ok();
}

/// One value that is to be written, by the setting and what holds it at the level.
struct Change {
  const Setting* setting;
  Value value;
};

Status UnknownSetting(std::string_view name) {
  std::string known;
  for (const Setting& setting : AllSettings()) {
    known.append(known.empty() ? "" : ", ").append(setting.name);
  }
  const std::string printable = Printable(name);
  return Status::InvalidArgument("There is no setting " + printable + ". Known are " + known + ".")
      .With("argument", printable)
      .With("rule", std::string("known"));
}

Status NotOfThisLevel(const Setting& setting, Tier tier) {
  std::string levels;
  for (size_t i = 0; i < kTierCount; ++i) {
    if (setting.At(static_cast<Tier>(i)).empty()) continue;
    levels.append(levels.empty() ? "" : ", ").append(TierName(static_cast<Tier>(i)));
  }
  return BadSetting(
      setting.name, "level",
      "cannot be set at the level " + std::string(TierName(tier)) + ", only at " + levels);
}

Result<std::vector<Change>> ReadChanges(Tier tier, const Object& values) {
  std::vector<Change> changes;
  for (const Object::Member& member : values) {
    const Setting* setting = FindSetting(tier, member.key);
    if (setting == nullptr) return UnknownSetting(member.key);
    if (setting->At(tier).empty()) return NotOfThisLevel(*setting, tier);
    if (std::any_of(changes.begin(), changes.end(),
                    [&](const Change& change) { return change.setting == setting; })) {
      return BadSetting(setting->name, "twice", "is named twice");
    }
    Value value = member.value;
    if (value.is_null() && tier == Tier::kStatic) value = DefaultOf(*setting);
    if (!value.is_null()) AV_RETURN_IF_ERROR(CheckSetting(*setting, value));
    changes.push_back({setting, std::move(value)});
  }
  return changes;
}

Status CheckListed(const Tiers& tiers, const Change& change, std::string_view list) {
  const Value listed = tiers.Decide(list);
  if (change.value.is_null() || listed.AsArray().empty()) return Status::Ok();
  const Array& items = listed.AsArray();
  if (std::find(items.begin(), items.end(), change.value) != items.end()) return Status::Ok();
  return BadSetting(change.setting->name, "listed", "must be one of " + std::string(list));
}

/// The rules between settings. `tiers` holds the changes already.
Status CheckTogether(const Tiers& tiers, const std::vector<Change>& changes) {
  for (const Change& change : changes) {
    const std::string_view name = change.setting->name;
    if (name == "model") AV_RETURN_IF_ERROR(CheckListed(tiers, change, "available_models"));
    if (name == "pipeline") AV_RETURN_IF_ERROR(CheckListed(tiers, change, "available_pipelines"));
    if (name.starts_with("chunk_") &&
        tiers.Decide("chunk_overlap").AsNumber() * 2 >= tiers.Decide("chunk_size").AsNumber()) {
      return BadSetting("chunk_overlap", "range", "must be less than half of chunk_size");
    }
    if (name.ends_with("_weight") && tiers.Decide("bm25_weight").AsNumber() == 0 &&
        tiers.Decide("semantic_weight").AsNumber() == 0) {
      return BadSetting(name, "range", "must be above 0, as the other weight is 0");
    }
  }
  return Status::Ok();
}

Status WriteConversation(Database& database, const std::string& id,
                         const std::vector<Change>& changes, int64_t now) {
  for (const Change& change : changes) {
    if (change.value.is_null()) {
      AV_RETURN_IF_ERROR(
          Query(database,
                "DELETE FROM conversation_settings WHERE conversation_id = ?1 AND field = ?2",
                {id, change.setting->name})
              .status());
      continue;
    }
    AV_ASSIGN_OR_RETURN(const std::string text, WriteJson(change.value));
    AV_RETURN_IF_ERROR(
        Query(database,
              "INSERT INTO conversation_settings(conversation_id, field, value, updated_at) VALUES "
              "(?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET value = excluded.value, updated_at = "
              "excluded.updated_at",
              {id, change.setting->name, text, now})
            .status());
  }
  return Status::Ok();
}

/// A new row of a table says of every column what it holds: a column left out would get a default
/// of the table, which then looked like somebody's choice.
Object NewRow(Tier tier) {
  Object row;
  for (const Setting& setting : AllSettings()) {
    if (setting.At(tier).empty()) continue;
    row.Append(std::string(setting.At(tier)), tier == Tier::kStatic ? DefaultOf(setting) : Value());
  }
  return row;
}

Status WriteRow(RecordStore& records, std::string_view table, std::string_view key_column,
                const SettingsLevel& level, bool exists, const std::vector<Change>& changes,
                const std::string& by) {
  Object row = exists ? Object() : NewRow(level.tier);
  for (const Change& change : changes) {
    row.Set(std::string(change.setting->At(level.tier)), change.value);
  }
  if (level.tier == Tier::kDynamic) row.Set("updated_by", by.empty() ? Value() : Value(by));
  if (exists) return records.Update(table, Value(level.id), row).status();
  row.Set(std::string(key_column), level.id);
  return records.Insert(table, row).status();
}

/// A whole number within its range: imported rows may hold what Set refuses.
int64_t Within(const Tiers& tiers, std::string_view name) {
  const Setting& setting = *FindSetting(Tier::kConversation, name);
  return static_cast<int64_t>(
      std::clamp(tiers.Decide(setting).value.AsNumber(), setting.min, setting.max));
}

}  // namespace

Result<Value> SettingsService::Resolve(const std::optional<std::string>& user,
                                       const std::optional<std::string>& conversation) {
  AV_RETURN_IF_ERROR(ScopeMustExist(database_, user, conversation));
  AV_ASSIGN_OR_RETURN(const Tiers tiers, ReadTiers(database_, records_, user, conversation));
  Object out;
  for (const Setting& setting : AllSettings()) {
    ResolvedSetting resolved = tiers.Decide(setting);
    Object entry;
    entry.Append("value", std::move(resolved.value));
    entry.Append("source", resolved.source);
    out.Append(std::string(setting.name), std::move(entry));
  }
  return Value(std::move(out));
}

Status SettingsService::Set(const SettingsLevel& given, const Object& values,
                            const std::string& by) {
  SettingsLevel level = given;
  std::optional<std::string> user;
  std::optional<std::string> conversation;
  if (level.tier == Tier::kUser) {
    user = level.id;
  } else if (level.tier == Tier::kConversation) {
    conversation = level.id;
  } else {
    level.id = "local";
  }
  AV_RETURN_IF_ERROR(ScopeMustExist(database_, user, conversation));
  AV_ASSIGN_OR_RETURN(const std::vector<Change> changes, ReadChanges(level.tier, values));
  if (changes.empty()) return Status::Ok();
  AV_ASSIGN_OR_RETURN(Tiers tiers, ReadTiers(database_, records_, user, conversation));
  const auto index = static_cast<size_t>(level.tier);
  for (const Change& change : changes) {
    tiers.rows[index].Set(std::string(change.setting->At(level.tier)), change.value);
  }
  AV_RETURN_IF_ERROR(CheckTogether(tiers, changes));

  const AuditContext::ActAs as(audit_, by.empty() ? audit_.actor() : by);
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  if (level.tier == Tier::kConversation) {
    AV_RETURN_IF_ERROR(WriteConversation(database_, level.id, changes, clock_.NowMicros()));
  } else {
    const std::string_view table = level.tier == Tier::kUser      ? "user_preferences"
                                   : level.tier == Tier::kDynamic ? "dynamic_config"
                                                                  : "static_config";
    AV_RETURN_IF_ERROR(WriteRow(records_, table, level.tier == Tier::kUser ? "user_id" : "origin",
                                level, tiers.exists[index], changes, audit_.actor()));
  }
  return transaction.Commit();
}

Result<Value> SettingsService::History(std::string_view field, int64_t limit) {
  Object where{{"action", "config_change"}};
  if (!field.empty()) {
    const Setting* setting = FindSetting(Tier::kConversation, field);
    if (setting == nullptr) return UnknownSetting(field);
    Array names{setting->name};
    for (const std::string_view column : {setting->user, setting->dynamic, setting->fixed}) {
      if (!column.empty() && column != setting->name) names.emplace_back(column);
    }
    where.Append("field_name", Object{{"in", std::move(names)}});
  }
  FindOptions options;
  options.where = std::move(where);
  options.order_by = "-created_at";
  options.limit = limit;
  AV_ASSIGN_OR_RETURN(Array rows, records_.Find("audit_log", options));
  return Value(std::move(rows));
}

Result<SearchSettings> SettingsService::ForSearch(const std::optional<std::string>& user,
                                                  const std::optional<std::string>& conversation) {
  AV_ASSIGN_OR_RETURN(const Tiers tiers, ReadTiers(database_, records_, user, conversation));
  SearchSettings out;
  out.bm25_weight = tiers.Decide("bm25_weight").AsNumber();
  out.semantic_weight = tiers.Decide("semantic_weight").AsNumber();
  out.num_documents = Within(tiers, "num_documents");
  out.use_hybrid_search = tiers.Decide("use_hybrid_search").AsBool();
  return out;
}

Result<ChunkSettings> SettingsService::ForChunks() {
  AV_ASSIGN_OR_RETURN(const Tiers tiers, ReadTiers(database_, records_, {}, {}));
  const int64_t size = Within(tiers, "chunk_size");
  return ChunkSettings{size, std::min(Within(tiers, "chunk_overlap"), (size - 1) / 2)};
}

Result<int64_t> SettingsService::SessionSeconds() {
  AV_ASSIGN_OR_RETURN(const Tiers tiers, ReadTiers(database_, records_, {}, {}));
  return Within(tiers, "session_lifetime_days") * kSecondsOfDay;
}

}  // namespace archivolt
