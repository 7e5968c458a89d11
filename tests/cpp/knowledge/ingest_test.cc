#include "knowledge/ingest.h"

#include <cstring>
#include <string>
#include <vector>

#include "support/knowledge_fixture.h"

namespace archivolt {
namespace {

std::string LongMarkdown(int sections) {
  std::string text;
  for (int i = 0; i < sections; ++i) {
    text += "## Section " + std::to_string(i) + "\n\n";
    for (int j = 0; j < 12; ++j)
      text += "Sentence " + std::to_string(j) + " about caching, naïve 😀 plans and logs. ";
    text += "\n\n";
  }
  return text;
}

class IngestTest : public KnowledgeTest {
 protected:
  int64_t OpenJob(const Object& request) {
    const auto opened = ingest_->Open(request);
    EXPECT_TRUE(opened.ok()) << opened.status().message();
    const Value* job = opened.ok() ? opened->AsObject().Find("job") : nullptr;
    EXPECT_NE(job, nullptr);
    return job == nullptr ? 0 : job->AsInt();
  }
  Status Refused(const Object& request) {
    const auto opened = ingest_->Open(request);
    EXPECT_FALSE(opened.ok());
    return opened.status();
  }
  void ExpectNothingStored() {
    EXPECT_FALSE(database_->in_transaction());
    EXPECT_EQ(Count("SELECT count(*) FROM documents"), 0);
    EXPECT_EQ(Count("SELECT count(*) FROM document_chunks"), 0);
    EXPECT_EQ(Count("SELECT count(*) FROM vector_points"), 0);
    EXPECT_TRUE(FullTextIsSound());
  }
};

TEST_F(IngestTest, OneCommitMakesRowsVectorsAndFullText) {
  LoadEmbedder();
  const std::string text = "# Caching\n\nHow caches work.\n\n" + LongMarkdown(5);
  const auto added = Ingest(Object{{"filename", "docs/Cache.MD"},
                                   {"text", text},
                                   {"format", "markdown"},
                                   {"contentHash", "sha256:abc"},
                                   {"category", "ops"},
                                   {"tags", Array{"a", "b"}},
                                   {"metadata", Object{{"lang", "en"}}}});
  ASSERT_TRUE(added.ok()) << added.status().message();
  const auto row = records_->Get("documents", Value(*added->Find("id")));
  ASSERT_TRUE(row.ok());
  const Object& document = row->AsObject();
  EXPECT_EQ(document.Find("status")->AsString(), "indexed");
  EXPECT_EQ(document.Find("display_name")->AsString(), "Caching");
  EXPECT_EQ(document.Find("suffix")->AsString(), ".md");
  EXPECT_EQ(document.Find("file_type")->AsString(), "md");
  EXPECT_EQ(document.Find("mime_type")->AsString(), "text/markdown");
  EXPECT_EQ(document.Find("content")->AsString(), text);
  EXPECT_EQ(document.Find("size_bytes")->AsInt(), static_cast<int64_t>(text.size()));
  EXPECT_EQ(document.Find("content_summary")->AsString(), "How caches work.");
  EXPECT_EQ(document.Find("tags")->AsArray().size(), 2U);
  EXPECT_EQ(document.Find("source_type")->AsString(), "local_files");
  EXPECT_FALSE(document.Find("indexed_at")->is_null());

  const auto chunks = documents_->Chunks(added->Find("id")->AsString());
  ASSERT_TRUE(chunks.ok());
  EXPECT_EQ(static_cast<int64_t>(chunks->size()), added->Find("chunks")->AsInt());
  EXPECT_EQ(document.Find("chunks_count")->AsInt(), added->Find("chunks")->AsInt());
  for (size_t i = 0; i < chunks->size(); ++i) {
    const Object& chunk = (*chunks)[i].AsObject();
    EXPECT_EQ(chunk.Find("chunk_index")->AsInt(), static_cast<int64_t>(i));
    const size_t begin = Utf8OffsetOf(text, static_cast<size_t>(chunk.Find("start_char")->AsInt()));
    const size_t end = Utf8OffsetOf(text, static_cast<size_t>(chunk.Find("end_char")->AsInt()));
    EXPECT_EQ(text.substr(begin, end - begin), chunk.Find("chunk_text")->AsString());
    EXPECT_EQ(chunk.Find("offset_unit")->AsString(), "utf16");
  }
  EXPECT_EQ(Count("SELECT count(*) FROM vector_points"), added->Find("chunks")->AsInt());
  EXPECT_EQ(QueryOne("SELECT name FROM vector_collections").AsString(), "document_chunks");
  EXPECT_EQ(QueryOne("SELECT fingerprint FROM vector_collections").AsString(),
            embedders_.builtin()->fingerprint());
  EXPECT_TRUE(FullTextIsSound());
  const auto collection = vectors_->Ready(kChunkCollection);
  ASSERT_TRUE(collection.ok());
  EXPECT_EQ(static_cast<int64_t>((*collection)->index->count()), added->Find("chunks")->AsInt());
}

TEST_F(IngestTest, SlicesReportProgressAndNothingIsVisibleBeforeTheEnd) {
  LoadEmbedder();
  clock_.set_step(600);  // each look at the clock uses most of a millisecond
  const int64_t job =
      OpenJob(Object{{"filename", "a.md"}, {"text", LongMarkdown(60)}, {"format", "markdown"}});
  std::vector<std::string> phases;
  while (phases.empty() || phases.back() != "done") {
    const auto step = ingest_->Step(job, 1);
    ASSERT_TRUE(step.ok()) << step.status().message();
    const Object& answer = step->AsObject();
    EXPECT_LE(answer.Find("done")->AsInt(), answer.Find("total")->AsInt());
    const std::string& phase = answer.Find("phase")->AsString();
    if (phases.empty() || phases.back() != phase) phases.push_back(phase);
    if (phase != "done" && phase != "write") {
      EXPECT_EQ(Count("SELECT count(*) FROM documents"), 0);
    }
  }
  EXPECT_EQ(phases, (std::vector<std::string>{"chunk", "embed", "write", "done"}));
  EXPECT_EQ(Count("SELECT count(*) FROM documents WHERE status = 'indexed'"), 1);
  EXPECT_EQ(ingest_->Step(job, 1).status().code(), ErrorCode::NOT_FOUND) << "the job has ended";
}

TEST_F(IngestTest, CancelInAnyPhaseLeavesNothing) {
  LoadEmbedder();
  clock_.set_step(600);
  const Object request{{"filename", "a.md"}, {"text", LongMarkdown(40)}, {"format", "markdown"}};
  for (const char* at : {"chunk", "embed", "write"}) {
    const int64_t job = OpenJob(request);
    std::string phase;
    while (phase != at) {
      const auto step = ingest_->Step(job, 1);
      ASSERT_TRUE(step.ok());
      phase = step->AsObject().Find("phase")->AsString();
      ASSERT_NE(phase, "done");
    }
    if (phase == "write") {
      ASSERT_TRUE(ingest_->Step(job, 1).ok());
    }
    ASSERT_TRUE(ingest_->Cancel(job).ok());
    ExpectNothingStored();
  }
  EXPECT_TRUE(ingest_->Cancel(999).ok());
  const auto added = Ingest(request);
  ASSERT_TRUE(added.ok()) << added.status().message();
  const auto collection = vectors_->Ready(kChunkCollection);
  ASSERT_TRUE(collection.ok());
  EXPECT_EQ(static_cast<int64_t>((*collection)->index->count()), added->Find("chunks")->AsInt());
}

TEST_F(IngestTest, ServiceThatEndsWhileWritingLeavesNothing) {
  clock_.set_step(600);
  const int64_t job = OpenJob(Object{
      {"filename", "a.md"}, {"text", LongMarkdown(40)}, {"format", "markdown"}, {"embed", "none"}});
  std::string phase;
  while (phase != "write") phase = ingest_->Step(job, 1)->AsObject().Find("phase")->AsString();
  ASSERT_TRUE(ingest_->Step(job, 1).ok());
  ASSERT_TRUE(database_->in_transaction());
  Restart();
  ExpectNothingStored();
}

TEST_F(IngestTest, RunningOutOfMemoryEndsTheJobAndItsTransaction) {
  const int64_t job =
      OpenJob(Object{{"filename", "a.md"}, {"text", LongMarkdown(40)}, {"embed", "none"}});
  while (!database_->in_transaction()) ASSERT_TRUE(ingest_->Step(job, 0).ok());
  clock_.FailOnce();
  const auto step = ingest_->Step(job, 0);
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.status().code(), ErrorCode::OUT_OF_MEMORY);
  EXPECT_FALSE(database_->in_transaction());
  EXPECT_EQ(ingest_->Step(job, 0).status().code(), ErrorCode::NOT_FOUND);
  ExpectNothingStored();
}

TEST_F(IngestTest, OneDocumentWritesAtATime) {
  clock_.set_step(600);
  const int64_t first = OpenJob(Object{
      {"filename", "a.md"}, {"text", LongMarkdown(40)}, {"format", "markdown"}, {"embed", "none"}});
  const int64_t second =
      OpenJob(Object{{"filename", "b.md"}, {"text", "Other text."}, {"embed", "none"}});
  std::string phase;
  while (phase != "write") phase = ingest_->Step(first, 1)->AsObject().Find("phase")->AsString();
  ASSERT_TRUE(ingest_->Step(first, 1).ok());
  EXPECT_EQ(ingest_->Step(second, 1).status().code(), ErrorCode::FAILED_PRECONDITION);
  ASSERT_TRUE(ingest_->Cancel(first).ok());
  EXPECT_TRUE(ingest_->Step(second, 1000).ok());
}

TEST_F(IngestTest, TheSameBytesComeBackAsTheFirstDocument) {
  Run("INSERT INTO users(id, username) VALUES ('u1', 'ann')");
  const Object request{
      {"filename", "a.txt"}, {"text", "Some text."}, {"contentHash", "h1"}, {"embed", "none"}};
  const auto first = Ingest(request);
  ASSERT_TRUE(first.ok());
  Object again = request;
  again.Set("filename", "copy.txt");
  const auto second = Ingest(again);
  ASSERT_TRUE(second.ok());
  EXPECT_NE(second->Find("duplicate"), nullptr);
  EXPECT_EQ(second->Find("id")->AsString(), first->Find("id")->AsString());
  EXPECT_EQ(second->Find("chunks")->AsInt(), 1);
  again.Set("owner", "u1");
  const auto owned = Ingest(again);
  ASSERT_TRUE(owned.ok());
  EXPECT_EQ(owned->Find("duplicate"), nullptr)
      << "another owner must not learn that the file is known";
  const auto owned_again = Ingest(again);
  ASSERT_TRUE(owned_again.ok());
  EXPECT_NE(owned_again->Find("duplicate"), nullptr);
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 2);
}

