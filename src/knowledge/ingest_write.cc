// The write phase of ingest and the record of files that could not be taken in.
#include <algorithm>
#include <utility>

#include "knowledge/document_rows.h"
#include "knowledge/ingest.h"
#include "knowledge/ingest_job.h"
#include "knowledge/request.h"
#include "text/snippet.h"

namespace archivolt {
namespace {

constexpr size_t kRowsALook = 8;
constexpr size_t kSummaryTokens = 50;

/// Labels are 32 bits wide in the index.
constexpr int64_t kMaxLabel = 4294967295;

Result<int64_t> NextKey(Database& database, std::string_view sql) {
  AV_ASSIGN_OR_RETURN(const Value highest, database.QueryValue(sql));
  return (highest.is_int() ? highest.AsInt() : 0) + 1;
}

/// The first words of the first passage, without its heading line.
std::string Summary(std::string_view text) {
  while (text.starts_with("#")) {
    const size_t line_end = text.find('\n');
    if (line_end == std::string_view::npos) break;
    text = text.substr(line_end + 1);
    text = text.substr(std::min(text.find_first_not_of("\r\n \t"), text.size()));
  }
  return MakeSnippet(text, {}, {.tokens = kSummaryTokens});
}

}  // namespace

Status IngestService::WriteSlice(IngestJob& job, int64_t deadline) {
  if (!job.transaction) {
    AV_RETURN_IF_ERROR(BeginWrite(job));
  }
  if (job.duplicate) return Status::Ok();
  const size_t count = job.chunk_count();
  // The document's entry in the audit trail stands for its chunks.
  const AuditContext::Silence silence(audit_);
  do {
    const size_t end = std::min(job.written + kRowsALook, count);
    for (; job.written < end; ++job.written) AV_RETURN_IF_ERROR(WriteChunk(job, job.written));
  } while (job.written < count && clock_.NowMicros() < deadline);
  return job.written == count ? FinishWrite(job) : Status::Ok();
}

Status IngestService::BeginWrite(IngestJob& job) {
  const DocumentFields& fields = job.request.fields;
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  job.transaction = std::move(transaction);
  writing_job_ = job.number;

  // The same bytes may have come in since the job was opened.
  AV_ASSIGN_OR_RETURN(const std::optional<KnownDocument> known, FindSameBytes(database_, fields));
  if (known && known->status == "indexed") {
    if (known->deleted)
      AV_RETURN_IF_ERROR(ReviveDocument(database_, known->id, clock_.NowMicros()));
    AV_RETURN_IF_ERROR(job.transaction->Commit());
    job.transaction.reset();
    writing_job_ = 0;
    job.duplicate = true;
    job.document_id = known->id;
    job.duplicate_chunks = static_cast<size_t>(known->chunks);
    job.phase = IngestJob::Phase::kDone;
    return Status::Ok();
  }
  if (job.wants_vectors) {
    AV_ASSIGN_OR_RETURN(job.collection_id, vectors_.ForChunks(job.identity));
  }
  job.now = clock_.NowMicros();
  job.document_id = known ? known->id : ids_.NewId();
  if (known) {
    const AuditContext::Silence silence(audit_);
    AV_ASSIGN_OR_RETURN(Statement clear,
                        database_.Prepare("DELETE FROM document_chunks WHERE document_id = ?1"));
    AV_RETURN_IF_ERROR(clear.Bind(1, known->id));
    AV_RETURN_IF_ERROR(clear.Run());
  }
  AV_RETURN_IF_ERROR(RemoveFailedRows(database_, fields, job.document_id));
  const std::string summary = Summary(ChunkText(job, 0));
  DocumentState state;
  state.id = job.document_id;
  state.status = "indexed";
  state.display_name = job.title.empty() ? BaseName(fields.filename) : std::string_view(job.title);
  state.content = job.request.text;
  state.content_summary = summary;
  state.chunks = static_cast<int64_t>(job.chunk_count());
  state.now = job.now;
  AV_RETURN_IF_ERROR(WriteDocumentRow(database_, fields, state));
  AV_ASSIGN_OR_RETURN(job.next_chunk_pk, NextKey(database_, "SELECT max(pk) FROM document_chunks"));
  AV_ASSIGN_OR_RETURN(job.next_label, NextKey(database_, "SELECT max(pk) FROM vector_points"));
  return Status::Ok();
}

Status IngestService::WriteChunk(IngestJob& job, size_t index) {
  const bool given = job.request.has_chunks;
  const std::string chunk_id = ids_.NewId();
  const int64_t chunk_pk = job.next_chunk_pk++;
  AV_ASSIGN_OR_RETURN(
      Statement chunk,
      database_.Prepare(
          "INSERT INTO document_chunks(pk, id, document_id, chunk_index, heading, script, "
          "start_char, end_char, offset_unit, metadata, created_at, chunk_text, extra) "
          "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"));
  AV_RETURN_IF_ERROR(chunk.BindAll(chunk_pk, chunk_id, job.document_id, index));
  if (given) {
    const GivenChunk& source = job.request.chunks[index];
    const ChunkScript script = ScriptOf(source.text, job.request.format == ChunkFormat::kCode);
    AV_RETURN_IF_ERROR(chunk.Bind(5, nullptr));
    AV_RETURN_IF_ERROR(chunk.Bind(6, ChunkScriptName(script)));
    AV_RETURN_IF_ERROR(chunk.Bind(7, source.start ? Value(*source.start) : Value()));
    AV_RETURN_IF_ERROR(chunk.Bind(8, source.end ? Value(*source.end) : Value()));
    AV_RETURN_IF_ERROR(chunk.Bind(9, source.start ? Value("utf16") : Value()));
    AV_RETURN_IF_ERROR(chunk.Bind(10, source.metadata));
    AV_RETURN_IF_ERROR(chunk.BindBorrowed(12, source.text));
  } else {
    const ChunkSpan& span = job.spans[index];
    AV_RETURN_IF_ERROR(chunk.Bind(5, span.heading.empty() ? Value() : Value(span.heading)));
    AV_RETURN_IF_ERROR(chunk.Bind(6, ChunkScriptName(span.script)));
    AV_RETURN_IF_ERROR(chunk.Bind(7, span.start16));
    AV_RETURN_IF_ERROR(chunk.Bind(8, span.end16));
    AV_RETURN_IF_ERROR(chunk.Bind(9, "utf16"));
    AV_RETURN_IF_ERROR(chunk.Bind(10, nullptr));
    AV_RETURN_IF_ERROR(chunk.BindBorrowed(12, ChunkText(job, index)));
  }
  AV_RETURN_IF_ERROR(chunk.Bind(11, job.now));
  // A text of which the embedder knows nothing: not to be taken for one whose vector was lost.
  if (job.wants_vectors && !job.has_vector[index]) {
    AV_RETURN_IF_ERROR(chunk.Bind(13, R"({"vector":"none"})"));
  }
  AV_RETURN_IF_ERROR(chunk.Run());

  if (!job.wants_vectors || !job.has_vector[index]) return Status::Ok();
  if (job.next_label > kMaxLabel) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The workspace holds as many vectors as can be numbered.");
  }
  const size_t dimensions = job.identity.dimensions;
  const BytesView bytes(reinterpret_cast<const uint8_t*>(job.vectors.data() + index * dimensions),
                        dimensions * sizeof(float));
  AV_ASSIGN_OR_RETURN(
      Statement point,
      database_.Prepare(
          "INSERT INTO vector_points(pk, id, collection_id, point_uid, chunk_id, created_at, "
          "vector) VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)"));
  AV_RETURN_IF_ERROR(
      point.BindAll(job.next_label++, ids_.NewId(), job.collection_id, chunk_id, job.now));
  AV_RETURN_IF_ERROR(point.BindBorrowed(6, bytes));
  return point.Run();
}

