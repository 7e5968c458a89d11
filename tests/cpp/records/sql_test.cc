#include "records/sql.h"

#include <gtest/gtest.h>

#include "records/slow_queries.h"

namespace archivolt {
namespace {

constexpr std::string_view kNumbers =
    "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c LIMIT 5) SELECT x FROM c";

/// A millisecond later each time that it is asked.
class TickingClock final : public Clock {
 public:
  int64_t NowMicros() override { return now_ += 1000; }

 private:
  int64_t now_ = 0;
};

class SqlSlicesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto opened = Database::Open({});
    ASSERT_TRUE(opened.ok());
    database_ = std::move(*opened);
    service_ = std::make_unique<SqlService>(*database_, &slow_);
  }
  static size_t Rows(const Result<Value>& slice) {
    EXPECT_TRUE(slice.ok()) << slice.status().message();
    return slice.ok() ? slice->AsObject().Find("rows")->AsArray().size() : 0;
  }
  static bool HasMore(const Result<Value>& slice) {
    return slice.ok() && slice->AsObject().Find("more") != nullptr;
  }

  TickingClock clock_;
  SlowQueries slow_{clock_};
  std::unique_ptr<Database> database_;
  std::unique_ptr<SqlService> service_;
};

TEST_F(SqlSlicesTest, WithoutABudgetAllRowsComeAtOnce) {
  const auto answer = service_->Query(kNumbers, Value());
  EXPECT_EQ(Rows(answer), 5u);
  EXPECT_FALSE(HasMore(answer));
  EXPECT_EQ(service_->Next(0).status().code(), ErrorCode::FAILED_PRECONDITION);
}

TEST_F(SqlSlicesTest, ABudgetEndsASliceAfterARowAndNextGoesOn) {
  auto slice = service_->Query(kNumbers, Value(), {.budget_ms = 0});
  EXPECT_NE(slice->AsObject().Find("columns"), nullptr);
  size_t rows = Rows(slice);
  EXPECT_EQ(rows, 1u);
  for (int i = 0; i < 10 && HasMore(slice); ++i) rows += Rows(slice = service_->Next(2));
  EXPECT_EQ(rows, 5u);
  EXPECT_EQ(service_->Next(0).status().code(), ErrorCode::FAILED_PRECONDITION);
}

TEST_F(SqlSlicesTest, AQueryThatIsGivenUpHoldsNothing) {
  ASSERT_TRUE(database_->Execute("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)").ok());
  EXPECT_TRUE(HasMore(service_->Query("SELECT a FROM t", Value(), {.budget_ms = 0})));
  EXPECT_EQ(database_->Execute("DROP TABLE t").code(), ErrorCode::BUSY);
  service_->GiveUp();
  EXPECT_TRUE(database_->Execute("DROP TABLE t").ok());
  service_->GiveUp();
}

