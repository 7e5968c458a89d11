// A round trip through every table of the catalogue, with rows made from the catalogue.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

#include "records/catalogue.h"
#include "records_fixture.h"

namespace archivolt {
namespace {

class EveryTableTest : public RecordsTest, public ::testing::WithParamInterface<size_t> {
 protected:
  // One database for all, since migrating takes longer than a test; each test is undone.
  static void SetUpTestSuite() {
    SteppingClock clock;
    shared_ = MigratedDatabase(clock).release();
  }
  static void TearDownTestSuite() {
    delete shared_;
    shared_ = nullptr;
  }

  void SetUp() override {
    ASSERT_NE(shared_, nullptr);
    Use(*shared_);
    Result<Transaction> transaction = Transaction::Begin(*shared_);
    ASSERT_TRUE(transaction.ok()) << transaction.status().message();
    transaction_.emplace(std::move(transaction).value());
  }
  void TearDown() override {
    ASSERT_TRUE(transaction_.has_value());
    EXPECT_TRUE(transaction_->Rollback().ok());
  }

  const Table& table() const { return AllTables()[GetParam()]; }

  // A value that the column takes, another one at every call where the kind allows it.
  Value Sample(const Table& owner, const Column& column) {
    ++counter_;
    if (column.name == "origin" || column.references_table == "systems") return Value("archi");
    if (!column.references_table.empty()) return Parent(column);
    if (!column.values.empty()) return Value(column.values[counter_ % column.values.size()]);
    switch (column.kind) {
      case Kind::kText:
        // Digits are text, and JSON too where a rule of the table asks for it.
        if (column.max_chars == 3) return Value("EUR");
        return Value(std::to_string(1000 + counter_));
      case Kind::kInteger:
        if (column.min != kNoMin) return Value(column.min + static_cast<int64_t>(counter_ % 2));
        return Value(static_cast<int64_t>(counter_));
      case Kind::kReal:
        return Value(static_cast<double>(counter_) + 0.25);
      case Kind::kBlob:
        return Value(Bytes{0, 255, static_cast<uint8_t>(counter_), 0});
      case Kind::kJson:
        if (column.json_array())
          return Value(Array{Value("a"), Value(static_cast<int64_t>(counter_))});
        return Value(
            Object{{"n", Value(static_cast<int64_t>(counter_))}, {"of", Value(owner.name)}});
      case Kind::kBoolean:
        return Value(counter_ % 2 == 0);
      case Kind::kTimestamp:
        return Value(FormatMicros(1700000000000000 + static_cast<int64_t>(counter_)));
      case Kind::kDate:
        return Value(FormatDate(1700000000000000 + static_cast<int64_t>(counter_) * 86400000000));
    }
    return Value();
  }

  Value Parent(const Column& column) {
    const Table* parent = FindTable(column.references_table);
    EXPECT_NE(parent, nullptr);
    const Object row = Inserted(parent->name, FullRow(*parent));
    const Value* key = row.Find(column.references_column);
    return key == nullptr ? Value() : *key;
  }

  Object FullRow(const Table& of) {
    Object row;
    for (const Column& column : of.columns)
      row.Append(std::string(column.name), Sample(of, column));
    return row;
  }

  Object MinimalRow(const Table& of) {
    Object row;
    for (const Column& column : of.columns) {
      const bool filled = column.name == "id" || column.name == "created_at" ||
                          column.name == "updated_at" || column.name == "started_at" ||
                          column.name == "called_at";
      if (column.nullable() || column.has_default() || filled) continue;
      row.Append(std::string(column.name), Sample(of, column));
    }
    // What a rule over several columns asks for beyond the required ones.
    if (of.name == "api_keys") {
      row.Set("kind", Value("issued"));
      row.Set("key_hash", Value("0123"));
    }
    if (of.name == "ai_requests") {
      row.Set("kind", Value("agent_interaction"));
      row.Set("agent_type", Value("scout"));
    }
    return row;
  }

