#include "accounts/accounts.h"

#include <utility>

#include "records/record_errors.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int64_t kTouchAfter = 60'000'000;

/// Condition on a user `u`.
#define ACTIVE_USER "(u.erased_at IS NULL AND coalesce(u.status, 'active') = 'active')"

/// What proves who somebody is, and ids of logins in other systems, which are their tokens.
void Conceal(Object& row) {
  for (const char* secret : {"token_hash", "key_hash", "ciphertext", "kdf", "origin_id"}) {
    if (Value* value = row.Find(secret); value != nullptr) *value = Value();
  }
}

Value Concealed(Value row) {
  if (row.is_object()) Conceal(row.AsObject());
  return row;
}

/// Copies a member of the caller's details to a column, when it is there.
void Copy(const Object& from, std::string_view member, Object& to, std::string_view column) {
  const Value* value = from.Find(member);
  if (value != nullptr && !value->is_null()) to.Append(std::string(column), *value);
}

Status BadArgument(std::string_view argument, std::string_view message) {
  return Status::InvalidArgument(std::string(argument) + " " + std::string(message) + ".")
      .With("argument", std::string(argument));
}

}  // namespace

Status AccountService::MustExist(std::string_view user, bool active) {
  AV_ASSIGN_OR_RETURN(Statement row, database_.Prepare("SELECT u.erased_at IS NULL, " ACTIVE_USER
                                                       " FROM users u WHERE u.id = ?1"));
  AV_RETURN_IF_ERROR(row.Bind(1, user));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) {
    return Status::NotFound("There is no user with this id.").With("user", Printable(user));
  }
  if (row.Bool(active ? 1 : 0)) return Status::Ok();
  return Status(ErrorCode::FAILED_PRECONDITION,
                row.Bool(0)
                    ? "The user is suspended or inactive; set users.status to 'active' first."
                    : "The user was erased.")
      .With("user", Printable(user))
      .With("rule", std::string("active"));
}

Result<int64_t> AccountService::Run(std::string_view sql, std::string_view first,
                                    const Value& second) {
  AV_ASSIGN_OR_RETURN(Statement write, database_.Prepare(sql));
  AV_RETURN_IF_ERROR(write.BindAll(first, second));
  AV_RETURN_IF_ERROR(write.Run());
  return database_.changes();
}

Result<Value> AccountService::Use(std::string_view table, std::string_view sql,
                                  std::string_view key) {
  Value id;
  {
    AV_ASSIGN_OR_RETURN(Statement row, database_.Prepare(sql));
    AV_RETURN_IF_ERROR(row.BindAll(key, clock_.NowMicros()));
    AV_ASSIGN_OR_RETURN(const bool found, row.Step());
    if (!found) return Value();
    id = row.Column(0);
  }
  AV_RETURN_IF_ERROR(Touch(table, id));
  AV_ASSIGN_OR_RETURN(Value row, records_.Get(table, id));
  return Concealed(std::move(row));
}

Status AccountService::Touch(std::string_view table, const Value& id) {
  if (database_.read_only()) return Status::Ok();
  const int64_t now = clock_.NowMicros();
  const std::string where = " WHERE id = ?1 AND coalesce(last_used_at, 0) <= ?2";
  AV_ASSIGN_OR_RETURN(Statement stale,
                      database_.Prepare("SELECT 1 FROM " + std::string(table) + where));
  AV_RETURN_IF_ERROR(stale.BindAll(id, now - kTouchAfter));
  AV_ASSIGN_OR_RETURN(const bool found, stale.Step());
  if (!found) return Status::Ok();
  stale.Reset();
  const AuditContext::Silence silence(audit_);
  const std::string sql = "UPDATE " + std::string(table) + " SET last_used_at = ?2 WHERE id = ?1";
  return Run(sql, id.AsString(), now).status();
}

Result<Array> AccountService::Latest(std::string_view table, Object where) {
  FindOptions options;
  options.where = std::move(where);
  options.order_by = "-created_at";
  AV_ASSIGN_OR_RETURN(Array rows, records_.Find(table, options));
  for (Value& row : rows) Conceal(row.AsObject());
  return rows;
}

Result<Value> AccountService::Password(std::string_view user) {
  AV_ASSIGN_OR_RETURN(Statement row, database_.Prepare("SELECT u.password_hash, " ACTIVE_USER
                                                       " FROM users u WHERE u.id = ?1"));
  AV_RETURN_IF_ERROR(row.Bind(1, user));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return Value();
  return Value(Object{{"hash", row.Column(0)}, {"active", row.Bool(1)}});
}

