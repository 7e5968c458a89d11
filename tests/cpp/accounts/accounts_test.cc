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
  EXPECT_TRUE(Ok(accounts_->Password("nobody")).is_null());
  EXPECT_TRUE(Of(Ok(accounts_->Password(user_)), "hash").is_null());
  EXPECT_TRUE(Ok(accounts_->SetPassword(user_, "h1", "bcrypt", Value())));
  EXPECT_FALSE(Ok(accounts_->SetPassword(user_, "h3", "bcrypt", Value("h2"))));
  EXPECT_TRUE(Ok(accounts_->SetPassword(user_, "h2", "pbkdf2-sha256", Value("h1"))));
  EXPECT_EQ(Of(Ok(accounts_->Password(user_)), "hash"), Value("h2"));
  EXPECT_EQ(*database_->QueryValue("SELECT password_scheme FROM users"), Value("pbkdf2-sha256"));
  EXPECT_EQ(accounts_->SetPassword("nobody", "h", "bcrypt", Value()).status().code(),
            ErrorCode::NOT_FOUND);
  Update(user_, Object{{"erased_at", "2026-01-01T00:00:00Z"}});
  EXPECT_EQ(accounts_->SetPassword(user_, "h", "bcrypt", Value()).status().code(),
            ErrorCode::FAILED_PRECONDITION);
}

TEST_F(AccountsTest, SessionsLiveUntilTheyEnd) {
  const Value made = Ok(accounts_->CreateSession(
      user_, "hash", kDay, Object{{"ip", "::1"}, {"data", Object{{"theme", "dark"}}}}));
  EXPECT_EQ(Of(made, "expiresAt"), Value("2026-01-31T10:30:00Z"));
  const Value session = Ok(accounts_->Session("hash"));
  EXPECT_EQ(Of(session, "user_id"), Value(user_));
  EXPECT_EQ(Of(session, "role"), Value("architect"));
  EXPECT_EQ(Of(session, "ip_address"), Value("::1"));
  EXPECT_EQ(Of(session, "data"), Value(Object{{"theme", "dark"}}));
  EXPECT_TRUE(Of(session, "token_hash").is_null()) << "no hash leaves the core";
  EXPECT_TRUE(Ok(accounts_->Session("other")).is_null());
  EXPECT_EQ(Ok(accounts_->Sessions(user_)).size(), 1U);
  clock_.now += kDay - 1;
  EXPECT_FALSE(Ok(accounts_->Session("hash")).is_null());
  clock_.now += 1;
  EXPECT_TRUE(Ok(accounts_->Session("hash")).is_null());
  EXPECT_FALSE(Ok(accounts_->EndSession("hash")));
  EXPECT_TRUE(Ok(accounts_->Sessions(user_)).empty());
}

