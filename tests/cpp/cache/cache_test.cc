#include "cache/cache.h"

#include "codec/json.h"
#include "records/records_fixture.h"

namespace archivolt {
namespace {

constexpr int64_t kSecond = 1'000'000;

class SetClock final : public Clock {
 public:
  int64_t NowMicros() override { return now; }
  int64_t now = 1'769'769'000'000'000;
};

class CacheTest : public ::testing::Test {
 protected:
  void SetUp() override {
    database_ = MigratedDatabase(clock_);
    ASSERT_NE(database_, nullptr);
    Restart();
  }
  void Restart(CacheLimits limits = {}) {
    cache_ = std::make_unique<CacheService>(*database_, clock_, limits);
  }

  void Put(std::string_view key, std::string_view json,
           std::optional<int64_t> ttl_seconds = std::nullopt) {
    std::optional<int64_t> ttl;
    if (ttl_seconds) ttl = *ttl_seconds * kSecond;
    const Status status = cache_->Set(key, json, "", ttl);
    EXPECT_TRUE(status.ok()) << status.message();
  }
  /// The JSON text, or "" when there is no entry.
  std::string Get(std::string_view key) {
    const Result<Value> found = cache_->Get(key);
    EXPECT_TRUE(found.ok()) << found.status().message();
    if (!found.ok() || found->is_null()) return "";
    return found->AsObject().begin()->value.AsString();
  }
  int64_t Ask(std::string_view sql) {
    const Result<Value> value = database_->QueryValue(sql);
    EXPECT_TRUE(value.ok()) << value.status().message();
    return value.ok() && value->is_int() ? value->AsInt() : -1;
  }
  std::string Hit(std::string_view subject, int64_t limit, int64_t window_seconds = 60) {
    const Result<Value> hit = cache_->Hit(subject, "/api", limit, window_seconds * kSecond);
    EXPECT_TRUE(hit.ok()) << hit.status().message();
    return hit.ok() ? *WriteJson(*hit) : "";
  }

