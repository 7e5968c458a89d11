#include "accounts/accounts.h"

#include <array>
#include <utility>
#include <vector>

#include "records/record_errors.h"
#include "storage/query.h"
#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr int64_t kTouchAfter = 60'000'000;

/// Condition on a user `u`.
#define ACTIVE_USER "(u.erased_at IS NULL AND coalesce(u.status, 'active') = 'active')"

enum class Answer : uint8_t { kWhether, kCount, kRow };

struct Operation {
  std::string_view sql;                   ///< ?1 is the time; ?2 and on are the texts
  std::array<std::string_view, 4> texts;  ///< members of the call, in order
  Answer answer;
  bool for_user;  ///< the user must exist and not be erased
};

// In the order of AccountOperation.
constexpr Operation kOperations[] = {
    {"SELECT u.password_hash AS hash, " ACTIVE_USER " AS active FROM users u WHERE u.id = ?2",
     {"user"},
     Answer::kRow,
     false},
    {"UPDATE users SET password_hash = ?3, password_scheme = ?4, updated_at = ?1 WHERE id = ?2 AND "
     "(?5 IS NULL OR password_hash = ?5)",
     {"user", "hash", "scheme", "previous"},
     Answer::kWhether,
     true},
    // An expired one was over already, whoever removes its row.
    {"DELETE FROM auth_sessions WHERE token_hash = ?2 AND expires_at > ?1",
     {"hash"},
     Answer::kWhether,
     false},
    {"DELETE FROM auth_sessions WHERE user_id = ?2 AND expires_at > ?1",
     {"user"},
     Answer::kCount,
     false},
    {"DELETE FROM auth_sessions WHERE expires_at <= ?1", {}, Answer::kCount, false},
    {"UPDATE api_keys SET revoked_at = ?1 WHERE id = ?2 AND kind = 'issued' AND revoked_at IS NULL",
     {"id"},
     Answer::kWhether,
     false},
    {"SELECT ciphertext, cipher, kdf FROM api_keys WHERE user_id = ?2 AND provider = ?3 AND kind = "
     "'provider'",
     {"user", "provider"},
     Answer::kRow,
     true},
    {"DELETE FROM api_keys WHERE user_id = ?2 AND provider = ?3 AND kind = 'provider'",
     {"user", "provider"},
     Answer::kWhether,
     false},
};

Status BadArgument(std::string_view argument, std::string_view message) {
  return Status::InvalidArgument(std::string(argument) + " " + std::string(message) + ".")
      .With("argument", std::string(argument));
}

/// A text that must be there; the view lives as long as the call.
Result<std::string_view> Text(const Object& params, std::string_view name) {
  const Value* value = params.Find(name);
  if (value == nullptr || !value->is_string()) return BadArgument(name, "must be a text");
  return std::string_view(value->AsString());
}

/// What proves who somebody is, and ids of logins in other systems, which are their tokens.
void Conceal(Value& row) {
  if (row.AsObject().Find("achievement_name") != nullptr) return;  // has no secrets
  for (const char* secret : {"token_hash", "key_hash", "ciphertext", "kdf", "origin_id"}) {
    if (Value* value = row.AsObject().Find(secret); value != nullptr) *value = Value();
  }
}

/// Copies members, given as pairs of member and column, to a row where they are there.
void Copy(const Object& from, std::initializer_list<std::pair<const char*, const char*>> names,
          Object& row) {
  for (const auto& [member, column] : names) {
    const Value* value = from.Find(member);
    if (value != nullptr && !value->is_null()) row.Set(column, *value);
  }
}

}  // namespace

Result<std::string_view> AccountService::UserOf(const Object& params, bool active) {
  AV_ASSIGN_OR_RETURN(const std::string_view user, Text(params, "user"));
  AV_ASSIGN_OR_RETURN(
      const Array found,
      Query(database_, "SELECT u.erased_at IS NULL, " ACTIVE_USER " FROM users u WHERE u.id = ?1",
            {user}));
  if (found.empty()) {
    return Status::NotFound("There is no user with this id.").With("user", Printable(user));
  }
  const Array& row = found[0].AsArray();
  if (row[active ? 1 : 0].AsInt() != 0) return user;
  return Status(ErrorCode::FAILED_PRECONDITION,
                row[0].AsInt() != 0
                    ? "The user is suspended or inactive; set users.status to 'active' first."
                    : "The user was erased.")
      .With("user", Printable(user))
      .With("rule", std::string("active"));
}

