#include "accounts/accounts.h"

#include "records/records_fixture.h"

namespace archivolt {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

class SetClock final : public Clock {
 public:
  int64_t NowMicros() override { return now; }
  int64_t now = 1'769'769'000'000'000;
};

class AccountsTest : public ::testing::Test {
 protected:
  AccountsTest() : ids_(clock_, [this] { return random_ += 0x9E3779B97F4A7C15U; }) {}

  void SetUp() override {
    database_ = MigratedDatabase(clock_);
    ASSERT_NE(database_, nullptr);
    store_ = std::make_unique<RecordStore>(*database_, clock_, ids_);
    accounts_ = std::make_unique<AccountService>(*database_, clock_, *store_, audit_);
    user_ = User("ann");
  }

  std::string User(std::string_view name) {
    const Result<Value> row =
        store_->Insert("users", Object{{"username", Value(name)}, {"role", "architect"}});
    EXPECT_TRUE(row.ok()) << row.status().message();
    return row.ok() ? row->AsObject().Find("id")->AsString() : "";
  }
  void Update(std::string_view user, const Object& patch) {
    EXPECT_TRUE(store_->Update("users", Value(user), patch).ok());
  }
  int64_t Ask(std::string_view sql) {
    const Result<Value> value = database_->QueryValue(sql);
    EXPECT_TRUE(value.ok()) << value.status().message();
    return value.ok() && value->is_int() ? value->AsInt() : -1;
  }
  using Op = AccountOperation;
  Value Run(Op operation, const Object& params = {}) {
    return Ok(accounts_->Run(operation, params));
  }
  Result<Value> SetPassword(std::string_view user, std::string_view hash, std::string_view scheme,
                            const char* previous = nullptr) {
    Object params{{"user", user}, {"hash", hash}, {"scheme", scheme}};
    if (previous != nullptr) params.Append("previous", previous);
    return accounts_->Run(Op::kSetPassword, params);
  }
  Result<Value> Login(std::string_view hash, int64_t ttl, Object details = {}) {
    details.Append("user", user_);
    details.Append("hash", hash);
    return accounts_->CreateSession(details, ttl);
  }
  Result<Value> Issue(std::string_view hash, Object details = {}) {
    details.Append("user", user_);
    details.Append("hash", hash);
    return accounts_->IssueKey(details);
  }
  Result<Value> Store(std::string_view provider, Bytes ciphertext, const char* cipher) {
    return accounts_->StoreProviderKey(Object{{"user", user_},
                                              {"provider", provider},
                                              {"ciphertext", std::move(ciphertext)},
                                              {"cipher", cipher},
                                              {"kdf", "k"}});
  }
  Result<Value> Award(std::string_view user, const Object& achievement) {
    return accounts_->Award(Object{{"user", user}, {"achievement", achievement}});
  }
  Value Session(std::string_view hash) { return Ok(accounts_->Session(Object{{"hash", hash}})); }
  Value Key(std::string_view hash) { return Ok(accounts_->VerifyKey(Object{{"hash", hash}})); }
  Array Sessions() { return Ok(accounts_->Sessions(Who())).AsArray(); }
  Array Keys(const char* kind) {
    return Ok(accounts_->Keys(Object{{"user", user_}, {"kind", kind}})).AsArray();
  }
  Object Who() const { return Object{{"user", user_}}; }
  Object At(std::string_view provider) const {
    return Object{{"user", user_}, {"provider", provider}};
  }

  template <typename T>
  static T Ok(Result<T> result) {
    EXPECT_TRUE(result.ok()) << result.status().message();
    return result.ok() ? std::move(result).value() : T();
  }
  static const Value& Of(const Value& row, std::string_view name) {
    static const Value kNone;
    const Value* found = row.is_object() ? row.AsObject().Find(name) : nullptr;
    return found == nullptr ? kNone : *found;
  }