  SetClock clock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<CacheService> cache_;
};

TEST_F(CacheTest, ValuesAreThereUntilTheyEnd) {
  Put("bmad_cache:p:h", "{\"score\":90}");
  EXPECT_EQ(Get("bmad_cache:p:h"), "{\"score\":90}");
  EXPECT_EQ(Get("bmad_cache:p:other"), "");
  clock_.now += 299 * kSecond;
  EXPECT_EQ(Get("bmad_cache:p:h"), "{\"score\":90}");
  clock_.now += kSecond;
  EXPECT_EQ(Get("bmad_cache:p:h"), "") << "the 300 s are over";
  EXPECT_FALSE(*cache_->Delete("bmad_cache:p:h"));
}

TEST_F(CacheTest, EachNamespaceHasItsDocumentedTime) {
  for (const auto& [key, seconds] :
       {std::pair("session:1", 3600), std::pair("rate_limit:u:e", 60),
        std::pair("bmad_cache:p:h", 300), std::pair("plain", 3600), std::pair(":odd", 3600)}) {
    Put(key, "1");
    const std::string sql =
        "SELECT expires_at - created_at FROM cache_entries WHERE key = '" + std::string(key) + "'";
    EXPECT_EQ(Ask(sql), seconds * kSecond) << key;
  }
  EXPECT_EQ(Ask("SELECT count(*) FROM cache_entries WHERE namespace = 'default'"), 2);
  ASSERT_TRUE(cache_->Set("x", "1", "bmad_cache", std::nullopt).ok());
  EXPECT_EQ(Ask("SELECT expires_at - created_at FROM cache_entries WHERE key = 'x'"),
            300 * kSecond);
}

TEST_F(CacheTest, ALaterValueTakesThePlaceAndTheTimeOfTheOther) {
  Put("k", "1", 10);
  clock_.now += 5 * kSecond;
  Put("k", "\"two\"", 10);
  clock_.now += 9 * kSecond;
  EXPECT_EQ(Get("k"), "\"two\"");
  EXPECT_TRUE(*cache_->Delete("k"));
  EXPECT_FALSE(*cache_->Delete("k"));
  EXPECT_EQ(Get("k"), "");
}

TEST_F(CacheTest, TheLongestUnusedGoFirst) {
  Restart({.entries = 10, .bytes = 1'000'000, .value_bytes = 1000});
  for (int i = 0; i < 10; ++i) {
    Put("k" + std::to_string(i), "1", 100'000);
    clock_.now += 61 * kSecond;
  }
  EXPECT_EQ(Get("k0"), "1");  // a use that is noted: the last one is more than a minute ago
  clock_.now += kSecond;
  Put("k10", "1", 100'000);
  EXPECT_EQ(Ask("SELECT count(*) FROM cache_entries"), 9);
  EXPECT_EQ(Get("k0"), "1");
  EXPECT_EQ(Get("k1"), "");
  EXPECT_EQ(Get("k2"), "");
  EXPECT_EQ(Get("k3"), "1");
  EXPECT_EQ(Get("k10"), "1");
}

TEST_F(CacheTest, TheBoundHoldsWhenTimeStandsStill) {
  Restart({.entries = 20, .bytes = 1'000'000, .value_bytes = 1000});
  for (int i = 0; i < 500; ++i) {
    const std::string key = "k" + std::to_string(i);
    Put(key, "1");
    ASSERT_EQ(Get(key), "1");
    ASSERT_LE(Ask("SELECT count(*) FROM cache_entries"), 20);
  }
}

TEST_F(CacheTest, BytesAreBoundedToo) {
  Restart({.entries = 1000, .bytes = 10'000, .value_bytes = 5000});
  const std::string value = "\"" + std::string(998, 'x') + "\"";
  for (int i = 0; i < 50; ++i) {
    Put("k" + std::to_string(i), value);
    clock_.now += 1;
    ASSERT_LE(Ask("SELECT sum(bytes) FROM cache_entries"), 10'000);
    ASSERT_EQ(Ask("SELECT count(*) FROM cache_entries WHERE bytes <> length(key) + length(value)"),
              0);
  }
  // What lies there already counts as well after a restart.
  Restart({.entries = 1000, .bytes = 5000, .value_bytes = 5000});
  Put("new", "1");
  EXPECT_LE(Ask("SELECT sum(bytes) FROM cache_entries"), 5000);
  EXPECT_EQ(Get("new"), "1");
  EXPECT_EQ(cache_->Set("big", std::string(5001, '1'), "", std::nullopt).code(),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(CacheTest, ReadingSeldomWrites) {
  Put("k", "1", 100'000);
  const int64_t before = database_->total_changes();
  for (int i = 0; i < 59; ++i) {
    clock_.now += kSecond;
    EXPECT_EQ(Get("k"), "1");
  }
  EXPECT_EQ(database_->total_changes(), before);
  clock_.now += kSecond;
  EXPECT_EQ(Get("k"), "1");
  EXPECT_EQ(database_->total_changes(), before + 1);
  EXPECT_EQ(Ask("SELECT last_used_at FROM cache_entries"), clock_.now);
}

TEST_F(CacheTest, NumbersAreAddedUp) {
  EXPECT_EQ(*cache_->Increment("n", 1, "", std::nullopt), 1);
  EXPECT_EQ(*cache_->Increment("n", 41, "", std::nullopt), 42);
  EXPECT_EQ(*cache_->Increment("n", -50, "", std::nullopt), -8);
  EXPECT_EQ(Get("n"), "-8");
  clock_.now += 3599 * kSecond;
  EXPECT_EQ(*cache_->Increment("n", 1, "", 10 * kSecond), -7) << "keeps its end";
  clock_.now += kSecond;
  EXPECT_EQ(*cache_->Increment("n", 1, "", 10 * kSecond), 1);
  clock_.now += 10 * kSecond;
  EXPECT_EQ(Get("n"), "");
  for (const char* json : {"\"5\"", "5.0", "{}", "null", "9007199254740992"}) {
    Put("m", json);
    EXPECT_EQ(cache_->Increment("m", 1, "", std::nullopt).status().code(),
              ErrorCode::FAILED_PRECONDITION)
        << json;
    EXPECT_EQ(Get("m"), json);
  }
  Put("m", "9007199254740991");
  EXPECT_EQ(cache_->Increment("m", 1, "", std::nullopt).status().code(),
            ErrorCode::FAILED_PRECONDITION);
  EXPECT_EQ(*cache_->Increment("m", -1, "", std::nullopt), 9007199254740990);
}

TEST_F(CacheTest, AWindowLetsItsLimitPass) {
  EXPECT_EQ(Hit("u", 2), R"({"allowed":true,"remaining":1,"resetAt":"2026-01-30T10:31:00Z"})");
  clock_.now += 30 * kSecond;
  EXPECT_EQ(Hit("u", 2), R"({"allowed":true,"remaining":0,"resetAt":"2026-01-30T10:31:00Z"})");
  const int64_t before = database_->total_changes();
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(Hit("u", 2), R"({"allowed":false,"remaining":0,"resetAt":"2026-01-30T10:31:00Z"})");
  }
  EXPECT_EQ(database_->total_changes(), before) << "what is refused writes nothing";
  EXPECT_EQ(Hit("other", 2).find("\"allowed\":true"), 1);
  EXPECT_EQ(Get("rate_limit:u:/api"), "2");
  clock_.now += 30 * kSecond;
  EXPECT_EQ(Get("rate_limit:u:/api"), "");
  EXPECT_EQ(Hit("u", 2), R"({"allowed":true,"remaining":1,"resetAt":"2026-01-30T10:32:00Z"})");
  EXPECT_EQ(Ask("SELECT window_start FROM rate_limits WHERE subject = 'u'"), clock_.now);
  EXPECT_TRUE(*cache_->Delete("rate_limit:u:/api"));
  EXPECT_EQ(Hit("u", 1).find("\"allowed\":true"), 1);
}

TEST_F(CacheTest, WhatHasEndedIsRemoved) {
  for (int i = 0; i < 10; ++i) {
    Put("k" + std::to_string(i), "1", 1);
    Hit("s" + std::to_string(i), 5, 1);
  }
  clock_.now += 61 * kSecond;
  Put("k", "1");
  EXPECT_EQ(Ask("SELECT count(*) FROM cache_entries"), 1);
  EXPECT_EQ(Ask("SELECT count(*) FROM rate_limits"), 0);
  Put("l", "1", 1);
  clock_.now += kSecond;
  EXPECT_EQ(*cache_->Sweep(), 1);
  EXPECT_EQ(*cache_->Sweep(), 0);
}

TEST_F(CacheTest, NamespacesAreClearedAndCounted) {
  Put("session:a", "1");
  Put("session:b", "22");
  Put("bmad_cache:p:h", "333");
  Hit("u", 5);
  EXPECT_EQ(*WriteJson(*cache_->Stats()),
            R"({"entries":3,"bytes":38,"maxEntries":10000,"maxBytes":67108864,"counters":1,)"
            R"("namespaces":{"bmad_cache":{"entries":1,"bytes":17},"session":{"entries":2,)"
            R"("bytes":21}}})");
  EXPECT_EQ(*cache_->Clear("session"), 2);
  EXPECT_EQ(Get("session:a"), "");
  EXPECT_EQ(Get("bmad_cache:p:h"), "333");
  EXPECT_EQ(*cache_->Clear("rate_limit"), 1);
  EXPECT_EQ(*cache_->Clear(""), 1);
  EXPECT_EQ(*cache_->Clear(""), 0);
}

TEST_F(CacheTest, WrongCallsWriteNothing) {
  const auto code = [](const auto& result) {
    if constexpr (requires { result.status(); }) {
      return result.status().code();
    } else {
      return result.code();
    }
  };
  constexpr auto kBad = ErrorCode::INVALID_ARGUMENT;
  const std::string nul("a\0b", 3);
  for (const std::string& key : {std::string(), nul, std::string("\xff"), std::string(1025, 'k')}) {
    EXPECT_EQ(code(cache_->Set(key, "1", "", std::nullopt)), kBad);
    EXPECT_EQ(code(cache_->Get(key)), kBad);
    EXPECT_EQ(code(cache_->Delete(key)), kBad);
    EXPECT_EQ(code(cache_->Increment(key, 1, "", std::nullopt)), kBad);
    EXPECT_EQ(code(cache_->Hit(key, "e", 1, kSecond)), kBad);
    EXPECT_EQ(code(cache_->Hit("s", key, 1, kSecond)), kBad);
  }
  EXPECT_EQ(code(cache_->Set("k", "1", nul, std::nullopt)), kBad);
  for (const int64_t ttl : {int64_t{0}, int64_t{-1}, INT64_MAX}) {
    EXPECT_EQ(code(cache_->Set("k", "1", "", ttl)), kBad);
    EXPECT_EQ(code(cache_->Hit("s", "e", 1, ttl)), kBad);
  }
  EXPECT_EQ(code(cache_->Hit("s", "e", 0, kSecond)), kBad);
  EXPECT_EQ(code(cache_->Increment("k", INT64_MIN, "", std::nullopt)), kBad);
  EXPECT_EQ(Ask("SELECT count(*) FROM cache_entries"), 0);
  EXPECT_EQ(Ask("SELECT count(*) FROM rate_limits"), 0);
}

TEST_F(CacheTest, EntriesOfAnotherSystemAreRead) {
  ASSERT_TRUE(database_
                  ->Execute("INSERT INTO cache_entries(key, namespace, value, value_type, "
                            "created_at, last_used_at, expires_at) VALUES ('t', 'n', 'plain', "
                            "'string', 0, 0, 9000000000000000)")
                  .ok());
  const Result<Value> found = cache_->Get("t");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, Value(Object{{"text", "plain"}}));
}

}  // namespace
}  // namespace archivolt