TEST_F(IngestTest, ADeletedDocumentIsRevived) {
  const Object request{
      {"filename", "a.txt"}, {"text", "Some text."}, {"contentHash", "h1"}, {"embed", "none"}};
  const auto first = Ingest(request);
  ASSERT_TRUE(first.ok());
  Run("UPDATE documents SET is_deleted = 1, deleted_at = 5");
  const auto second = Ingest(request);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->Find("id")->AsString(), first->Find("id")->AsString());
  EXPECT_EQ(Count("SELECT count(*) FROM documents WHERE is_deleted = 0 AND deleted_at IS NULL"), 1);
}

TEST_F(IngestTest, TheSameBytesInTwoJobsGiveOneDocument) {
  const Object request{
      {"filename", "a.txt"}, {"text", "Some text."}, {"contentHash", "h1"}, {"embed", "none"}};
  const int64_t first = OpenJob(request);
  const int64_t second = OpenJob(request);
  ASSERT_TRUE(ingest_->Step(first, 1000).ok());
  const auto done = ingest_->Step(second, 1000);
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(done->AsObject().Find("phase")->AsString(), "done");
  EXPECT_NE(done->AsObject().Find("duplicate"), nullptr);
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 1);
  EXPECT_FALSE(database_->in_transaction());
}

