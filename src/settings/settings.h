// SettingsService: what a setting's value is for a user and a conversation, and who said so.
//
// Owns the four tiers (conversation, user, dynamic, static), their validation and the order in
// which they decide: the narrowest that holds a value wins, and a stored 0, false or '' is a value;
// NULL lets the next tier decide. Does not own the entries of the audit log: triggers write one for
// each changed field of the four tables. Invariant: a call that is refused has written nothing.
// Durability: Set is one transaction. Errors: INVALID_ARGUMENT {argument, rule}, NOT_FOUND {id}.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "records/audit_context.h"
#include "records/records.h"
#include "settings/setting_table.h"
#include "storage/database.h"

namespace archivolt {

/// Where settings are written: a tier, and for the two narrow ones whose.
struct SettingsLevel {
  Tier tier = Tier::kDynamic;
  std::string id;
};

/// What a search takes from the settings when its caller does not say.
struct SearchSettings {
  double bm25_weight = 0;
  double semantic_weight = 0;
  int64_t num_documents = 0;
  bool use_hybrid_search = true;
};

/// How documents are cut when the caller does not say, in characters; fit for the chunker.
struct ChunkSettings {
  int64_t size = 0;
  int64_t overlap = 0;
};

class SettingsService {
 public:
  /// All must outlive the service.
  SettingsService(Database& database, Clock& clock, RecordStore& records, AuditContext& audit)
      : database_(database), clock_(clock), records_(records), audit_(audit) {}

  /// Every setting as {name: {value, source}}; source is a tier's name or 'default'. A conversation
  /// brings its user's tier with it unless `user` is given. NOT_FOUND: no such user or
  /// conversation.
  Result<Value> Resolve(const std::optional<std::string>& user,
                        const std::optional<std::string>& conversation);

  /// Writes all values or none, as done by `by` ("": the actor of the call). Null clears: the next
  /// tier decides again; in the static tier, whose columns always hold a value, it writes the
  /// default. The rows of dynamic_config and static_config are made when they are first written.
  /// INVALID_ARGUMENT: unknown, not of this level, named twice, wrong type or range; a model or
  /// pipeline that static_config does not list; an overlap that is not less than half of the chunk
  /// size; both weights 0.
  Status Set(const SettingsLevel& level, const Object& values, const std::string& by);

  /// Changes of the configuration, newest first: rows of audit_log. `field`: a setting by any of
  /// its names, "" = all. `limit`: 1 to 10000.
  Result<Value> History(std::string_view field, int64_t limit);

  /// As Resolve; a user or conversation that does not exist has no say.
  Result<SearchSettings> ForSearch(const std::optional<std::string>& user,
                                   const std::optional<std::string>& conversation);
  Result<ChunkSettings> ForChunks();
  /// How long a login lasts, in seconds.
  Result<int64_t> SessionSeconds();

 private:
  Database& database_;
  Clock& clock_;
  RecordStore& records_;
  AuditContext& audit_;
};

}  // namespace archivolt