Result<bool> AccountService::SetPassword(std::string_view user, std::string_view hash,
                                         std::string_view scheme, const Value& previous) {
  AV_RETURN_IF_ERROR(MustExist(user, false));
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      Statement write,
      database_.Prepare(
          "UPDATE users SET password_hash = ?2, password_scheme = ?3, updated_at = ?4 "
          "WHERE id = ?1 AND (?5 IS NULL OR password_hash = ?5)"));
  AV_RETURN_IF_ERROR(write.BindAll(user, hash, scheme, clock_.NowMicros(), previous));
  AV_RETURN_IF_ERROR(write.Run());
  const bool written = database_.changes() > 0;
  AV_RETURN_IF_ERROR(transaction.Commit());
  return written;
}

Result<Value> AccountService::CreateSession(std::string_view user, std::string_view token_hash,
                                            int64_t ttl_micros, const Object& details) {
  AV_RETURN_IF_ERROR(MustExist(user, true));
  AV_ASSIGN_OR_RETURN(const Value account, records_.Get("users", Value(user)));
  const std::string expires_at = FormatMicros(clock_.NowMicros() + ttl_micros);
  Object row{{"user_id", user}, {"token_hash", token_hash}, {"expires_at", expires_at}};
  Copy(account.AsObject(), "email", row, "email");
  Copy(account.AsObject(), "role", row, "role");
  Copy(details, "ip", row, "ip_address");
  Copy(details, "userAgent", row, "user_agent");
  Copy(details, "data", row, "data");
  AV_RETURN_IF_ERROR(records_.Insert("auth_sessions", row).status());
  return Value(Object{{"expiresAt", expires_at}});
}

Result<Value> AccountService::Session(std::string_view token_hash) {
  return Use("auth_sessions",
             "SELECT s.id FROM auth_sessions s JOIN users u ON u.id = s.user_id WHERE "
             "s.token_hash = ?1 AND s.expires_at > ?2 AND " ACTIVE_USER,
             token_hash);
}

Result<bool> AccountService::EndSession(std::string_view token_hash) {
  // An expired one was over already, whoever removes its row.
  AV_ASSIGN_OR_RETURN(const int64_t ended,
                      Run("DELETE FROM auth_sessions WHERE token_hash = ?1 AND expires_at > ?2",
                          token_hash, clock_.NowMicros()));
  return ended > 0;
}

Result<Array> AccountService::Sessions(std::string_view user) {
  AV_RETURN_IF_ERROR(MustExist(user, false));
  return Latest(
      "auth_sessions",
      Object{{"user_id", user}, {"expires_at", Object{{"gt", FormatMicros(clock_.NowMicros())}}}});
}

Result<int64_t> AccountService::EndSessions(std::string_view user) {
  return Run("DELETE FROM auth_sessions WHERE user_id = ?1 AND expires_at > ?2", user,
             clock_.NowMicros());
}

Result<int64_t> AccountService::SweepSessions() {
  AV_ASSIGN_OR_RETURN(Statement write,
                      database_.Prepare("DELETE FROM auth_sessions WHERE expires_at <= ?1"));
  AV_RETURN_IF_ERROR(write.Bind(1, clock_.NowMicros()));
  AV_RETURN_IF_ERROR(write.Run());
  return database_.changes();
}

Result<Value> AccountService::IssueKey(std::string_view user, std::string_view key_hash,
                                       const Object& details) {
  AV_RETURN_IF_ERROR(MustExist(user, true));
  Object row{{"user_id", user}, {"kind", "issued"}, {"key_hash", key_hash}};
  Copy(details, "label", row, "label");
  Copy(details, "scopes", row, "scopes");
  Copy(details, "expiresAt", row, "expires_at");
  if (const Value* scopes = row.Find("scopes"); scopes != nullptr) {
    if (!scopes->is_array()) return BadArgument("scopes", "must be an array of texts");
    for (const Value& scope : scopes->AsArray()) {
      if (!scope.is_string() || scope.AsString().empty())
        return BadArgument("scopes", "must be an array of texts that are not empty");
    }
  }
  if (const Value* expires = row.Find("expires_at"); expires != nullptr && expires->is_string()) {
    const Result<int64_t> at = ParseIso8601(expires->AsString());
    if (at.ok() && *at <= clock_.NowMicros())
      return BadArgument("expiresAt", "must be a time to come");
  }
  AV_ASSIGN_OR_RETURN(const Value stored, records_.Insert("api_keys", row));
  return Value(Object{{"id", *stored.AsObject().Find("id")}});
}

Result<Value> AccountService::VerifyKey(std::string_view key_hash) {
  return Use("api_keys",
             "SELECT k.id FROM api_keys k JOIN users u ON u.id = k.user_id WHERE k.key_hash = ?1 "
             "AND k.kind = 'issued' AND k.revoked_at IS NULL AND coalesce(k.expires_at, ?2 + 1) > "
             "?2 AND " ACTIVE_USER,
             key_hash);
}

Result<bool> AccountService::RevokeKey(std::string_view id) {
  AV_ASSIGN_OR_RETURN(const int64_t revoked,
                      Run("UPDATE api_keys SET revoked_at = ?2 WHERE id = ?1 AND kind = 'issued' "
                          "AND revoked_at IS NULL",
                          id, clock_.NowMicros()));
  return revoked > 0;
}