  Value KeyOf(const Object& row) {
    if (table().key.size() == 1) return *row.Find(table().key[0]);
    Object key;
    for (const std::string_view name : table().key) key.Append(std::string(name), *row.Find(name));
    return Value(std::move(key));
  }

  Value KeyWhere(const Object& row) {
    Object where;
    for (const std::string_view name : table().key)
      where.Append(std::string(name), *row.Find(name));
    return Value(std::move(where));
  }

  bool Appends() const {
    return table().access == Access::kReadWrite || table().access == Access::kAppendOnly;
  }

 private:
  static inline Database* shared_ = nullptr;
  std::optional<Transaction> transaction_;
  size_t counter_ = 0;
};

TEST_P(EveryTableTest, KeepsEveryColumn) {
  if (!Appends()) {
    const Result<Value> refused = store_->Insert(table().name, Object());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.status().code(), ErrorCode::FAILED_PRECONDITION);
    EXPECT_TRUE(store_->Find(table().name, {}).ok());
    return;
  }
  const Object given = FullRow(table());
  const Object stored = Inserted(table().name, given);
  ASSERT_EQ(stored.size(), table().columns.size());
  for (const Column& column : table().columns) {
    EXPECT_EQ(*stored.Find(column.name), *given.Find(column.name)) << column.name;
  }
  EXPECT_EQ(stored.Find("pk"), nullptr);
  const Result<Value> read = store_->Get(table().name, KeyOf(stored));
  ASSERT_TRUE(read.ok()) << read.status().message();
  EXPECT_EQ(*read, Value(stored));
}

TEST_P(EveryTableTest, FillsInWhatIsLeftOut) {
  if (!Appends()) return;
  const Object stored = Inserted(table().name, MinimalRow(table()));
  if (table().has_id) {
    EXPECT_TRUE(IsUuid(stored.Find("id")->AsString()));
  }
  for (const std::string_view time : {"created_at", "updated_at", "started_at", "called_at"}) {
    if (table().Find(time) != nullptr) {
      EXPECT_TRUE(stored.Find(time)->is_string()) << time;
    }
  }
  if (table().has_origin && !table().Find("origin")->is_key() && table().name != "import_rejects" &&
      table().name != "legacy_configs") {
    EXPECT_EQ(*stored.Find("origin"), Value("local"));
  }
}

TEST_P(EveryTableTest, FindsTheRowByEveryColumn) {
  if (!Appends()) return;
  const Object stored = Inserted(table().name, FullRow(table()));
  for (const Column& column : table().columns) {
    const bool whole = column.kind != Kind::kJson && column.kind != Kind::kBlob;
    Object where;
    where.Append(std::string(column.name),
                 whole ? *stored.Find(column.name) : Value(Object{{"isNull", Value(false)}}));
    EXPECT_GE(CountOf(table().name, Value(where)), 1) << column.name;
    Object none;
    none.Append(std::string(column.name), Value(Object{{"isNull", Value(true)}}));
    EXPECT_EQ(
        CountOf(table().name, Value(Object{{"and", Value(Array{KeyWhere(stored), Value(none)})}})),
        0)
        << column.name;
    if (column.kind == Kind::kJson || column.kind == Kind::kBlob) continue;
    for (const std::string prefix : {"", "-"}) {
      FindOptions options;
      options.order_by = Value(prefix + std::string(column.name));
      EXPECT_TRUE(store_->Find(table().name, options).ok()) << column.name;
    }
  }
}

TEST_P(EveryTableTest, LivesItsWholeLife) {
  if (!Appends()) {
    EXPECT_FALSE(store_->Delete(table().name, Value("x")).ok());
    return;
  }
  const int64_t before = CountOf(table().name);
  const Object stored = Inserted(table().name, FullRow(table()));
  EXPECT_GE(CountOf(table().name), before + 1);
  FindOptions options;
  options.where = KeyWhere(stored);
  const Result<Array> found = store_->Find(table().name, options);
  ASSERT_TRUE(found.ok()) << found.status().message();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ((*found)[0], Value(stored));

  if (table().access == Access::kAppendOnly) {
    const Result<bool> refused = store_->Delete(table().name, KeyOf(stored));
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.status().code(), ErrorCode::FAILED_PRECONDITION);
    const Result<Value> unchanged = store_->Update(table().name, KeyOf(stored), Object());
    ASSERT_FALSE(unchanged.ok());
    EXPECT_EQ(unchanged.status().code(), ErrorCode::FAILED_PRECONDITION);
    return;
  }

