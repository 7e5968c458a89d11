// AccountService: password hashes, logins, keys and achievements of users.
//
// Owns the rows of auth_sessions and api_keys, the password columns of users and the uniqueness of
// achievements. Knows no secret: passwords, tokens, keys and passphrases are hashed or sealed by
// the caller, and what this answers holds neither hashes nor ciphertexts, except kPassword and
// kProviderKey, which serve the caller that compares and opens. A user who is erased, suspended or
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

/// What one statement does: its parameters, all texts, and its answer.
enum class AccountOperation : uint8_t {
  kPassword,           ///< {user} -> {hash (null without a password), active: 0 or 1}, or null
  kSetPassword,        ///< {user, hash, scheme, previous?} -> whether `previous` was still stored
  kEndSession,         ///< {hash} -> whether there was one that had not expired
  kEndSessions,        ///< {user} -> how many
  kSweepSessions,      ///< {} -> how many had expired, of everyone
  kRevokeKey,          ///< {id} -> false when there is no such key or it was revoked before
  kProviderKey,        ///< {user, provider} -> {ciphertext, cipher, kdf}, or null
  kRemoveProviderKey,  ///< {user, provider} -> whether there was one
};

class AccountService {
 public:
  /// All must outlive the service.
  AccountService(Database& database, Clock& clock, RecordStore& records, AuditContext& audit)
      : database_(database), clock_(clock), records_(records), audit_(audit) {}

  Result<Value> Run(AccountOperation operation, const Object& params);

  /// {user, hash, ip?, userAgent?, data?}: a login of `ttl_micros`; e-mail and role are copied from
  /// the user -> {expiresAt}.
  Result<Value> CreateSession(const Object& params, int64_t ttl_micros);
  /// {hash} -> the row of auth_sessions, or null when unknown or expired.
  Result<Value> Session(const Object& params);
  /// {user} -> rows that have not expired, latest first.
  Result<Value> Sessions(const Object& params);

  /// {user, hash, label?, scopes? (texts), expiresAt?} -> {id}.
  Result<Value> IssueKey(const Object& params);
  /// {hash} -> the row of api_keys, or null when unknown, revoked or expired.
  Result<Value> VerifyKey(const Object& params);
  /// {user, kind: 'issued' | 'provider'} -> rows of api_keys, latest first.
  Result<Value> Keys(const Object& params);
  /// {user, provider, ciphertext, cipher, kdf}: a sealed key, in place of an earlier one.
  Result<Value> StoreProviderKey(const Object& params);

  /// {user, achievement: {type, name, description?, points?, metadata?}} -> {awarded, achievement}.
  /// A second award of the same type and name changes nothing and answers the first.
  Result<Value> Award(const Object& params);
  /// {user} -> {points: their sum, achievements: rows, latest first}.
  Result<Value> Achievements(const Object& params);

 private:
  /// The member `user`, who must exist and not be erased, and where `active` not be suspended.
  Result<std::string_view> UserOf(const Object& params, bool active);
  /// The row of `table` that `find` names by ?1 = hash and ?2 = now, answering id and last_used_at;
  /// noted as used by `touch` (?1 = id, ?2 = now) and without secrets. Null when there is none.
  Result<Value> Use(const Object& params, std::string_view table, std::string_view find,
                    std::string_view touch);
  Result<Value> Latest(std::string_view table, std::string_view order, Object where);

  Database& database_;
  Clock& clock_;
  RecordStore& records_;
  AuditContext& audit_;
};

}  // namespace archivolt