TEST_F(IngestTest, FailuresAreKeptOnceAndReplacedBySuccess) {
  const Object file{{"filename", "x.pdf"}, {"sizeBytes", 10}, {"contentHash", "h9"}};
  Object failure = file;
  failure.Set("error", Object{{"code", "UNSUPPORTED"}, {"message", "No reader for PDF."}});
  ASSERT_TRUE(ingest_->Fail(failure).ok());
  ASSERT_TRUE(ingest_->Fail(failure).ok());
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 1);
  EXPECT_EQ(QueryOne("SELECT status || '|' || error_message FROM documents").AsString(),
            "failed|UNSUPPORTED: No reader for PDF.");
  Object success = file;
  success.Set("text", "Now it can be read.");
  success.Set("embed", "none");
  const auto added = Ingest(success);
  ASSERT_TRUE(added.ok()) << added.status().message();
  EXPECT_EQ(Count("SELECT count(*) FROM documents"), 1);
  EXPECT_TRUE(QueryOne("SELECT error_message FROM documents").is_null());
  // Every file that failed has a row of its own, also when its bytes are those of another.
  for (const char* filename : {"y.pdf", "z.pdf"}) {
    failure.Set("filename", filename);
    ASSERT_TRUE(ingest_->Fail(failure).ok());
  }
  EXPECT_EQ(Count("SELECT count(*) FROM documents WHERE content_hash = 'h9'"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM documents WHERE status = 'failed'"), 2);
}

TEST_F(IngestTest, WhatIsNoTextIsRefusedWithAReason) {
  const auto refusal = [&](std::string text) {
    return Refused(Object{{"filename", "f"}, {"text", std::move(text)}, {"embed", "none"}});
  };
  EXPECT_NE(refusal("").message().find("no text"), std::string::npos);
  EXPECT_NE(refusal(" \n\t").message().find("no text"), std::string::npos);
  EXPECT_NE(refusal("\xEF\xBB\xBF").message().find("no text"), std::string::npos);
  EXPECT_NE(refusal(std::string("abc\0def", 7)).message().find("binary"), std::string::npos);
  EXPECT_NE(refusal("\x01\x02\x03\x04 some \x05\x06").message().find("binary"), std::string::npos);
  EXPECT_NE(refusal("caf\xE9").message().find("not valid Unicode"), std::string::npos);
  EXPECT_NE(refusal("\xED\xA0\x80").message().find("not valid Unicode"), std::string::npos);
  EXPECT_NE(refusal(std::string(IngestService::kMaxTextBytes + 1, 'x')).message().find("50 MiB"),
            std::string::npos);
  EXPECT_EQ(refusal("").code(), ErrorCode::INVALID_ARGUMENT);
  ExpectNothingStored();
}

TEST_F(IngestTest, EveryFieldIsChecked) {
  const Object good{{"filename", "a.txt"}, {"text", "Text."}, {"embed", "none"}};
  const std::vector<std::pair<std::string, Value>> bad = {
      {"filename", ""},      {"filename", std::string(1025, 'x')},
      {"filename", 5},       {"tags", "a"},
      {"tags", Array{1}},    {"sourceType", "carrier pigeon"},
      {"format", "docx"},    {"embed", "magic"},
      {"chunkSize", 99},     {"chunkSize", 10001},
      {"chunkOverlap", 500}, {"metadata", Array{}},
      {"sizeBytes", -1},     {"contentType", 7},
      {"chunks", Array{}},   {"chunks", Array{Object{{"text", ""}}}}};
  for (const auto& [field, value] : bad) {
    Object request = good;
    request.Set(field, value);
    EXPECT_EQ(Refused(request).code(), ErrorCode::INVALID_ARGUMENT) << field;
  }
  Object request = good;
  request.Set("owner", "nobody");
  EXPECT_EQ(Refused(request).code(), ErrorCode::NOT_FOUND);
  request = good;
  request.Set("project", "nothing");
  EXPECT_EQ(Refused(request).code(), ErrorCode::NOT_FOUND);
  request = good;
  request.Set("embed", "builtin");
  EXPECT_EQ(Refused(request).code(), ErrorCode::FAILED_PRECONDITION) << "no table is loaded";
}

TEST_F(IngestTest, ExternalVectorsAreAskedFor) {
  ASSERT_TRUE(embedders_.Use(Object{{"model", "m"}, {"dimensions", 3}}).ok());
  const int64_t job = OpenJob(Object{{"filename", "a.md"},
                                     {"text", "# T\n\nOne.\n\n## U\n\nTwo.\n"},
                                     {"format", "markdown"},
                                     {"embed", "external"}});
  EXPECT_EQ(ingest_->Texts(job, 0, 10).status().code(), ErrorCode::FAILED_PRECONDITION);
  const auto waiting = ingest_->Step(job, 100);
  ASSERT_TRUE(waiting.ok());
  EXPECT_EQ(waiting->AsObject().Find("phase")->AsString(), "embed");
  EXPECT_EQ(waiting->AsObject().Find("total")->AsInt(), 2);
  const auto texts = ingest_->Texts(job, 0, 10);
  ASSERT_TRUE(texts.ok());
  ASSERT_EQ(texts->AsArray().size(), 2U);
  EXPECT_EQ(texts->AsArray()[1].AsString(), "T > U\n## U\n\nTwo.");
  EXPECT_FALSE(ingest_->Vectors(job, 0, Array{Array{1.0, 0.0}}).ok()) << "wrong length";
  EXPECT_FALSE(ingest_->Vectors(job, 1, Array{Array{1, 0, 0}, Array{1, 0, 0}}).ok())
      << "beyond the last";
  EXPECT_TRUE(ingest_->Vectors(job, 1, Array{Array{0.0, 1.0, 0.0}}).ok());
  EXPECT_EQ(ingest_->Step(job, 100)->AsObject().Find("done")->AsInt(), 1);
  EXPECT_TRUE(ingest_->Vectors(job, 0, Array{Array{0, 0, 0}}).ok())
      << "a zero vector is stored as none";
  const auto done = ingest_->Step(job, 100);
  ASSERT_TRUE(done.ok()) << done.status().message();
  EXPECT_EQ(done->AsObject().Find("phase")->AsString(), "done");
  EXPECT_EQ(Count("SELECT count(*) FROM vector_points"), 1);
  EXPECT_EQ(Count("SELECT count(*) FROM document_chunks WHERE extra ->> '$.vector' = 'none' AND "
                  "chunk_index = 0"),
            1);
}

TEST_F(IngestTest, AnotherEmbedderMustEmbedAgain) {
  LoadEmbedder();
  Add("a.md", "Some text about databases.");
  ASSERT_TRUE(embedders_.Use(Object{{"model", "other"}, {"dimensions", 3}}).ok());
  const Status refused =
      Refused(Object{{"filename", "b.md"}, {"text", "More."}, {"embed", "external"}});
  EXPECT_EQ(refused.code(), ErrorCode::FAILED_PRECONDITION);
  EXPECT_NE(refused.message().find("reembed"), std::string::npos);
  // Without any vector left the collection takes on the new identity.
  Run("DELETE FROM documents");
  const int64_t job =
      OpenJob(Object{{"filename", "b.md"}, {"text", "More."}, {"embed", "external"}});
  ASSERT_TRUE(ingest_->Step(job, 10).ok());
  ASSERT_TRUE(ingest_->Vectors(job, 0, Array{Array{1, 0, 0}}).ok());
  ASSERT_TRUE(ingest_->Step(job, 10).ok());
  EXPECT_EQ(Count("SELECT dims FROM vector_collections"), 3);
  const auto collection = vectors_->Ready(kChunkCollection);
  ASSERT_TRUE(collection.ok());
  EXPECT_EQ((*collection)->index->count(), 1U);
}

TEST_F(IngestTest, GivenChunksAreTakenAsTheyAre) {
  const std::string text = "héllo 😀 world and more";
  const Object chunk{{"text", "😀 world"},
                     {"start", 6},
                     {"end", 14},
                     {"vector", Array{1, 0}},
                     {"metadata", Object{{"p", 1}}}};
  const auto added = Ingest(
      Object{{"filename", "a.txt"}, {"text", text}, {"embed", "none"}, {"chunks", Array{chunk}}});
  ASSERT_TRUE(added.ok()) << added.status().message();
  EXPECT_EQ(Count("SELECT start_char * 100 + end_char FROM document_chunks"), 614);
  EXPECT_EQ(QueryOne("SELECT metadata FROM document_chunks").AsString(), "{\"p\":1}");
  EXPECT_EQ(Count("SELECT dims FROM vector_collections"), 2);
  Object wrong = chunk;
  wrong.Set("start", 5);
  EXPECT_EQ(Refused(Object{{"filename", "b"}, {"text", text}, {"chunks", Array{wrong}}}).code(),
            ErrorCode::INVALID_ARGUMENT);
  Object bare = chunk;
  bare.Erase("vector");
  EXPECT_EQ(
      Refused(Object{{"filename", "b"}, {"text", text}, {"chunks", Array{chunk, bare}}}).code(),
      ErrorCode::INVALID_ARGUMENT);
}

TEST_F(IngestTest, FiftyMebibytesAreTakenInSlices) {
  // Counted, not timed: that no single step reads the whole text is what keeps a tab responsive.
  std::string text;
  while (text.size() < (size_t{2} << 20))
    text += "A line of a long log file with some words in it.\n\n";
  clock_.set_step(500);
  const int64_t job = OpenJob(Object{{"filename", "big.log"}, {"text", text}, {"embed", "none"}});
  int64_t last = 0;
  int steps = 0;
  while (true) {
    const auto step = ingest_->Step(job, 1);
    ASSERT_TRUE(step.ok());
    if (step->AsObject().Find("phase")->AsString() != "chunk") break;
    const int64_t done = step->AsObject().Find("done")->AsInt();
    EXPECT_LT(done - last, 400'000);
    last = done;
    ++steps;
  }
  EXPECT_GT(steps, 10);
  EXPECT_TRUE(ingest_->Cancel(job).ok());
}

}  // namespace
}  // namespace archivolt