Status IngestService::FinishWrite(IngestJob& job) {
  AV_RETURN_IF_ERROR(job.transaction->Commit());
  job.transaction.reset();
  writing_job_ = 0;
  job.phase = IngestJob::Phase::kDone;
  return Status::Ok();
}

Result<Value> IngestService::Fail(const Object& request) {
  if (writing_job_ != 0) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "A document is being written; finish or cancel it first.");
  }
  AV_ASSIGN_OR_RETURN(const DocumentFields fields, ReadDocumentFields(request));
  const Value& error = Member(request, "error");
  if (!error.is_object())
    return BadArgument("error", "error must be an object with code and message");
  AV_ASSIGN_OR_RETURN(std::string message, RequiredText(error.AsObject(), "message", 8000));
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> code,
                      OptionalText(error.AsObject(), "code", 100));
  if (code && !code->empty()) message = *code + ": " + message;

  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database_));
  AV_RETURN_IF_ERROR(CheckReferences(database_, fields));
  AV_RETURN_IF_ERROR(RemoveFailedRows(database_, fields, ""));
  const std::string id = ids_.NewId();
  DocumentState state;
  state.id = id;
  state.status = "failed";
  state.error_message = message;
  state.display_name = BaseName(fields.filename);
  state.now = clock_.NowMicros();
  AV_RETURN_IF_ERROR(WriteDocumentRow(database_, fields, state));
  AV_RETURN_IF_ERROR(transaction.Commit());
  return Value(Object{{"id", id}});
}

}  // namespace archivolt
