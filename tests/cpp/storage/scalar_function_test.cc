#include "storage/scalar_function.h"

#include <new>
#include <string>

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class ScalarFunctionTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenMemory();
    ASSERT_OK(database_->CreateFunction({"archivolt_note", -1, false,
                                         [](FunctionCall& call, void* owner) {
                                           auto& seen = *static_cast<std::string*>(owner);
                                           for (int i = 0; i < call.size(); ++i) {
                                             switch (call.type(i)) {
                                               case FunctionCall::Type::kNull:
                                                 seen += "null ";
                                                 break;
                                               case FunctionCall::Type::kInteger:
                                                 seen += std::to_string(call.Int(i)) + " ";
                                                 break;
                                               case FunctionCall::Type::kReal:
                                                 seen += std::to_string(call.Real(i)) + " ";
                                                 break;
                                               case FunctionCall::Type::kText:
                                                 seen += "'" + std::string(call.Text(i)) + "' ";
                                                 break;
                                               case FunctionCall::Type::kBlob:
                                                 seen += std::to_string(call.Text(i).size()) +
                                                         " bytes ";
                                                 break;
                                             }
                                           }
                                           call.Answer(static_cast<int64_t>(call.size()));
                                         }},
                                        &seen_));
    ASSERT_OK(database_->CreateFunction(
        {"same", 2, true,
         [](FunctionCall& call, void*) { call.Answer(static_cast<int64_t>(call.Same(0, 1))); }},
        nullptr));
    ASSERT_OK(database_->CreateFunction(
        {"greedy", 0, false, [](FunctionCall&, void*) { throw std::bad_alloc(); }}, nullptr));
    ASSERT_OK(
        database_->CreateFunction({"silent", 0, false, [](FunctionCall&, void*) {}}, nullptr));
  }
  Value Of(const std::string& sql) {
    const Result<Value> value = database_->QueryValue("SELECT " + sql);
    EXPECT_OK(value.status());
    return value.ok() ? *value : Value();
  }

  std::string seen_;
  std::unique_ptr<Database> database_;
};

TEST_F(ScalarFunctionTest, SeesValuesAndAnswers) {
  EXPECT_EQ(Of("archivolt_note(NULL, 5, 0.5, 'a' || char(0) || 'b', x'0102')"), Value(5));
  EXPECT_EQ(seen_, std::string("null 5 0.500000 'a\0b' 2 bytes ", 30));
  EXPECT_TRUE(Of("silent()").is_null());
  for (const char* equal : {"NULL, NULL", "1, 1", "'a', 'a'", "x'00', x'00'", "0.5, 0.5"})
    EXPECT_EQ(Of("same(" + std::string(equal) + ")"), Value(1)) << equal;
  for (const char* other : {"NULL, 0", "1, 1.0", "'a', 'b'", "'a', x'61'", "'', NULL"})
    EXPECT_EQ(Of("same(" + std::string(other) + ")"), Value(0)) << other;
}

TEST_F(ScalarFunctionTest, WhatIsThrownIsAnError) {
  EXPECT_EQ(database_->QueryValue("SELECT greedy()").status().code(), ErrorCode::OUT_OF_MEMORY);
  EXPECT_EQ(Of("1"), Value(1));
}

TEST_F(ScalarFunctionTest, CallersReachTheCoresFunctionsOnlyThroughTriggers) {
  ASSERT_OK(database_->Execute(
      "CREATE TABLE t (a); CREATE TABLE audit_log (id); CREATE TABLE embedding_queue (id);"
      "CREATE TABLE child (p REFERENCES parent(k) ON DELETE SET NULL); CREATE TABLE parent (k "
      "PRIMARY KEY);"
      "CREATE TEMP TRIGGER archivolt_noted AFTER INSERT ON main.t BEGIN SELECT "
      "archivolt_note(NEW.a); END;"
      "CREATE TEMP TRIGGER archivolt_logged AFTER DELETE ON main.t BEGIN DELETE FROM audit_log; "
      "END"));
  EXPECT_EQ(database_->PrepareReadOnly("SELECT archivolt_note(1)").status().code(),
            ErrorCode::INVALID_ARGUMENT);
  EXPECT_EQ(database_->PrepareWrite("INSERT INTO t VALUES (Archivolt_Note(1))").status().code(),
            ErrorCode::INVALID_ARGUMENT);
  auto insert = database_->PrepareWrite("INSERT INTO t VALUES (7)");
  ASSERT_OK(insert.status());
  ASSERT_OK(insert->Run());
  EXPECT_EQ(seen_, "7 ");
  for (const char* refused :
       {"UPDATE audit_log SET id = 1", "DELETE FROM audit_log", "DELETE FROM embedding_queue",
        "INSERT INTO embedding_queue VALUES (1)"}) {
    EXPECT_EQ(database_->PrepareWrite(refused).status().code(), ErrorCode::INVALID_ARGUMENT);
  }
  EXPECT_OK(database_->PrepareWrite("INSERT INTO audit_log VALUES (1)").status());
  EXPECT_OK(database_->PrepareWrite("DELETE FROM t").status());
  EXPECT_OK(database_->PrepareWrite("DELETE FROM parent").status());
}

TEST_F(ScalarFunctionTest, ATriggersMessageMayNameColumnAndRule) {
  ASSERT_OK(database_->Execute(
      "CREATE TABLE t (a);"
      "CREATE TRIGGER one BEFORE INSERT ON t WHEN NEW.a = 1 BEGIN SELECT RAISE(ABORT, "
      "'t.a|range|must be 2 or more'); END;"
      "CREATE TRIGGER two BEFORE INSERT ON t WHEN NEW.a = 2 BEGIN SELECT RAISE(ABORT, "
      "'t.a|unique|must be unique'); END;"
      "CREATE TRIGGER three BEFORE INSERT ON t WHEN NEW.a = 3 BEGIN SELECT RAISE(ABORT, '|'); "
      "END"));
  const Status broken = database_->Execute("INSERT INTO t VALUES (1)");
  EXPECT_EQ(broken.code(), ErrorCode::CONSTRAINT);
  EXPECT_EQ(broken.message(), "t.a must be 2 or more.");
  EXPECT_EQ(std::get<std::string>(*broken.Find("table")), "t");
  EXPECT_EQ(std::get<std::string>(*broken.Find("column")), "a");
  EXPECT_EQ(std::get<std::string>(*broken.Find("rule")), "range");
  EXPECT_EQ(database_->Execute("INSERT INTO t VALUES (2)").code(), ErrorCode::ALREADY_EXISTS);
  EXPECT_EQ(database_->Execute("INSERT INTO t VALUES (3)").code(), ErrorCode::CONSTRAINT);
}

}  // namespace
}  // namespace archivolt
