// The catalogue against the schema that the migrations make.
#include "records/catalogue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "records_fixture.h"

namespace archivolt {
namespace {

TEST_F(RecordsTest, TheCatalogueIsOfThisSchema) {
  Result<Statement> statement = database_->Prepare(
      "SELECT m.name, x.name, x.\"notnull\", x.dflt_value IS NOT NULL FROM pragma_table_list AS m, "
      "pragma_table_xinfo(m.name) AS x WHERE m.schema = 'main' AND m.type = 'table' AND m.name NOT "
      "LIKE 'sqlite_%'");
  ASSERT_TRUE(statement.ok()) << statement.status().message();
  size_t columns = 0;
  while (*statement->Step()) {
    const Table* table = FindTable(statement->Text(0));
    ASSERT_NE(table, nullptr) << statement->Text(0);
    if (statement->Text(1) == "pk") {
      EXPECT_TRUE(table->has_pk);
      continue;
    }
    const Column* column = table->Find(statement->Text(1));
    ASSERT_NE(column, nullptr) << statement->Text(0) << "." << statement->Text(1);
    EXPECT_EQ(column->nullable(), !statement->Bool(2)) << column->name;
    EXPECT_EQ(column->has_default(), statement->Bool(3)) << column->name;
    ++columns;
  }
  size_t known = 0;
  for (const Table& table : AllTables()) known += table.columns.size();
  EXPECT_EQ(columns, known);
}

TEST(CatalogueTest, IsSortedAndFound) {
  const auto tables = AllTables();
  EXPECT_GT(tables.size(), 40U);
  EXPECT_TRUE(std::is_sorted(tables.begin(), tables.end(),
                             [](const Table& a, const Table& b) { return a.name < b.name; }));
  for (const Table& table : tables) {
    EXPECT_EQ(FindTable(table.name), &table);
    EXPECT_FALSE(table.key.empty());
    for (const std::string_view key : table.key) {
      ASSERT_NE(table.Find(key), nullptr);
      EXPECT_TRUE(table.Find(key)->is_key());
    }
  }
  EXPECT_EQ(FindTable("nope"), nullptr);
  EXPECT_EQ(FindTable(""), nullptr);
  EXPECT_EQ(FindTable("zzz"), nullptr);
}

TEST(CatalogueTest, ReadsKindsFromTheSchema) {
  const auto kind = [](std::string_view table, std::string_view column) {
    return FindTable(table)->Find(column)->kind;
  };
  EXPECT_EQ(kind("users", "is_admin"), Kind::kBoolean);
  EXPECT_EQ(kind("users", "preferences"), Kind::kJson);
  EXPECT_EQ(kind("users", "created_at"), Kind::kTimestamp);
  EXPECT_EQ(kind("message_timing", "chain_finished_ts"), Kind::kTimestamp);
  EXPECT_EQ(kind("message_timing", "msg_duration_us"), Kind::kInteger);
  EXPECT_EQ(kind("rate_limits", "window_start"), Kind::kTimestamp);
  EXPECT_EQ(kind("validations", "validation_date"), Kind::kTimestamp);
  EXPECT_EQ(kind("epics", "start_date"), Kind::kDate);
  EXPECT_EQ(kind("vector_points", "vector"), Kind::kBlob);
  EXPECT_EQ(kind("cloud_estimates", "monthly_cost_e2"), Kind::kInteger);
  EXPECT_EQ(kind("code_symbols", "complexity"), Kind::kReal);
  EXPECT_EQ(FindTable("validations")->Find("score")->max, 100);
  EXPECT_EQ(FindTable("users")->Find("status")->values.size(), 3U);
  EXPECT_EQ(FindTable("stories")->Find("epic_id")->references_table, "epics");
  EXPECT_EQ(FindTable("document_chunks")->fts, "document_chunks_fts");
  EXPECT_EQ(FindTable("document_chunks")->trigram, "document_chunks_trigram");
  EXPECT_EQ(FindTable("users")->fts, "");
}

}  // namespace
}  // namespace archivolt