Result<Value> AccountService::Run(AccountOperation operation, const Object& params) {
  const Operation& known = kOperations[static_cast<size_t>(operation)];
  if (known.for_user) {
    const bool active = operation == AccountOperation::kProviderKey;
    AV_RETURN_IF_ERROR(UserOf(params, active).status());
  }
  const Value none;
  std::vector<Param> values{clock_.NowMicros()};
  for (const std::string_view name : known.texts) {
    if (name.empty()) break;
    if (name == "previous" && params.Find(name) == nullptr) {
      values.emplace_back(none);
      continue;
    }
    AV_ASSIGN_OR_RETURN(const std::string_view text, Text(params, name));
    values.emplace_back(text);
  }
  if (known.answer != Answer::kRow) {
    AV_RETURN_IF_ERROR(Query(database_, known.sql, values).status());
    const int64_t changes = database_.changes();
    return known.answer == Answer::kCount ? Value(changes) : Value(changes > 0);
  }
  AV_ASSIGN_OR_RETURN(Array rows, Query(database_, known.sql, values));
  if (rows.empty()) return Value();
  Array& row = rows[0].AsArray();
  Object out;
  if (operation == AccountOperation::kPassword) {
    out.Append("hash", std::move(row[0]));
    out.Append("active", row[1].AsInt() != 0);
  } else {
    out.Append("ciphertext", std::move(row[0]));
    out.Append("cipher", std::move(row[1]));
    out.Append("kdf", std::move(row[2]));
  }
  return Value(std::move(out));
}

Result<Value> AccountService::Use(const Object& params, std::string_view table,
                                  std::string_view find, std::string_view touch) {
  const int64_t now = clock_.NowMicros();
  AV_ASSIGN_OR_RETURN(const std::string_view hash, Text(params, "hash"));
  AV_ASSIGN_OR_RETURN(const Array found, Query(database_, find, {hash, now}));
  if (found.empty()) return Value();
  const Value& id = found[0].AsArray()[0];
  const Value& used = found[0].AsArray()[1];
  if ((used.is_null() || now - used.AsInt() >= kTouchAfter) && !database_.read_only()) {
    const AuditContext::Silence silence(audit_);
    AV_RETURN_IF_ERROR(Query(database_, touch, {id, now}).status());
  }
  AV_ASSIGN_OR_RETURN(Value row, records_.Get(table, id));
  Conceal(row);
  return row;
}

Result<Value> AccountService::Latest(std::string_view table, std::string_view order, Object where) {
  FindOptions options;
  options.where = std::move(where);
  options.order_by = order;
  AV_ASSIGN_OR_RETURN(Array rows, records_.Find(table, options));
  for (Value& row : rows) Conceal(row);
  return Value(std::move(rows));
}

Result<Value> AccountService::CreateSession(const Object& params, int64_t ttl_micros) {
  AV_ASSIGN_OR_RETURN(const std::string_view user, UserOf(params, true));
  AV_ASSIGN_OR_RETURN(const Value account, records_.Get("users", Value(user)));
  Object row;
  Copy(account.AsObject(), {{"id", "user_id"}, {"email", "email"}, {"role", "role"}}, row);
  Copy(
      params,
      {{"hash", "token_hash"}, {"ip", "ip_address"}, {"userAgent", "user_agent"}, {"data", "data"}},
      row);
  const Value expires_at = FormatMicros(clock_.NowMicros() + ttl_micros);
  row.Append("expires_at", expires_at);
  AV_RETURN_IF_ERROR(records_.Insert("auth_sessions", row).status());
  Object out;
  out.Append("expiresAt", expires_at);
  return Value(std::move(out));
}

Result<Value> AccountService::Session(const Object& params) {
  return Use(params, "auth_sessions",
             "SELECT s.id, s.last_used_at FROM auth_sessions s JOIN users u ON u.id = s.user_id "
             "WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND " ACTIVE_USER,
             "UPDATE auth_sessions SET last_used_at = ?2 WHERE id = ?1");
}

Result<Value> AccountService::Sessions(const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string_view user, UserOf(params, false));
  Object after;
  after.Append("gt", FormatMicros(clock_.NowMicros()));
  Object where;
  where.Append("user_id", user);
  where.Append("expires_at", std::move(after));
  return Latest("auth_sessions", "-created_at", std::move(where));
}

Result<Value> AccountService::IssueKey(const Object& params) {
  AV_RETURN_IF_ERROR(UserOf(params, true).status());
  Object row;
  row.Append("kind", "issued");
  Copy(params,
       {{"user", "user_id"},
        {"hash", "key_hash"},
        {"label", "label"},
        {"scopes", "scopes"},
        {"expiresAt", "expires_at"}},
       row);
  if (const Value* scopes = row.Find("scopes"); scopes != nullptr) {
    bool texts = scopes->is_array();
    for (size_t i = 0; texts && i < scopes->AsArray().size(); ++i) {
      const Value& scope = scopes->AsArray()[i];
      texts = scope.is_string() && !scope.AsString().empty();
    }
    if (!texts) return BadArgument("scopes", "must be an array of texts that are not empty");
  }
  if (const Value* expires = row.Find("expires_at"); expires != nullptr && expires->is_string()) {
    const Result<int64_t> at = ParseIso8601(expires->AsString());
    if (at.ok() && *at <= clock_.NowMicros())
      return BadArgument("expiresAt", "must be a time to come");
  }
  AV_ASSIGN_OR_RETURN(const Value stored, records_.Insert("api_keys", row));
  Object out;
  out.Append("id", *stored.AsObject().Find("id"));
  return Value(std::move(out));
}