Result<Array> AccountService::Keys(std::string_view user, std::string_view kind) {
  AV_RETURN_IF_ERROR(MustExist(user, false));
  return Latest("api_keys", Object{{"user_id", user}, {"kind", kind}});
}

Status AccountService::StoreProviderKey(std::string_view user, std::string_view provider,
                                        BytesView ciphertext, std::string_view cipher,
                                        std::string_view kdf) {
  AV_RETURN_IF_ERROR(MustExist(user, true));
  Object row{{"ciphertext", ciphertext},
             {"cipher", cipher},
             {"kdf", kdf},
             {"created_at", FormatMicros(clock_.NowMicros())},
             {"last_used_at", Value()},
             {"revoked_at", Value()}};
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  Value id;
  {
    AV_ASSIGN_OR_RETURN(Statement earlier,
                        database_.Prepare("SELECT id FROM api_keys WHERE user_id = ?1 AND provider "
                                          "= ?2 AND kind = 'provider'"));
    AV_RETURN_IF_ERROR(earlier.BindAll(user, provider));
    AV_ASSIGN_OR_RETURN(const bool found, earlier.Step());
    if (found) id = earlier.Column(0);
  }
  if (id.is_null()) {
    row.Append("user_id", user);
    row.Append("kind", "provider");
    row.Append("provider", provider);
    AV_RETURN_IF_ERROR(records_.Insert("api_keys", row).status());
  } else {
    AV_RETURN_IF_ERROR(records_.Update("api_keys", id, row).status());
  }
  return transaction.Commit();
}

Result<Value> AccountService::ProviderKey(std::string_view user, std::string_view provider) {
  AV_RETURN_IF_ERROR(MustExist(user, true));
  AV_ASSIGN_OR_RETURN(
      Statement row, database_.Prepare("SELECT ciphertext, cipher, kdf FROM api_keys WHERE user_id "
                                       "= ?1 AND provider = ?2 AND kind = 'provider'"));
  AV_RETURN_IF_ERROR(row.BindAll(user, provider));
  AV_ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return Value();
  return Value(
      Object{{"ciphertext", row.Column(0)}, {"cipher", row.Column(1)}, {"kdf", row.Column(2)}});
}

Result<bool> AccountService::RemoveProviderKey(std::string_view user, std::string_view provider) {
  AV_ASSIGN_OR_RETURN(
      const int64_t removed,
      Run("DELETE FROM api_keys WHERE user_id = ?1 AND provider = ?2 AND kind = 'provider'", user,
          provider));
  return removed > 0;
}

Result<Value> AccountService::Award(std::string_view user, const Object& achievement) {
  AV_RETURN_IF_ERROR(MustExist(user, false));
  Object row{{"user_id", user}, {"earned_at", FormatMicros(clock_.NowMicros())}};
  Copy(achievement, "type", row, "achievement_type");
  Copy(achievement, "name", row, "achievement_name");
  Copy(achievement, "description", row, "description");
  Copy(achievement, "points", row, "points");
  Copy(achievement, "metadata", row, "metadata");
  for (const char* column : {"achievement_type", "achievement_name"}) {
    const Value* value = row.Find(column);
    if (value == nullptr || !value->is_string() || value->AsString().empty())
      return BadArgument(column, "must be a text that is not empty");
  }
  if (const Value* points = row.Find("points");
      points != nullptr && !(points->is_int() && points->AsInt() >= 0)) {
    return BadArgument("points", "must be a whole number of at least 0");
  }
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  FindOptions same;
  same.where = Object{{"user_id", user},
                      {"achievement_type", *row.Find("achievement_type")},
                      {"achievement_name", *row.Find("achievement_name")}};
  same.limit = 1;
  AV_ASSIGN_OR_RETURN(Array earlier, records_.Find("achievements", same));
  const bool awarded = earlier.empty();
  if (awarded) {
    AV_ASSIGN_OR_RETURN(Value stored, records_.Insert("achievements", row));
    earlier.push_back(std::move(stored));
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value(Object{{"awarded", awarded}, {"achievement", std::move(earlier[0])}});
}

Result<Value> AccountService::Achievements(std::string_view user) {
  AV_RETURN_IF_ERROR(MustExist(user, false));
  AV_ASSIGN_OR_RETURN(
      Statement sum,
      database_.Prepare("SELECT coalesce(sum(points), 0) FROM achievements WHERE user_id = ?1"));
  AV_RETURN_IF_ERROR(sum.Bind(1, user));
  AV_RETURN_IF_ERROR(sum.Step().status());
  const Value points = sum.Column(0);
  FindOptions options;
  options.where = Object{{"user_id", user}};
  options.order_by = "-earned_at";
  AV_ASSIGN_OR_RETURN(Array rows, records_.Find("achievements", options));
  return Value(Object{{"points", points}, {"achievements", std::move(rows)}});
}

}  // namespace archivolt
