#include "maintenance/health.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "schema/migrations.gen.h"
#include "storage/database.h"
#include "storage/migrator.h"

namespace archivolt {
namespace {

class HealthTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("archivolt_health_") +
               testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    Open();
    Migrator migrator(*database_, EmbeddedMigrations(), clock_);
    const auto migrated = migrator.Migrate(migrator.latest());
    ASSERT_TRUE(migrated.ok()) << migrated.status().message();
    health_ = std::make_unique<HealthService>(*database_);
  }
  void TearDown() override {
    health_.reset();
    database_.reset();
    std::filesystem::remove_all(folder_);
  }
  void Open(bool read_only = false) {
    DatabaseOptions options;
    options.path = path();
    options.read_only = read_only;
    auto opened = Database::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    database_ = std::move(opened).value();
    health_ = std::make_unique<HealthService>(*database_);
  }
  std::string path() const { return (folder_ / "h.db").string(); }
  void Run(std::string_view sql) {
    const Status status = database_->Execute(sql);
    ASSERT_TRUE(status.ok()) << sql << ": " << status.message();
  }
  Object Report(bool full = false) {
    const Result<Value> report = health_->Report(full);
    EXPECT_TRUE(report.ok()) << report.status().message();
    return report.ok() ? report->AsObject() : Object();
  }
  static bool Ok(const Object& report) { return report.Find("ok")->AsBool(); }
  static int64_t Of(const Object& report, std::string_view collection, std::string_view what) {
    const Value* found = report.Find("vectors")->AsObject().Find(collection);
    return found == nullptr ? -1 : found->AsObject().Find(what)->AsInt();
  }
  /// A document of two chunks with vectors of two dimensions.
  void AddVectors() {
    Run("INSERT INTO vector_collections(id, name, dims) VALUES ('v', 'document_chunks', 2);"
        "INSERT INTO documents(id, filename) VALUES ('d', 'a.md');"
        "INSERT INTO document_chunks(id, document_id, chunk_index, chunk_text) VALUES "
        "('c0', 'd', 0, 'alpha breaker'), ('c1', 'd', 1, 'beta');"
        "INSERT INTO vector_points(id, collection_id, point_uid, chunk_id, vector) VALUES "
        "('p0', 'v', 'c0', 'c0', zeroblob(8)), ('p1', 'v', 'c1', 'c1', zeroblob(8))");
  }

  std::filesystem::path folder_;
  SystemClock clock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<HealthService> health_;
};

TEST_F(HealthTest, ASoundDatabaseIsOk) {
  AddVectors();
  for (const bool full : {false, true}) {
    const Object report = Report(full);
    EXPECT_TRUE(Ok(report));
    EXPECT_TRUE(report.Find("integrity")->AsArray().empty());
    EXPECT_EQ(report.Find("foreignKeys")->AsInt(), 0);
    EXPECT_EQ(report.Find("fullText")->AsObject().size(), 8u);
    EXPECT_EQ(Of(report, "document_chunks", "missing"), 0);
    EXPECT_EQ(Of(report, "document_chunks", "orphaned"), 0);
    EXPECT_GT(report.Find("pageCount")->AsInt(), 10);
    bool chunks = false;
    for (const Value& table : report.Find("tables")->AsArray()) {
      const std::string& name = table.AsObject().Find("name")->AsString();
      EXPECT_EQ(name.find("_fts"), std::string::npos) << name;
      EXPECT_EQ(name.find("_trigram"), std::string::npos) << name;
      EXPECT_FALSE(name.starts_with("sqlite_")) << name;
      if (name != "document_chunks") continue;
      chunks = true;
      EXPECT_EQ(table.AsObject().Find("rows")->AsInt(), 2);
      EXPECT_GE(table.AsObject().Find("indexes")->AsInt(), 2);
    }
    EXPECT_TRUE(chunks);
  }
}

TEST_F(HealthTest, ReportsForeignKeysThatReferToNothing) {
  Run("PRAGMA foreign_keys=OFF; INSERT INTO epics(id, project_id, title) VALUES ('e', 'gone', "
      "'E'); PRAGMA foreign_keys=ON");
  const Object report = Report();
  EXPECT_FALSE(Ok(report));
  EXPECT_EQ(report.Find("foreignKeys")->AsInt(), 1);
}

TEST_F(HealthTest, ReportsTheFullTextIndexThatDiffersFromItsTable) {
  AddVectors();
  Run("INSERT INTO document_chunks_fts(document_chunks_fts, rowid, heading, chunk_text) SELECT "
      "'delete', pk, heading, chunk_text FROM document_chunks WHERE id = 'c0'");
  const Object report = Report();
  EXPECT_FALSE(Ok(report));
  for (const auto& [index, sound] : report.Find("fullText")->AsObject()) {
    EXPECT_EQ(sound.AsBool(), index != "document_chunks_fts") << index;
  }
}

