// A migrated database with rows of two users, for tests of privacy: in memory or in a file.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"
#include "records/audit_context.h"
#include "schema/migrations.gen.h"
#include "storage/database.h"
#include "storage/migrator.h"

namespace archivolt {

/// Stands still unless it is moved.
class SetClock final : public Clock {
 public:
  int64_t NowMicros() override { return now_ += step_; }
  void AddDays(double days) { now_ += static_cast<int64_t>(days * 86'400'000'000); }
  void set_step(int64_t micros) { step_ = micros; }
  int64_t now() const { return now_; }

 private:
  int64_t now_ = 1'769'769'000'000'000;
  int64_t step_ = 0;
};

class PrivacyTest : public testing::Test {
 protected:
  void SetUp() override { Open(DatabaseOptions{}); }

  void Open(const DatabaseOptions& options) {
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    database_ = std::move(opened).value();
    Migrator migrator(*database_, EmbeddedMigrations(), clock_);
    const auto migrated = migrator.Migrate(migrator.latest());
    ASSERT_TRUE(migrated.ok()) << migrated.status().message();
  }

  void Run(std::string_view sql) {
    const Status status = database_->Execute(sql);
    ASSERT_TRUE(status.ok()) << sql << ": " << status.message();
  }
  Value Ask(std::string_view sql) {
    auto value = database_->QueryValue(sql);
    EXPECT_TRUE(value.ok()) << sql << ": " << value.status().message();
    return value.ok() ? std::move(value).value() : Value();
  }
  int64_t Count(std::string_view sql) {
    const Value value = Ask(sql);
    return value.is_int() ? value.AsInt() : -1;
  }

  SetClock clock_;
  uint64_t seed_ = 1;
  IdSource ids_{clock_,
                [this] { return seed_ = seed_ * 6364136223846793005ULL + 1442695040888963407ULL; }};
  AuditContext audit_;
  std::unique_ptr<Database> database_;
};

}  // namespace archivolt