  SetClock clock_;
  uint64_t random_ = 1;
  IdSource ids_;
  AuditContext audit_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<RecordStore> store_;
  std::unique_ptr<AccountService> accounts_;
  std::string user_;
};

TEST_F(AccountsTest, PasswordsAreReplacedOnlyWhileTheyAreTheSame) {
  EXPECT_TRUE(Run(Op::kPassword, Object{{"user", "nobody"}}).is_null());
  EXPECT_TRUE(Of(Run(Op::kPassword, Who()), "hash").is_null());
  EXPECT_EQ(Ok(SetPassword(user_, "h1", "bcrypt")), Value(true));
  EXPECT_EQ(Ok(SetPassword(user_, "h3", "bcrypt", "h2")), Value(false));
  EXPECT_EQ(Ok(SetPassword(user_, "h2", "pbkdf2-sha256", "h1")), Value(true));
  EXPECT_EQ(Of(Run(Op::kPassword, Who()), "hash"), Value("h2"));
  EXPECT_EQ(*database_->QueryValue("SELECT password_scheme FROM users"), Value("pbkdf2-sha256"));
  EXPECT_EQ(SetPassword("nobody", "h", "bcrypt").status().code(), ErrorCode::NOT_FOUND);
  Update(user_, Object{{"erased_at", "2026-01-01T00:00:00Z"}});
  EXPECT_EQ(SetPassword(user_, "h", "bcrypt").status().code(), ErrorCode::FAILED_PRECONDITION);
}

TEST_F(AccountsTest, SessionsLiveUntilTheyEnd) {
  const Value made =
      Ok(Login("hash", kDay, Object{{"ip", "::1"}, {"data", Object{{"theme", "dark"}}}}));
  EXPECT_EQ(Of(made, "expiresAt"), Value("2026-01-31T10:30:00Z"));
  const Value session = Session("hash");
  EXPECT_EQ(Of(session, "user_id"), Value(user_));
  EXPECT_EQ(Of(session, "role"), Value("architect"));
  EXPECT_EQ(Of(session, "ip_address"), Value("::1"));
  EXPECT_EQ(Of(session, "data"), Value(Object{{"theme", "dark"}}));
  EXPECT_TRUE(Of(session, "token_hash").is_null()) << "no hash leaves the core";
  EXPECT_TRUE(Session("other").is_null());
  EXPECT_EQ(Sessions().size(), 1U);
  clock_.now += kDay - 1;
  EXPECT_FALSE(Session("hash").is_null());
  clock_.now += 1;
  EXPECT_TRUE(Session("hash").is_null());
  EXPECT_EQ(Run(Op::kEndSession, Object{{"hash", "hash"}}), Value(false));
  EXPECT_TRUE(Sessions().empty());
}

TEST_F(AccountsTest, TheSweepRemovesWhatHasExpiredAndNothingElse) {
  for (int i = 0; i < 5; ++i) {
    Ok(Login("h" + std::to_string(i), (i + 1) * kSecond));
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM auth_sessions"), 5) << "inserting removes none";
  clock_.now += 3 * kSecond;
  EXPECT_EQ(Run(Op::kSweepSessions).AsInt(), 3);
  EXPECT_EQ(Run(Op::kSweepSessions).AsInt(), 0);
  EXPECT_EQ(Run(Op::kEndSessions, Who()).AsInt(), 2);
  EXPECT_EQ(Ask("SELECT count(*) FROM auth_sessions"), 0);
}

TEST_F(AccountsTest, UsesAreNotedOnceAMinute) {
  Ok(Login("hash", kDay));
  Ok(Issue("key"));
  for (int second = 0; second < 120; second += 10) {
    Session("hash");
    Key("key");
    clock_.now += 10 * kSecond;
  }
  const int64_t before = database_->total_changes();
  Session("hash");
  Key("key");
  EXPECT_EQ(database_->total_changes(), before + 2);
  EXPECT_EQ(Ask("SELECT last_used_at FROM auth_sessions"), clock_.now);
  EXPECT_EQ(Ask("SELECT last_used_at FROM api_keys"), clock_.now);
  EXPECT_EQ(Of(Session("hash"), "last_used_at"), Value(FormatMicros(clock_.now)));
}

TEST_F(AccountsTest, WhoIsErasedOrSuspendedGetsNowhere) {
  Ok(Login("hash", kDay));
  Ok(Issue("key"));
  for (const Object& state : {Object{{"status", "suspended"}}, Object{{"status", "inactive"}},
                              Object{{"erased_at", "2026-01-01T00:00:00Z"}}}) {
    Update(user_, state);
    EXPECT_TRUE(Session("hash").is_null());
    EXPECT_TRUE(Key("key").is_null());
    EXPECT_EQ(Of(Run(Op::kPassword, Who()), "active"), Value(false));
    constexpr auto kRefused = ErrorCode::FAILED_PRECONDITION;
    EXPECT_EQ(Login("h2", kDay).status().code(), kRefused);
    EXPECT_EQ(Issue("k2").status().code(), kRefused);
    EXPECT_EQ(Store("p", Bytes{1}, "c").status().code(), kRefused);
    EXPECT_EQ(accounts_->Run(Op::kProviderKey, At("p")).status().code(), kRefused);
    Update(user_, Object{{"status", "active"}, {"erased_at", nullptr}});
    EXPECT_FALSE(Session("hash").is_null());
  }
}

TEST_F(AccountsTest, KeysAreIssuedVerifiedAndRevoked) {
  const Value issued = Ok(Issue(
      "key",
      Object{{"label", "ci"}, {"scopes", Array{"read"}}, {"expiresAt", "2026-01-31T00:00:00Z"}}));
  const std::string id = Of(issued, "id").AsString();
  const Value row = Key("key");
  EXPECT_EQ(Of(row, "id"), Value(id));
  EXPECT_EQ(Of(row, "scopes"), Value(Array{"read"}));
  EXPECT_TRUE(Of(row, "key_hash").is_null());
  ASSERT_EQ(Keys("issued").size(), 1U);
  EXPECT_TRUE(Of(Keys("issued")[0], "key_hash").is_null());
  clock_.now += kDay;
  EXPECT_TRUE(Key("key").is_null()) << "expired";
  Ok(Issue("second"));
  EXPECT_FALSE(Key("second").is_null());
  EXPECT_EQ(Run(Op::kRevokeKey, Object{{"id", id}}), Value(true));
  EXPECT_EQ(Run(Op::kRevokeKey, Object{{"id", id}}), Value(false));
  EXPECT_EQ(Run(Op::kRevokeKey, Object{{"id", "nobody"}}), Value(false));
  EXPECT_EQ(Issue("x", Object{{"expiresAt", "2020-01-01"}}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Issue("x", Object{{"expiresAt", "soon"}}).status().code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Issue("x", Object{{"scopes", Array{1}}}).status().code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(Issue("second").status().code(), ErrorCode::ALREADY_EXISTS);
  EXPECT_EQ(Ask("SELECT count(*) FROM api_keys"), 2);
}

TEST_F(AccountsTest, AProviderHasOneKeyAUser) {
  EXPECT_TRUE(Run(Op::kProviderKey, At("openai")).is_null());
  ASSERT_TRUE(Store("openai", Bytes{1, 2}, "c1").ok());
  ASSERT_TRUE(Store("openai", Bytes{3}, "c2").ok());
  ASSERT_TRUE(Store("anthropic", Bytes{4}, "c3").ok());
  const Value stored = Run(Op::kProviderKey, At("openai"));
  EXPECT_EQ(Of(stored, "ciphertext"), Value(Bytes{3}));
  EXPECT_EQ(Of(stored, "cipher"), Value("c2"));
  const Array listed = Keys("provider");
  ASSERT_EQ(listed.size(), 2U);
  for (const Value& row : listed) EXPECT_TRUE(Of(row, "ciphertext").is_null());
  EXPECT_TRUE(Keys("issued").empty());
  EXPECT_EQ(Run(Op::kRemoveProviderKey, At("openai")), Value(true));
  EXPECT_EQ(Run(Op::kRemoveProviderKey, At("openai")), Value(false));
}

TEST_F(AccountsTest, AchievementsAreEarnedOnce) {
  const Object first{{"type", "validation"}, {"name", "First pass"}, {"points", 10}};
  const Value awarded = Ok(Award(user_, first));
  EXPECT_EQ(Of(awarded, "awarded"), Value(true));
  clock_.now += kDay;
  Object again = first;
  again.Set("points", 99);
  const Value second = Ok(Award(user_, again));
  EXPECT_EQ(Of(second, "awarded"), Value(false));
  EXPECT_EQ(Of(Of(second, "achievement"), "points"), Value(10));
  EXPECT_EQ(Of(Of(second, "achievement"), "earned_at"), Value("2026-01-30T10:30:00Z"));
  Ok(Award(user_, Object{{"type", "validation"}, {"name", "Second"}, {"points", 5}}));
  Ok(Award(User("ben"), first));
  const Value all = Ok(accounts_->Achievements(Who()));
  EXPECT_EQ(Of(all, "points"), Value(15));
  ASSERT_EQ(Of(all, "achievements").AsArray().size(), 2U);
  EXPECT_EQ(Of(Of(all, "achievements").AsArray()[0], "achievement_name"), Value("Second"));
  constexpr auto kBad = ErrorCode::INVALID_ARGUMENT;
  EXPECT_EQ(Award(user_, Object{{"type", "a"}}).status().code(), kBad);
  EXPECT_EQ(Award(user_, Object{{"type", ""}, {"name", "b"}}).status().code(), kBad);
  EXPECT_EQ(Award(user_, Object{{"type", "a"}, {"name", "b"}, {"points", -1}}).status().code(),
            kBad);
  EXPECT_EQ(Award("nobody", first).status().code(), ErrorCode::NOT_FOUND);
}

TEST_F(AccountsTest, SessionsOfOtherSystemsShowNoToken) {
  ASSERT_TRUE(store_
                  ->Insert("auth_sessions", Object{{"user_id", user_},
                                                   {"origin", "archi"},
                                                   {"origin_id", "the-very-token"},
                                                   {"token_hash", "imported"},
                                                   {"expires_at", "2030-01-01T00:00:00Z"}})
                  .ok());
  const Array listed = Sessions();
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_TRUE(Of(listed[0], "origin_id").is_null());
  EXPECT_TRUE(Of(listed[0], "token_hash").is_null());
  EXPECT_EQ(accounts_->Sessions(Object{{"user", "nobody"}}).status().code(), ErrorCode::NOT_FOUND);
}

}  // namespace
}  // namespace archivolt