TEST_F(HealthTest, ReportsMissingAndOrphanedVectors) {
  AddVectors();
  Run("DELETE FROM vector_points WHERE id = 'p0'");
  Object report = Report();
  EXPECT_FALSE(Ok(report));
  EXPECT_EQ(Of(report, "document_chunks", "missing"), 1);
  EXPECT_EQ(Of(report, "document_chunks", "orphaned"), 0);
  Run("INSERT INTO vector_points(id, collection_id, point_uid, vector) VALUES ('x', 'v', 'gone', "
      "zeroblob(8))");
  EXPECT_EQ(Of(Report(), "document_chunks", "orphaned"), 1);
  Run("DROP TRIGGER vector_points_dims_bu; UPDATE vector_points SET vector = zeroblob(12) WHERE "
      "id = 'p1'");
  EXPECT_EQ(Of(Report(), "document_chunks", "orphaned"), 2);
}

TEST_F(HealthTest, RowsThatWaitForTheirVectorAreNotMissing) {
  Run("INSERT INTO vector_collections(id, name, dims) VALUES ('v', 'archivolt:messages', 2);"
      "INSERT INTO conversations(id) VALUES ('c');"
      "INSERT INTO messages(id, conversation_id, role, content) VALUES ('m', 'c', 'user', 'hi')");
  EXPECT_EQ(Of(Report(), "archivolt:messages", "missing"), 0);
  Run("DELETE FROM embedding_queue");
  EXPECT_EQ(Of(Report(), "archivolt:messages", "missing"), 1);
  Run("INSERT INTO vector_points(id, collection_id, point_uid, vector) VALUES ('p', 'v', 'm', "
      "zeroblob(8)), ('q', 'v', 'gone', zeroblob(8))");
  EXPECT_EQ(Of(Report(), "archivolt:messages", "missing"), 0);
  EXPECT_EQ(Of(Report(), "archivolt:messages", "orphaned"), 1);
}

TEST_F(HealthTest, ReportsDamagedPages) {
  AddVectors();
  Run("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000) INSERT INTO "
      "tags(id, name) SELECT x, 'tag number ' || x FROM n");
  ASSERT_TRUE(database_->Close().ok());
  {
    std::fstream file(path(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(0, std::ios::end);
    const auto size = static_cast<int64_t>(file.tellg());
    for (int64_t page = size / 8192 - 6; page < size / 8192; ++page) {
      file.seekp(page * 8192 + 4000);
      file.put('!');
    }
  }
  Open();
  const Object report = Report(true);
  EXPECT_FALSE(Ok(report));
  EXPECT_FALSE(report.Find("integrity")->AsArray().empty());
}

TEST_F(HealthTest, ReadOnlyDatabasesAreReportedToo) {
  AddVectors();
  ASSERT_TRUE(database_->Close().ok());
  Open(true);
  EXPECT_TRUE(Ok(Report()));
}

TEST_F(HealthTest, OptimizeMakesStatisticsAndMergesFullText) {
  for (int i = 0; i < 5; ++i) {
    Run("INSERT INTO stories(id, title) VALUES ('s" + std::to_string(i) + "', 'word')");
  }
  ASSERT_TRUE(health_->Optimize().ok());
  const auto statistics =
      database_->QueryValue("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'stories'");
  ASSERT_TRUE(statistics.ok());
  EXPECT_GT(statistics->AsInt(), 0);
  const auto segments = database_->QueryValue("SELECT count(DISTINCT segid) FROM stories_fts_idx");
  ASSERT_TRUE(segments.ok());
  EXPECT_EQ(segments->AsInt(), 1);
  EXPECT_TRUE(health_->OptimizeBriefly().ok());
  EXPECT_TRUE(Ok(Report(true)));
}

TEST_F(HealthTest, CompactGivesFreePagesBackAndDoesNothingWithoutThem) {
  const Result<Value> nothing = health_->Compact();
  ASSERT_TRUE(nothing.ok());
  EXPECT_EQ(nothing->AsObject().Find("freedBytes")->AsInt(), 0);
  Run("INSERT INTO documents(id, content) VALUES ('d', hex(zeroblob(500000)))");
  Run("DELETE FROM documents");
  EXPECT_GT(Report().Find("freePages")->AsInt(), 0);
  const Result<Value> freed = health_->Compact();
  ASSERT_TRUE(freed.ok()) << freed.status().message();
  EXPECT_GT(freed->AsObject().Find("freedBytes")->AsInt(), 900'000);
  EXPECT_EQ(Report().Find("freePages")->AsInt(), 0);
}

}  // namespace
}  // namespace archivolt