  for (const Column& column : table().columns) {
    if (column.is_key() || column.name == "updated_at") continue;
    Object patch;
    patch.Append(std::string(column.name), Sample(table(), column));
    const Result<Value> updated = store_->Update(table().name, KeyOf(stored), patch);
    ASSERT_TRUE(updated.ok()) << column.name << ": " << updated.status().message();
    EXPECT_EQ(*updated->AsObject().Find(column.name), patch.begin()->value) << column.name;
    EXPECT_EQ(*store_->Get(table().name, KeyOf(stored)), *updated);
  }
  const Result<bool> deleted = store_->Delete(table().name, KeyOf(stored));
  ASSERT_TRUE(deleted.ok()) << deleted.status().message();
  EXPECT_TRUE(*deleted);
  EXPECT_TRUE(store_->Get(table().name, KeyOf(stored))->is_null());
  EXPECT_FALSE(*store_->Delete(table().name, KeyOf(stored)));
  const Result<Value> gone = store_->Update(table().name, KeyOf(stored), MinimalRow(table()));
  ASSERT_FALSE(gone.ok());
}

TEST_P(EveryTableTest, TakesOnlyWhatTheCatalogueNames) {
  if (!Appends()) return;
  for (const std::string name :
       {"pk", "rowid", "nope", "", "id\"", "id; DROP TABLE users", "\xFF"}) {
    Object row = MinimalRow(table());
    row.Set(name, Value(1));
    const Result<Value> refused = store_->Insert(table().name, row);
    ASSERT_FALSE(refused.ok()) << name;
    EXPECT_EQ(refused.status().code(), ErrorCode::INVALID_ARGUMENT);
    EXPECT_EQ(TextDetail(refused.status(), "rule"), "column");
  }
}

TEST_P(EveryTableTest, RefusesValuesOfTheWrongType) {
  if (!Appends()) return;
  for (const Column& column : table().columns) {
    if (column.kind == Kind::kJson) continue;
    const Value wrong =
        column.kind == Kind::kBlob || column.kind == Kind::kReal ? Value(true) : Value(Array{});
    Object row = MinimalRow(table());
    row.Set(std::string(column.name), wrong);
    ExpectRefused(store_->Insert(table().name, row), ErrorCode::INVALID_ARGUMENT, column.name,
                  "type");
  }
}

TEST_P(EveryTableTest, AsksForEveryRequiredColumn) {
  if (!Appends()) return;
  const Object row = MinimalRow(table());
  for (const Object::Member& member : row) {
    if (table().Find(member.key)->nullable()) continue;
    Object lacking = row;
    lacking.Erase(member.key);
    ExpectRefused(store_->Insert(table().name, lacking), ErrorCode::INVALID_ARGUMENT, member.key,
                  "required");
    Object null_given = row;
    null_given.Set(member.key, Value());
    ExpectRefused(store_->Insert(table().name, null_given), ErrorCode::INVALID_ARGUMENT, member.key,
                  "null");
  }
}

INSTANTIATE_TEST_SUITE_P(Catalogue, EveryTableTest, ::testing::Range(size_t{0}, AllTables().size()),
                         [](const ::testing::TestParamInfo<size_t>& table) {
                           return std::string(AllTables()[table.param].name);
                         });

}  // namespace
}  // namespace archivolt
