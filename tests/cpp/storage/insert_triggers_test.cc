#include "storage/insert_triggers.h"

#include "storage/storage_fixture.h"

namespace archivolt {
namespace {

class InsertTriggersTest : public StorageTest {
 protected:
  void SetUp() override {
    StorageTest::SetUp();
    database_ = OpenMemory();
    ASSERT_OK(database_->Execute(
        "CREATE TABLE t(pk INTEGER PRIMARY KEY, a TEXT UNIQUE, b REFERENCES t(a));"
        "CREATE TABLE seen(n UNIQUE, a)"));
  }
  std::optional<std::vector<std::string>> Statements() {
    const auto statements = InsertTriggers(*database_, "t");
    EXPECT_OK(statements.status());
    return statements.ok() ? *statements : std::nullopt;
  }
  bool Knows(const std::string& trigger) {
    EXPECT_OK(database_->Execute(trigger));
    const bool known = Statements().has_value();
    EXPECT_OK(database_->Execute("DROP TRIGGER x"));
    return known;
  }
  std::string Seen() {
    const Result<Value> seen =
        database_->QueryValue("SELECT group_concat(n || '=' || a, ' ' ORDER BY n) FROM seen");
    EXPECT_OK(seen.status());
    return seen.ok() && seen->is_string() ? seen->AsString() : "";
  }

  std::unique_ptr<Database> database_;
};

TEST_F(InsertTriggersTest, OneStatementDoesForManyRowsWhatATriggerDoesForEach) {
  ASSERT_OK(database_->Execute(
      "CREATE TRIGGER s AFTER INSERT ON t BEGIN\n  INSERT OR IGNORE INTO seen(n, a)\n  VALUES "
      "(NEW.pk, NEW.a);\nEND;"
      "CREATE TRIGGER w AFTER INSERT ON t WHEN NEW.a IN ('two', 'three') OR NEW.a IS NULL BEGIN "
      "INSERT INTO seen (n, a) VALUES (NEW.a, 'when'); END;"
      "CREATE TRIGGER d AFTER DELETE ON t BEGIN DELETE FROM seen WHERE n = OLD.pk; END;"
      "CREATE TRIGGER u AFTER UPDATE OF a ON t BEGIN SELECT 1; END;"));
  const std::string rows = "INSERT INTO t(a) VALUES ('one'), ('two'), ('three')";
  ASSERT_OK(database_->Execute(rows));
  const std::string by_triggers = Seen();
  ASSERT_EQ(by_triggers, "1=one 2=two 3=three three=when two=when");
  ASSERT_OK(database_->Execute("DELETE FROM t; DELETE FROM seen"));
  {
    const WithoutTriggers without;
    ASSERT_OK(database_->Execute(rows));
  }
  EXPECT_EQ(Seen(), "");
  const auto statements = Statements();
  ASSERT_TRUE(statements.has_value());
  ASSERT_EQ(statements->size(), 2U);
  for (const std::string& sql : *statements) {
    auto statement = database_->Prepare(sql);
    ASSERT_OK(statement.status());
    ASSERT_OK(statement->BindAll(1, 3));
    ASSERT_OK(statement->Run());
  }
  EXPECT_EQ(Seen(), by_triggers);
}

TEST_F(InsertTriggersTest, ATriggerOfAnotherFormIsNotGuessedAt) {
  EXPECT_TRUE(Statements().has_value());
  const auto trigger = [](const std::string& body) {
    return "CREATE TRIGGER x AFTER INSERT ON t BEGIN " + body + " END";
  };
  EXPECT_TRUE(Knows(trigger("INSERT INTO seen(n) VALUES (NEW.pk);")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) SELECT pk FROM t WHERE pk = NEW.pk;")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) VALUES (NEW.pk), (1);")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) VALUES ((SELECT max(pk) FROM t));")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) VALUES (abs(NEW.pk));")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) VALUES (NEW.pk) ON CONFLICT DO NOTHING;")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) VALUES (NEW.pk); SELECT 1;")));
  EXPECT_FALSE(Knows(trigger("INSERT INTO seen(n) VALUES (';');")));
  EXPECT_FALSE(Knows(trigger("UPDATE seen SET n = NEW.pk;")));
  EXPECT_FALSE(Knows(trigger("DELETE FROM seen;")));
  EXPECT_FALSE(
      Knows("CREATE TRIGGER x BEFORE INSERT ON t BEGIN INSERT INTO seen(n) VALUES (NEW.pk); END"));
  EXPECT_FALSE(
      Knows("create trigger x after insert on t begin INSERT INTO seen(n) VALUES (NEW.pk); end"));
  EXPECT_FALSE(
      Knows("CREATE TRIGGER x AFTER INSERT ON t FOR EACH ROW BEGIN INSERT INTO seen(n) "
            "VALUES (NEW.pk); END"));
  // Of deletes and updates none matters.
  EXPECT_TRUE(Knows("CREATE TRIGGER x AFTER DELETE ON t BEGIN DELETE FROM seen; END"));
}

TEST_F(InsertTriggersTest, WithoutTriggersForeignKeysAndConstraintsHold) {
  ASSERT_OK(database_->Execute(
      "CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO seen(n) VALUES (NEW.pk); END"));
  {
    const WithoutTriggers without;
    EXPECT_EQ(database_->Execute("INSERT INTO t(a, b) VALUES ('a', 'nobody')").code(),
              ErrorCode::CONSTRAINT);
    EXPECT_OK(database_->Execute("INSERT INTO t(a, b) VALUES ('a', NULL), ('b', 'a')"));
    EXPECT_EQ(database_->Execute("INSERT INTO t(a) VALUES ('b')").code(),
              ErrorCode::ALREADY_EXISTS);
  }
  EXPECT_EQ(Seen(), "");
  // Afterwards they run again.
  EXPECT_OK(database_->Execute("INSERT INTO t(a) VALUES ('c')"));
  EXPECT_EQ(Ask(*database_, "SELECT count(*) FROM seen"), 1);
}

}  // namespace
}  // namespace archivolt
