// What the tests of storage/ share: a folder of their own that goes away, and short assertions.
#pragma once

#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "storage/database.h"

#define EXPECT_OK(expression)                                     \
  do {                                                            \
    const ::archivolt::Status expect_status_ = (expression);      \
    EXPECT_TRUE(expect_status_.ok()) << expect_status_.message(); \
  } while (false)
#define ASSERT_OK(expression)                                     \
  do {                                                            \
    const ::archivolt::Status assert_status_ = (expression);      \
    ASSERT_TRUE(assert_status_.ok()) << assert_status_.message(); \
  } while (false)
#define EXPECT_CODE(expression, expected)                                   \
  do {                                                                      \
    const ::archivolt::Status expect_status_ = (expression);                \
    EXPECT_EQ(::archivolt::ErrorCodeName(expect_status_.code()),            \
              ::archivolt::ErrorCodeName(::archivolt::ErrorCode::expected)) \
        << expect_status_.message();                                        \
  } while (false)

namespace archivolt {

inline std::string DetailText(const Status& status, std::string_view key) {
  const auto* value = status.Find(key);
  return value != nullptr && std::holds_alternative<std::string>(*value)
             ? std::get<std::string>(*value)
             : std::string();
}

inline int64_t DetailNumber(const Status& status, std::string_view key) {
  const auto* value = status.Find(key);
  return value != nullptr && std::holds_alternative<int64_t>(*value) ? std::get<int64_t>(*value)
                                                                     : -1;
}

class StorageTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "archivolt-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Path(std::string_view name) const { return (folder_ / name).string(); }

  static std::unique_ptr<Database> OpenOptions(const DatabaseOptions& options) {
    auto result = Database::Open(options);
    EXPECT_TRUE(result.ok()) << result.status().message();
    return result.ok() ? std::move(*result) : nullptr;
  }
  std::unique_ptr<Database> OpenFile(std::string_view name) const {
    DatabaseOptions options;
    options.path = Path(name);
    return OpenOptions(options);
  }
  static std::unique_ptr<Database> OpenMemory() { return OpenOptions({}); }

  /// First column of the first row as an integer.
  static int64_t Ask(Database& database, std::string_view sql) {
    const auto value = database.QueryValue(sql);
    EXPECT_TRUE(value.ok()) << value.status().message();
    return value.ok() && value->is_int() ? value->AsInt() : -1;
  }

  std::string ReadFile(std::string_view name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
  void WriteFile(std::string_view name, std::string_view content) const {
    std::ofstream file(Path(name), std::ios::binary | std::ios::trunc);
    file.write(content.data(), static_cast<std::streamsize>(content.size()));
  }

  std::filesystem::path folder_;
};

}  // namespace archivolt
