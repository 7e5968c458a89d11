// A record store and callers' SQL over a database with its guards, for tests of rules and audit.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "codec/json.h"
#include "records/audit_context.h"
#include "records/row_guards.h"
#include "records/sql.h"
#include "records_fixture.h"

namespace archivolt {

class GuardedTest : public RecordsTest {
 protected:
  void SetUp() override {
    RecordsTest::SetUp();
    ASSERT_NE(own_database_, nullptr);
    guards_ = std::make_unique<RowGuards>(*own_database_, clock_, ids_, audit_);
    const Status installed = guards_->Install();
    ASSERT_TRUE(installed.ok()) << installed.message();
    sql_ = std::make_unique<SqlService>(*own_database_);
  }

  Status Sql(std::string_view sql, const Value& params = Value()) {
    return sql_->Execute(sql, params).status();
  }
  void MustSql(std::string_view sql, const Value& params = Value()) {
    const Status status = Sql(sql, params);
    EXPECT_TRUE(status.ok()) << sql << ": " << status.message();
  }
  // First column of the first row of a caller's query.
  Value Ask(std::string_view sql, const Value& params = Value()) {
    const Result<Value> result = sql_->Query(sql, params);
    EXPECT_TRUE(result.ok()) << sql << ": " << result.status().message();
    if (!result.ok()) return Value();
    const Array& rows = result->AsObject().Find("rows")->AsArray();
    return rows.empty() ? Value() : rows[0].AsArray()[0];
  }
  // Entries about a resource, oldest first, as the record store reads them.
  Array Entries(std::string_view type, std::string_view id = "") {
    FindOptions options;
    Object where{{"resource_type", type}};
    if (!id.empty()) where.Set("resource_id", Value(id));
    options.where = Value(std::move(where));
    options.order_by = Value("id");
    Result<Array> rows = store_->Find("audit_log", options);
    EXPECT_TRUE(rows.ok()) << rows.status().message();
    return rows.ok() ? std::move(rows).value() : Array();
  }
  static Value Field(const Value& row, std::string_view column) {
    const Value* value = row.AsObject().Find(column);
    return value == nullptr ? Value() : *value;
  }
  // A JSON side of an entry, as an object.
  static Value Side(const Value& entry, std::string_view column) {
    const Value text = Field(entry, column);
    if (!text.is_string()) return Value();
    Result<Value> parsed = ParseJson(text.AsString(), 1000);
    EXPECT_TRUE(parsed.ok()) << text.AsString();
    return parsed.ok() ? std::move(parsed).value() : Value();
  }

  AuditContext audit_;
  std::unique_ptr<RowGuards> guards_;
  std::unique_ptr<SqlService> sql_;
};

}  // namespace archivolt
