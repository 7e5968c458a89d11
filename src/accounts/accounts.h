// AccountService: password hashes, logins, keys and achievements of users.
//
// Owns the rows of auth_sessions and api_keys, the password columns of users and the uniqueness of
// achievements. Knows no secret: passwords, tokens, keys and passphrases are hashed or sealed by
// the caller, and what this answers holds neither hashes nor ciphertexts, except Password and
// ProviderKey, which serve the caller that compares and opens. A user who is erased, suspended or
// inactive logs in nowhere. Uses are noted at most once a minute and not audited. Durability: each
// writing call is one transaction. Errors: NOT_FOUND (user), INVALID_ARGUMENT {argument} or {table,
// column, rule}, FAILED_PRECONDITION {rule: 'active'}.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"
#include "records/audit_context.h"
#include "records/records.h"
#include "storage/database.h"

namespace archivolt {

class AccountService {
 public:
  /// All must outlive the service.
  AccountService(Database& database, Clock& clock, RecordStore& records, AuditContext& audit)
      : database_(database), clock_(clock), records_(records), audit_(audit) {}

  /// {hash, active} of the user, hash null without a password; null when there is no such user.
  Result<Value> Password(std::string_view user);
  /// Stores a hash. With `previous`, only while that one is still stored -> whether it was.
  /// FAILED_PRECONDITION: the user is erased.
  Result<bool> SetPassword(std::string_view user, std::string_view hash, std::string_view scheme,
                           const Value& previous);

  /// A login of `ttl_micros`; e-mail and role are copied from the user -> {expiresAt}. `details`
  /// may have ip, userAgent and data.
  Result<Value> CreateSession(std::string_view user, std::string_view token_hash,
                              int64_t ttl_micros, const Object& details);
  /// The row of auth_sessions, or null when unknown or expired.
  Result<Value> Session(std::string_view token_hash);
  Result<bool> EndSession(std::string_view token_hash);
  /// Those that have not expired, latest first.
  Result<Array> Sessions(std::string_view user);
  Result<int64_t> EndSessions(std::string_view user);
  /// Removes expired logins of everyone -> how many.
  Result<int64_t> SweepSessions();

  /// `details` may have label, scopes (array of texts) and expiresAt -> {id}.
  Result<Value> IssueKey(std::string_view user, std::string_view key_hash, const Object& details);
  /// The row of api_keys, or null when unknown, revoked or expired.
  Result<Value> VerifyKey(std::string_view key_hash);
  /// False when there is no such key or it was revoked before.
  Result<bool> RevokeKey(std::string_view id);
  /// `kind` 'issued' or 'provider': rows of api_keys, latest first.
  Result<Array> Keys(std::string_view user, std::string_view kind);

  /// Stores a sealed key of a provider in place of an earlier one.
  Status StoreProviderKey(std::string_view user, std::string_view provider, BytesView ciphertext,
                          std::string_view cipher, std::string_view kdf);
  /// {ciphertext, cipher, kdf}, or null.
  Result<Value> ProviderKey(std::string_view user, std::string_view provider);
  Result<bool> RemoveProviderKey(std::string_view user, std::string_view provider);

  /// {type, name, description?, points?, metadata?} -> {awarded, achievement}. A second award of
  /// the same type and name changes nothing and answers the first.
  Result<Value> Award(std::string_view user, const Object& achievement);
  /// {points: their sum, achievements: rows, latest first}.
  Result<Value> Achievements(std::string_view user);

 private:
  Status MustExist(std::string_view user, bool active);
  /// Sets last_used_at, unless that was less than a minute ago.
  Status Touch(std::string_view table, const Value& row);
  /// The row of the table whose id `sql` finds by the parameters ?1 = key and ?2 = now, noted as
  /// used and without secrets; or null.
  Result<Value> Use(std::string_view table, std::string_view sql, std::string_view key);
  Result<Array> Latest(std::string_view table, Object where);
  Result<int64_t> Run(std::string_view sql, std::string_view first, const Value& second);

  Database& database_;
  Clock& clock_;
  RecordStore& records_;
  AuditContext& audit_;
};

}  // namespace archivolt