Result<Value> AccountService::VerifyKey(const Object& params) {
  return Use(params, "api_keys",
             "SELECT k.id, k.last_used_at FROM api_keys k JOIN users u ON u.id = k.user_id WHERE "
             "k.key_hash = ?1 AND k.kind = 'issued' AND k.revoked_at IS NULL AND "
             "coalesce(k.expires_at, ?2 + 1) > ?2 AND " ACTIVE_USER,
             "UPDATE api_keys SET last_used_at = ?2 WHERE id = ?1");
}

Result<Value> AccountService::Keys(const Object& params) {
  AV_RETURN_IF_ERROR(UserOf(params, false).status());
  Object where;
  Copy(params, {{"user", "user_id"}, {"kind", "kind"}}, where);
  return Latest("api_keys", "-created_at", std::move(where));
}

Result<Value> AccountService::StoreProviderKey(const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string_view user, UserOf(params, true));
  AV_ASSIGN_OR_RETURN(const std::string_view provider, Text(params, "provider"));
  Object row;
  Copy(params, {{"ciphertext", "ciphertext"}, {"cipher", "cipher"}, {"kdf", "kdf"}}, row);
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(
      const Array earlier,
      Query(database_,
            "SELECT id FROM api_keys WHERE user_id = ?1 AND provider = ?2 AND kind = 'provider'",
            {user, provider}));
  if (earlier.empty()) {
    row.Append("user_id", user);
    row.Append("kind", "provider");
    row.Append("provider", provider);
    AV_RETURN_IF_ERROR(records_.Insert("api_keys", row).status());
  } else {
    row.Append("created_at", FormatMicros(clock_.NowMicros()));
    row.Append("last_used_at", Value());
    row.Append("revoked_at", Value());
    AV_RETURN_IF_ERROR(records_.Update("api_keys", earlier[0].AsArray()[0], row).status());
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value();
}

Result<Value> AccountService::Award(const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string_view user, UserOf(params, false));
  const Value* given = params.Find("achievement");
  if (given == nullptr || !given->is_object())
    return BadArgument("achievement", "must be an object");
  const Object& achievement = given->AsObject();
  Object same;
  same.Append("user_id", user);
  for (const char* name : {"type", "name"}) {
    AV_ASSIGN_OR_RETURN(const std::string_view text, Text(achievement, name));
    if (text.empty()) return BadArgument(name, "must not be empty");
    same.Append(std::string("achievement_") + name, text);
  }
  if (const Value* points = achievement.Find("points");
      points != nullptr && !(points->is_int() && points->AsInt() >= 0)) {
    return BadArgument("points", "must be a whole number of at least 0");
  }
  Object row = same;
  row.Append("earned_at", FormatMicros(clock_.NowMicros()));
  Copy(achievement,
       {{"description", "description"}, {"points", "points"}, {"metadata", "metadata"}}, row);
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_ASSIGN_OR_RETURN(Value rows, Latest("achievements", "earned_at", std::move(same)));
  const bool awarded = rows.AsArray().empty();
  if (awarded) {
    AV_ASSIGN_OR_RETURN(Value stored, records_.Insert("achievements", row));
    rows.AsArray().push_back(std::move(stored));
  }
  AV_RETURN_IF_ERROR(transaction.Commit());
  Object out;
  out.Append("awarded", awarded);
  out.Append("achievement", std::move(rows.AsArray()[0]));
  return Value(std::move(out));
}

Result<Value> AccountService::Achievements(const Object& params) {
  AV_ASSIGN_OR_RETURN(const std::string_view user, UserOf(params, false));
  AV_ASSIGN_OR_RETURN(
      const Array sum,
      Query(database_, "SELECT coalesce(sum(points), 0) FROM achievements WHERE user_id = ?1",
            {user}));
  Object where;
  where.Append("user_id", user);
  AV_ASSIGN_OR_RETURN(Value rows, Latest("achievements", "-earned_at", std::move(where)));
  Object out;
  out.Append("points", sum[0].AsArray()[0]);
  out.Append("achievements", std::move(rows));
  return Value(std::move(out));
}

}  // namespace archivolt