TEST_F(AccountsTest, TheSweepRemovesWhatHasExpiredAndNothingElse) {
  for (int i = 0; i < 5; ++i) {
    Ok(accounts_->CreateSession(user_, "h" + std::to_string(i), (i + 1) * kSecond, {}));
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM auth_sessions"), 5) << "inserting removes none";
  clock_.now += 3 * kSecond;
  EXPECT_EQ(Ok(accounts_->SweepSessions()), 3);
  EXPECT_EQ(Ok(accounts_->SweepSessions()), 0);
  EXPECT_EQ(Ok(accounts_->EndSessions(user_)), 2);
  EXPECT_EQ(Ask("SELECT count(*) FROM auth_sessions"), 0);
}

TEST_F(AccountsTest, UsesAreNotedOnceAMinute) {
  Ok(accounts_->CreateSession(user_, "hash", kDay, {}));
  Ok(accounts_->IssueKey(user_, "key", {}));
  for (int second = 0; second < 120; second += 10) {
    Ok(accounts_->Session("hash"));
    Ok(accounts_->VerifyKey("key"));
    clock_.now += 10 * kSecond;
  }
  const int64_t before = database_->total_changes();
  Ok(accounts_->Session("hash"));
  Ok(accounts_->VerifyKey("key"));
  EXPECT_EQ(database_->total_changes(), before + 2);
  EXPECT_EQ(Ask("SELECT last_used_at FROM auth_sessions"), clock_.now);
  EXPECT_EQ(Ask("SELECT last_used_at FROM api_keys"), clock_.now);
  EXPECT_EQ(Of(Ok(accounts_->Session("hash")), "last_used_at"), Value(FormatMicros(clock_.now)));
}

TEST_F(AccountsTest, WhoIsErasedOrSuspendedGetsNowhere) {
  Ok(accounts_->CreateSession(user_, "hash", kDay, {}));
  Ok(accounts_->IssueKey(user_, "key", {}));
  for (const Object& state : {Object{{"status", "suspended"}}, Object{{"status", "inactive"}},
                              Object{{"erased_at", "2026-01-01T00:00:00Z"}}}) {
    Update(user_, state);
    EXPECT_TRUE(Ok(accounts_->Session("hash")).is_null());
    EXPECT_TRUE(Ok(accounts_->VerifyKey("key")).is_null());
    EXPECT_EQ(Of(Ok(accounts_->Password(user_)), "active"), Value(false));
    constexpr auto kRefused = ErrorCode::FAILED_PRECONDITION;
    EXPECT_EQ(accounts_->CreateSession(user_, "h2", kDay, {}).status().code(), kRefused);
    EXPECT_EQ(accounts_->IssueKey(user_, "k2", {}).status().code(), kRefused);
    EXPECT_EQ(accounts_->StoreProviderKey(user_, "p", Bytes{1}, "c", "k").code(), kRefused);
    EXPECT_EQ(accounts_->ProviderKey(user_, "p").status().code(), kRefused);
    Update(user_, Object{{"status", "active"}, {"erased_at", nullptr}});
    EXPECT_FALSE(Ok(accounts_->Session("hash")).is_null());
  }
}

TEST_F(AccountsTest, KeysAreIssuedVerifiedAndRevoked) {
  const Value issued = Ok(accounts_->IssueKey(
      user_, "key",
      Object{{"label", "ci"}, {"scopes", Array{"read"}}, {"expiresAt", "2026-01-31T00:00:00Z"}}));
  const std::string id = Of(issued, "id").AsString();
  const Value row = Ok(accounts_->VerifyKey("key"));
  EXPECT_EQ(Of(row, "id"), Value(id));
  EXPECT_EQ(Of(row, "scopes"), Value(Array{"read"}));
  EXPECT_TRUE(Of(row, "key_hash").is_null());
  ASSERT_EQ(Ok(accounts_->Keys(user_, "issued")).size(), 1U);
  EXPECT_TRUE(Of(Ok(accounts_->Keys(user_, "issued"))[0], "key_hash").is_null());
  clock_.now += kDay;
  EXPECT_TRUE(Ok(accounts_->VerifyKey("key")).is_null()) << "expired";
  Ok(accounts_->IssueKey(user_, "second", {}));
  EXPECT_FALSE(Ok(accounts_->VerifyKey("second")).is_null());
  EXPECT_TRUE(Ok(accounts_->RevokeKey(id)));
  EXPECT_FALSE(Ok(accounts_->RevokeKey(id)));
  EXPECT_FALSE(Ok(accounts_->RevokeKey("nobody")));
  EXPECT_EQ(accounts_->IssueKey(user_, "x", Object{{"expiresAt", "2020-01-01"}}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(accounts_->IssueKey(user_, "x", Object{{"expiresAt", "soon"}}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(accounts_->IssueKey(user_, "x", Object{{"scopes", Array{1}}}).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(accounts_->IssueKey(user_, "second", {}).status().code(), ErrorCode::ALREADY_EXISTS);
  EXPECT_EQ(Ask("SELECT count(*) FROM api_keys"), 2);
}

TEST_F(AccountsTest, AProviderHasOneKeyAUser) {
  EXPECT_TRUE(Ok(accounts_->ProviderKey(user_, "openai")).is_null());
  ASSERT_TRUE(accounts_->StoreProviderKey(user_, "openai", Bytes{1, 2}, "c1", "k1").ok());
  ASSERT_TRUE(accounts_->StoreProviderKey(user_, "openai", Bytes{3}, "c2", "k2").ok());
  ASSERT_TRUE(accounts_->StoreProviderKey(user_, "anthropic", Bytes{4}, "c3", "k3").ok());
  const Value stored = Ok(accounts_->ProviderKey(user_, "openai"));
  EXPECT_EQ(Of(stored, "ciphertext"), Value(Bytes{3}));
  EXPECT_EQ(Of(stored, "cipher"), Value("c2"));
  const Array listed = Ok(accounts_->Keys(user_, "provider"));
  ASSERT_EQ(listed.size(), 2U);
  for (const Value& row : listed) EXPECT_TRUE(Of(row, "ciphertext").is_null());
  EXPECT_TRUE(Ok(accounts_->Keys(user_, "issued")).empty());
  EXPECT_TRUE(Ok(accounts_->RemoveProviderKey(user_, "openai")));
  EXPECT_FALSE(Ok(accounts_->RemoveProviderKey(user_, "openai")));
}

TEST_F(AccountsTest, AchievementsAreEarnedOnce) {
  const Object first{{"type", "validation"}, {"name", "First pass"}, {"points", 10}};
  const Value awarded = Ok(accounts_->Award(user_, first));
  EXPECT_EQ(Of(awarded, "awarded"), Value(true));
  clock_.now += kDay;
  Object again = first;
  again.Set("points", 99);
  const Value second = Ok(accounts_->Award(user_, again));
  EXPECT_EQ(Of(second, "awarded"), Value(false));
  EXPECT_EQ(Of(Of(second, "achievement"), "points"), Value(10));
  EXPECT_EQ(Of(Of(second, "achievement"), "earned_at"), Value("2026-01-30T10:30:00Z"));
  Ok(accounts_->Award(user_, Object{{"type", "validation"}, {"name", "Second"}, {"points", 5}}));
  Ok(accounts_->Award(User("ben"), first));
  const Value all = Ok(accounts_->Achievements(user_));
  EXPECT_EQ(Of(all, "points"), Value(15));
  ASSERT_EQ(Of(all, "achievements").AsArray().size(), 2U);
  EXPECT_EQ(Of(Of(all, "achievements").AsArray()[0], "achievement_name"), Value("Second"));
  constexpr auto kBad = ErrorCode::INVALID_ARGUMENT;
  EXPECT_EQ(accounts_->Award(user_, Object{{"type", "a"}}).status().code(), kBad);
  EXPECT_EQ(accounts_->Award(user_, Object{{"type", ""}, {"name", "b"}}).status().code(), kBad);
  EXPECT_EQ(
      accounts_->Award(user_, Object{{"type", "a"}, {"name", "b"}, {"points", -1}}).status().code(),
      kBad);
  EXPECT_EQ(accounts_->Award("nobody", first).status().code(), ErrorCode::NOT_FOUND);
}

TEST_F(AccountsTest, SessionsOfOtherSystemsShowNoToken) {
  ASSERT_TRUE(store_
                  ->Insert("auth_sessions", Object{{"user_id", user_},
                                                   {"origin", "archi"},
                                                   {"origin_id", "the-very-token"},
                                                   {"token_hash", "imported"},
                                                   {"expires_at", "2030-01-01T00:00:00Z"}})
                  .ok());
  const Array listed = Ok(accounts_->Sessions(user_));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_TRUE(Of(listed[0], "origin_id").is_null());
  EXPECT_TRUE(Of(listed[0], "token_hash").is_null());
  EXPECT_EQ(accounts_->Sessions("nobody").status().code(), ErrorCode::NOT_FOUND);
}

}  // namespace
}  // namespace archivolt
