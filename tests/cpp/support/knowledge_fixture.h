// An in-memory workspace with the real schema and the knowledge services over it, for tests.
//
// Time and randomness are fixed: equal tests make equal ids and times. The clock moves on by a step
// each time it is read, so that budgets of slices end. In one header, since sources in this folder
// join every test program.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/utf.h"
#include "knowledge/collections.h"
#include "knowledge/documents.h"
#include "knowledge/embedders.h"
#include "knowledge/ingest.h"
#include "knowledge/row_embeddings.h"
#include "knowledge/vector_registry.h"
#include "records/audit_context.h"
#include "records/records.h"
#include "records/row_guards.h"
#include "schema/migrations.gen.h"
#include "storage/database.h"
#include "storage/migrator.h"

namespace archivolt {

class SteppingClock final : public Clock {
 public:
  int64_t NowMicros() override {
    if (reads_to_failure_ > 0 && --reads_to_failure_ == 0) throw std::bad_alloc();
    return now_ += step_;
  }
  /// As if memory ran out in the middle of the next slice: the second reading from now throws.
  void FailOnce() { reads_to_failure_ = 2; }
  void set_step(int64_t micros) { step_ = micros; }

 private:
  int64_t now_ = 1'769'769'000'000'000;
  int64_t step_ = 1;
  int reads_to_failure_ = 0;
};

class KnowledgeTest : public testing::Test {
 protected:
  void SetUp() override {
    auto opened = Database::Open({});
    ASSERT_TRUE(opened.ok()) << opened.status().message();
    database_ = std::move(opened).value();
    Migrator migrator(*database_, EmbeddedMigrations(), clock_);
    const auto migrated = migrator.Migrate(migrator.latest());
    ASSERT_TRUE(migrated.ok()) << migrated.status().message();
    const Status guarded = guards_.emplace(*database_, clock_, ids_, audit_).Install();
    ASSERT_TRUE(guarded.ok()) << guarded.message();
    records_ = std::make_unique<RecordStore>(*database_, clock_, ids_);
    Restart();
  }

  /// The services as after a reload: nothing of them is left but what the database holds.
  void Restart() {
    ingest_.reset();
    vectors_ = std::make_unique<VectorRegistry>(*database_, clock_, ids_);
    documents_ = std::make_unique<DocumentService>(*database_, clock_, *records_, audit_);
    ingest_ =
        std::make_unique<IngestService>(*database_, clock_, ids_, embedders_, *vectors_, audit_);
    collections_ = std::make_unique<CollectionService>(*database_, clock_, ids_, *vectors_, audit_);
    rows_ =
        std::make_unique<RowEmbeddings>(*database_, clock_, ids_, embedders_, *vectors_, audit_);
  }

  /// The built-in table of assets/, read once a program.
  void LoadEmbedder() {
    static const Embedders kLoaded = [] {
      std::ifstream file(ARCHIVOLT_SOURCE_DIR "/assets/embedder/archivolt-static-100k-128d.semb",
                         std::ios::binary);
      const Bytes table{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
      Embedders embedders;
      const auto loaded = embedders.Load(table);
      EXPECT_TRUE(loaded.ok()) << loaded.status().message();
      return embedders;
    }();
    embedders_ = kLoaded;
    ASSERT_NE(embedders_.builtin(), nullptr);
  }

  /// Runs a job to its end; the answer's document, or the duplicate with the member `duplicate`.
  Result<Object> Ingest(const Object& request) {
    AV_ASSIGN_OR_RETURN(const Value opened, ingest_->Open(request));
    if (const Value* duplicate = opened.AsObject().Find("duplicate"); duplicate != nullptr) {
      Object out = duplicate->AsObject();
      out.Set("duplicate", true);
      return out;
    }
    const int64_t job = opened.AsObject().Find("job")->AsInt();
    for (int step = 0; step < 100'000; ++step) {
      AV_ASSIGN_OR_RETURN(const Value answer, ingest_->Step(job, 10));
      if (answer.AsObject().Find("phase")->AsString() == "done") {
        return answer.AsObject().Find("document")->AsObject();
      }
    }
    return Status::Internal("the job does not end");
  }

  /// A document, embedded when an embedder is loaded; its id.
  std::string Add(std::string_view filename, std::string_view text,
                  std::string_view format = "markdown") {
    const bool embeds = embedders_.builtin() != nullptr;
    const auto added = Ingest(Object{{"filename", filename},
                                     {"text", text},
                                     {"format", format},
                                     {"embed", embeds ? "builtin" : "none"}});
    EXPECT_TRUE(added.ok()) << added.status().message();
    return added.ok() ? added->Find("id")->AsString() : "";
  }

  Value QueryOne(std::string_view sql) {
    auto value = database_->QueryValue(sql);
    EXPECT_TRUE(value.ok()) << value.status().message();
    return value.ok() ? std::move(value).value() : Value();
  }
  int64_t Count(std::string_view sql) {
    const Value value = QueryOne(sql);
    EXPECT_TRUE(value.is_int()) << sql;
    return value.is_int() ? value.AsInt() : -1;
  }
  void Run(std::string_view sql) {
    const Status status = database_->Execute(sql);
    EXPECT_TRUE(status.ok()) << status.message();
  }

  /// FTS5's own comparison of the indexes with the chunks.
  bool FullTextIsSound() {
    return database_
               ->Execute(
                   "INSERT INTO document_chunks_fts(document_chunks_fts, rank) VALUES "
                   "('integrity-check', 1)")
               .ok() &&
           database_
               ->Execute(
                   "INSERT INTO documents_fts(documents_fts, rank) VALUES ('integrity-check', 1)")
               .ok() &&
           database_
               ->Execute(
                   "INSERT INTO document_chunks_trigram(document_chunks_trigram, rank) VALUES "
                   "('integrity-check', 1)")
               .ok();
  }

  SteppingClock clock_;
  uint64_t seed_ = 1;
  IdSource ids_{clock_,
                [this] { return seed_ = seed_ * 6364136223846793005ULL + 1442695040888963407ULL; }};
  AuditContext audit_;
  std::unique_ptr<Database> database_;
  std::optional<RowGuards> guards_;
  Embedders embedders_;
  std::unique_ptr<RecordStore> records_;
  std::unique_ptr<VectorRegistry> vectors_;
  std::unique_ptr<DocumentService> documents_;
  std::unique_ptr<IngestService> ingest_;
  std::unique_ptr<CollectionService> collections_;
  std::unique_ptr<RowEmbeddings> rows_;
};

}  // namespace archivolt