TEST_F(SqlSlicesTest, AnErrorBetweenSlicesEndsTheQuery) {
  auto slice = service_->Query(
      "WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
      "SELECT CASE WHEN x < 3 THEN x ELSE json('[') END FROM c",
      Value(), {.budget_ms = 0});
  for (int i = 0; i < 10 && HasMore(slice); ++i) slice = service_->Next(0);
  EXPECT_EQ(slice.status().code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(service_->Next(0).status().code(), ErrorCode::FAILED_PRECONDITION);
}

TEST_F(SqlSlicesTest, ATooLargeResultIsRefused) {
  EXPECT_EQ(service_
                ->Query("WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) "
                        "SELECT zeroblob(50000000) FROM c",
                        Value())
                .status()
                .code(),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(SqlSlicesTest, SecretsComeOutWhereTheyAreAskedFor) {
  ASSERT_TRUE(database_
                  ->Execute("CREATE TABLE users (name, password_hash);"
                            "INSERT INTO users VALUES ('ada', 'h')")
                  .ok());
  const auto refused = service_->Query("SELECT * FROM users", Value());
  EXPECT_EQ(refused.status().code(), ErrorCode::INVALID_ARGUMENT);
  EXPECT_NE(refused.status().message().find("users.password_hash is a secret"), std::string::npos);
  EXPECT_EQ(Rows(service_->Query("SELECT * FROM users", Value(), {.secrets = true})), 1u);
  EXPECT_EQ(Rows(service_->Query("SELECT name FROM users", Value())), 1u);
  EXPECT_EQ(service_->Query("SELECT * FROM users", Value()).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  // SQLite tells the authorizer of a subquery's name as it does of a trigger's.
  EXPECT_EQ(
      service_->Query("WITH a AS (SELECT password_hash h FROM users) SELECT h FROM a", Value())
          .status()
          .code(),
      ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(service_
                ->Execute("WITH archivolt_a AS (SELECT password_hash h FROM users) "
                          "INSERT INTO users SELECT h, 1 FROM archivolt_a",
                          Value())
                .status()
                .code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(service_->Execute("UPDATE users SET name = password_hash", Value()).status().code(),
            ErrorCode::INVALID_ARGUMENT);
}

TEST_F(SqlSlicesTest, AJoinDoesNotCompareSecrets) {
  ASSERT_TRUE(database_
                  ->Execute("CREATE TABLE users (name, password_hash);"
                            "INSERT INTO users VALUES ('ada', 'h')")
                  .ok());
  const std::string guess =
      "WITH guess(name, password_hash) AS (VALUES ('ada', 'h')) SELECT 1 FROM ";
  for (const std::string join :
       {"users JOIN guess USING (password_hash)", "guess JOIN users USING (password_hash)",
        "users NATURAL JOIN guess", "guess NATURAL LEFT JOIN users",
        "guess RIGHT JOIN users USING (password_hash)",
        "guess a FULL JOIN guess b USING (password_hash) FULL JOIN users USING (password_hash)",
        "(SELECT 'h' AS password_hash) JOIN (guess JOIN users USING (password_hash)) USING "
        "(password_hash)"}) {
    const Status refused = service_->Query(guess + join, Value()).status();
    EXPECT_EQ(refused.code(), ErrorCode::INVALID_ARGUMENT) << join;
    EXPECT_NE(refused.message().find("users.password_hash is a secret"), std::string::npos)
        << join << ": " << refused.message();
    EXPECT_TRUE(service_->Query(guess + join, Value(), {.secrets = true}).ok()) << join;
  }
  EXPECT_EQ(Rows(service_->Query(guess + "users JOIN guess USING (name)", Value())), 1u);
  EXPECT_EQ(
      Rows(service_->Query(
          "SELECT 1 FROM (SELECT name FROM users) NATURAL JOIN (SELECT 'ada' AS name)", Value())),
      1u);
}

TEST_F(SqlSlicesTest, CompilingIsInterruptedAndItsDepthBounded) {
  const auto chain = [](int count, const std::string& step) {
    std::string sql = "WITH a0 AS (SELECT 1 x)";
    for (int i = 0; i < count; ++i) {
      std::string body = step;
      for (size_t at = 0; (at = body.find('#')) != std::string::npos;) {
        body.replace(at, 1, std::to_string(i));
      }
      sql += ",a" + std::to_string(i + 1) + " AS (" + body + ")";
    }
    return sql + "SELECT * FROM a" + std::to_string(count);
  };
  EXPECT_EQ(Rows(service_->Query(chain(300, "SELECT * FROM a#"), Value())), 1u);
  EXPECT_EQ(service_->Query(chain(600, "SELECT * FROM a#"), Value()).status().code(),
            ErrorCode::INVALID_ARGUMENT);
  int asked = 0;
  database_->SetInterruptCheck([&] { return ++asked > 2; });
  const auto ended = service_->Query(chain(40, "SELECT p.x FROM a# p, a# q"), Value());
  EXPECT_EQ(ended.status().code(), ErrorCode::CANCELLED);
  database_->SetInterruptCheck({});
}

}  // namespace
}  // namespace archivolt
