// IngestService: takes documents in: text -> chunks -> vectors -> rows, in slices, one commit a
// document.
//
// Owns the jobs. A job lives in memory until its single write transaction; nothing of it is visible
// before the commit and nothing remains after Cancel or an error. Does not extract text from files
// (the caller does). Invariants: 1. every chunk's text is content.slice(start, end) in UTF-16
// units; 2. at most one job writes at a time and nobody else may use the database between its
// steps; 3. a failed step ends its job. Durability: a step that answers phase 'done' has committed.
// Errors: INVALID_ARGUMENT {argument}, NOT_FOUND (owner, project, job), FAILED_PRECONDITION (other
// embedder).
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "base/value.h"
#include "knowledge/embedders.h"
#include "knowledge/vector_registry.h"
#include "records/audit_context.h"
#include "storage/database.h"
#include "text/chunker.h"

namespace archivolt {

struct IngestJob;

class IngestService {
 public:
  /// Longest text of one document, in bytes of UTF-8.
  static constexpr size_t kMaxTextBytes = size_t{50} * 1024 * 1024;

  /// All must outlive the service.
  IngestService(Database& database, Clock& clock, IdSource& ids, Embedders& embedders,
                VectorRegistry& vectors, AuditContext& audit);
  ~IngestService();

  /// {filename, text, contentHash?, sizeBytes?, format?, contentType?, category?, tags?, owner?,
  /// project?, url?, sourceType?, metadata?, chunkSize?, chunkOverlap?, embed?, chunks?} -> {job}
  /// or {duplicate: {id, chunks}}.
  /// The embedder that is present at a step embeds, whatever the request named. `chunking`: what
  /// holds unless the request names chunkSize or chunkOverlap.
  Result<Value> Open(const Object& request, const ChunkOptions& chunking = {});
  /// Works for about budget_ms (at least one piece) -> {phase: 'chunk'|'embed'|'write'|'done',
  /// done, total, waits?, document?: {id, chunks}, duplicate?: true}. chunk counts bytes, the other
  /// phases chunks. waits, with 'embed': it stays there until Vectors has brought all, those of the
  /// embedder that is present now. duplicate: the same bytes came in while this job was open.
  Result<Value> Step(int64_t job, int64_t budget_ms);
  /// Texts to embed outside, from index `from`, at most `limit`. FAILED_PRECONDITION before phase
  /// 'embed'.
  Result<Value> Texts(int64_t job, int64_t from, int64_t limit);
  /// Their vectors. INVALID_ARGUMENT: wrong length, not finite, beyond the last chunk.
  Status Vectors(int64_t job, int64_t from, const Array& vectors);
  /// Rolls back and forgets the job; unknown jobs are ignored.
  Status Cancel(int64_t job);
  /// Records a file that could not be taken in: {filename, contentHash?, ..., error: {code,
  /// message}} -> {id}.
  Result<Value> Fail(const Object& request);

 private:
  Result<IngestJob*> FindJob(int64_t job);
  Result<IngestJob*> FindWaiting(int64_t job);
  Status TakeGivenVectors(IngestJob& job);
  Status EndChunking(IngestJob& job);
  Status Work(IngestJob& job, int64_t deadline);
  Status ChunkSlice(IngestJob& job, int64_t deadline);
  Status EmbedSlice(IngestJob& job, int64_t deadline);
  Status FollowEmbedder(IngestJob& job);
  Status WriteSlice(IngestJob& job, int64_t deadline);
  Status BeginWrite(IngestJob& job);
  Status WriteChunk(IngestJob& job, size_t index);
  Status FinishWrite(IngestJob& job);

  Database& database_;
  Clock& clock_;
  IdSource& ids_;
  Embedders& embedders_;
  VectorRegistry& vectors_;
  AuditContext& audit_;
  std::map<int64_t, std::unique_ptr<IngestJob>> jobs_;
  int64_t next_job_ = 1;
  int64_t writing_job_ = 0;  // 0 = none
};

}  // namespace archivolt
