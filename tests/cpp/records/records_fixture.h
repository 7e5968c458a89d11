// An empty, migrated database in memory and a record store over it, with a clock and ids that
// repeat.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "base/ids.h"
#include "records/records.h"
#include "schema/migrations.gen.h"
#include "storage/database.h"
#include "storage/migrator.h"

namespace archivolt {

// Every look at it is a millisecond later.
class SteppingClock final : public Clock {
 public:
  int64_t NowMicros() override { return now_ += 1000; }

 private:
  int64_t now_ = 1769769000123456;  // 2026-01-30T10:30:00.123456Z
};

inline std::unique_ptr<Database> MigratedDatabase(Clock& clock) {
  Result<std::unique_ptr<Database>> database = Database::Open(DatabaseOptions{});
  EXPECT_TRUE(database.ok()) << database.status().message();
  if (!database.ok()) return nullptr;
  Migrator migrator(**database, EmbeddedMigrations(), clock);
  const auto steps = migrator.Migrate(migrator.latest());
  EXPECT_TRUE(steps.ok()) << steps.status().message();
  return std::move(database).value();
}

class RecordsTest : public ::testing::Test {
 protected:
  RecordsTest() : ids_(clock_, [this] { return random_ += 0x9E3779B97F4A7C15U; }) {}

  void SetUp() override {
    own_database_ = MigratedDatabase(clock_);
    ASSERT_NE(own_database_, nullptr);
    Use(*own_database_);
  }

  void Use(Database& database) {
    database_ = &database;
    store_ = std::make_unique<RecordStore>(database, clock_, ids_);
  }

  Object Inserted(std::string_view table, const Object& row) {
    const Result<Value> stored = store_->Insert(table, row);
    EXPECT_TRUE(stored.ok()) << table << ": " << stored.status().message();
    return stored.ok() ? stored->AsObject() : Object();
  }

  std::string InsertedId(std::string_view table, const Object& row) {
    const Object stored = Inserted(table, row);
    const Value* id = stored.Find("id");
    return id == nullptr ? std::string() : id->AsString();
  }

  std::string User(std::string_view name) {
    return InsertedId("users", Object{{"username", Value(name)}});
  }

  int64_t CountOf(std::string_view table, const Value& where = Value()) {
    const Result<int64_t> count = store_->Count(table, where);
    EXPECT_TRUE(count.ok()) << count.status().message();
    return count.ok() ? *count : -1;
  }

  SteppingClock clock_;
  uint64_t random_ = 1;
  IdSource ids_;
  std::unique_ptr<Database> own_database_;
  Database* database_ = nullptr;
  std::unique_ptr<RecordStore> store_;
};

inline std::string TextDetail(const Status& status, std::string_view name) {
  const Status::DetailValue* value = status.Find(name);
  const std::string* text = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return text == nullptr ? std::string() : *text;
}

template <typename T>
void ExpectRefused(const Result<T>& result, ErrorCode code, std::string_view column,
                   std::string_view rule) {
  ASSERT_FALSE(result.ok()) << "expected a refusal of " << column << " by " << rule;
  const Status status = result.status();
  EXPECT_EQ(ErrorCodeName(status.code()), ErrorCodeName(code)) << status.message();
  EXPECT_EQ(TextDetail(status, "column"), column) << status.message();
  EXPECT_EQ(TextDetail(status, "rule"), rule) << status.message();
  EXPECT_FALSE(status.message().empty());
}

}  // namespace archivolt
