#include "knowledge/ingest.h"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "base/utf.h"
#include "knowledge/document_rows.h"
#include "knowledge/ingest_job.h"
#include "knowledge/request.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

using Phase = IngestJob::Phase;

// How much is done between two looks at the clock: well under a millisecond each.
constexpr int kChunksALook = 16;
constexpr size_t kEmbedsALook = 8;
constexpr size_t kMaxJobs = 64;
constexpr int64_t kMaxTextsACall = 10'000;

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kChunk:
      return "chunk";
    case Phase::kEmbed:
      return "embed";
    case Phase::kWrite:
      return "write";
    case Phase::kDone:
      break;
  }
  return "done";
}

/// The headings say what a passage is about when its own words do not.
std::string TextToEmbed(const IngestJob& job, size_t index) {
  std::string out;
  if (!job.request.has_chunks && !job.spans[index].heading.empty())
    out = job.spans[index].heading + "\n";
  out += ChunkText(job, index);
  return out;
}

Status NoMemory() {
  return Status(ErrorCode::OUT_OF_MEMORY, "There is not enough memory to take in the document.");
}

Result<IngestJob*> NoSuchJob(int64_t job) {
  return Status::NotFound("There is no ingest job of this number; it has ended or was cancelled.")
      .With("job", job);
}

}  // namespace

std::string_view ChunkText(const IngestJob& job, size_t index) {
  if (job.request.has_chunks) return job.request.chunks[index].text;
  const ChunkSpan& span = job.spans[index];
  return std::string_view(job.request.text).substr(span.begin8, span.end8 - span.begin8);
}

IngestService::IngestService(Database& database, Clock& clock, IdSource& ids, Embedders& embedders,
                             VectorRegistry& vectors, AuditContext& audit)
    : database_(database),
      clock_(clock),
      ids_(ids),
      embedders_(embedders),
      vectors_(vectors),
      audit_(audit) {}

IngestService::~IngestService() = default;

Result<IngestJob*> IngestService::FindJob(int64_t job) {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return NoSuchJob(job);
  return found->second.get();
}

Result<Value> IngestService::Open(const Object& raw, const ChunkOptions& chunking) {
  if (jobs_.size() >= kMaxJobs) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "64 documents are on their way in; finish or cancel one first.");
  }
  if (database_.read_only()) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The workspace is open read-only; nothing can be taken in.");
  }
  auto job = std::make_unique<IngestJob>();
  AV_ASSIGN_OR_RETURN(job->request, ReadIngestRequest(raw, kMaxTextBytes, chunking));
  IngestRequest& request = job->request;
  AV_RETURN_IF_ERROR(CheckReferences(database_, request.fields));
  AV_ASSIGN_OR_RETURN(const std::optional<KnownDocument> known,
                      FindSameBytes(database_, request.fields));
  if (known && known->status == "indexed") {
    if (known->deleted)
      AV_RETURN_IF_ERROR(ReviveDocument(database_, known->id, clock_.NowMicros()));
    return Value(Object{{"duplicate", Object{{"id", known->id}, {"chunks", known->chunks}}}});
  }

  job->vectors_given = request.has_chunks && !request.chunks.front().vector.empty();
  job->wants_vectors = job->vectors_given || request.embed != EmbedMode::kNone;
  if (job->vectors_given) {
    AV_RETURN_IF_ERROR(TakeGivenVectors(*job));
  } else if (job->wants_vectors) {
    AV_ASSIGN_OR_RETURN(job->identity, embedders_.Identity(request.embed));
  }
  if (job->wants_vectors) AV_RETURN_IF_ERROR(vectors_.AcceptsChunks(job->identity));
  if (request.has_chunks) {
    AV_RETURN_IF_ERROR(EndChunking(*job));
  } else {
    // Made here and not earlier: it refers to the text at its final address.
    job->chunker = std::make_unique<Chunker>(request.text, request.format, request.chunking,
                                             std::move(request.sections));
  }
  job->number = next_job_++;
  const int64_t number = job->number;
  jobs_.emplace(number, std::move(job));
  return Value(Object{{"job", number}});
}

Status IngestService::TakeGivenVectors(IngestJob& job) {
  const size_t dimensions = job.request.chunks.front().vector.size();
  // An identity that fits is the embedder's; vectors of unknown origin still tell their size.
  job.identity = EmbedderIdentity{"", dimensions, Metric::kCosine, ""};
  for (const EmbedMode mode : {EmbedMode::kExternal, EmbedMode::kBuiltin}) {
    const Result<EmbedderIdentity> identity = embedders_.Identity(mode);
    if (!identity.ok() || identity->dimensions != dimensions) continue;
    job.identity = *identity;
    break;
  }
  for (const GivenChunk& chunk : job.request.chunks) {
    if (chunk.vector.size() != dimensions)
      return BadArgument("chunks", "all vectors must have the same length");
    if (job.identity.metric == Metric::kCosine)
      AV_RETURN_IF_ERROR(CheckDirection(chunk.vector, "chunks"));
    job.vectors.insert(job.vectors.end(), chunk.vector.begin(), chunk.vector.end());
    job.has_vector.push_back(true);
  }
  return Status::Ok();
}

Status IngestService::EndChunking(IngestJob& job) {
  if (job.chunker) job.title = job.chunker->title();
  job.chunker.reset();
  const size_t count = job.chunk_count();
  if (count == 0) return BadArgument("text", "The document has no text.");
  job.phase = job.wants_vectors && !job.vectors_given ? Phase::kEmbed : Phase::kWrite;
  if (job.phase == Phase::kEmbed) {
    // With 32 bits the product may wrap.
    if (count > job.vectors.max_size() / job.identity.dimensions) return NoMemory();
    job.vectors.resize(count * job.identity.dimensions);
    job.has_vector.resize(count);
    job.received.assign(count, false);
    job.embedded = job.received_count = 0;
  }
  return Status::Ok();
}

Result<Value> IngestService::Step(int64_t number, int64_t budget_ms) {
  AV_ASSIGN_OR_RETURN(IngestJob * job, FindJob(number));
  if (writing_job_ != 0 && writing_job_ != number) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "Another document is being written; finish or cancel it first.")
        .With("job", writing_job_);
  }
  const int64_t deadline = clock_.NowMicros() + std::max<int64_t>(budget_ms, 0) * 1000;
  Status worked;
  try {
    worked = Work(*job, deadline);
  } catch (const std::bad_alloc&) {
    // The job's transaction must not stay open: all that is written after it would hang on it.
    worked = NoMemory();
  }
  if (!worked.ok()) {
    // Nothing of a failed document stays. Its error says more than one of rolling back could.
    static_cast<void>(Cancel(number));
    return worked;
  }
  const auto count = static_cast<int64_t>(job->chunk_count());
  int64_t done = count;
  int64_t total = count;
  Object out{{"phase", PhaseName(job->phase)}};
  switch (job->phase) {
    case Phase::kChunk:
      done = static_cast<int64_t>(job->chunker->consumed());
      total = static_cast<int64_t>(job->request.text.size());
      break;
    case Phase::kEmbed:
      done = static_cast<int64_t>(job->WaitsForVectors() ? job->received_count : job->embedded);
      out.Set("waits", job->WaitsForVectors());
      break;
    case Phase::kWrite:
      done = static_cast<int64_t>(job->written);
      break;
    case Phase::kDone: {
      const int64_t stored = job->duplicate ? static_cast<int64_t>(job->duplicate_chunks) : count;
      out.Set("document", Object{{"id", job->document_id}, {"chunks", stored}});
      if (job->duplicate) out.Set("duplicate", true);
      jobs_.erase(number);
      break;
    }
  }
  out.Set("done", done);
  out.Set("total", total);
  return Value(std::move(out));
}

Status IngestService::Work(IngestJob& job, int64_t deadline) {
  AV_RETURN_IF_ERROR(FollowEmbedder(job));
  do {
    switch (job.phase) {
      case Phase::kChunk:
        AV_RETURN_IF_ERROR(ChunkSlice(job, deadline));
        break;
      case Phase::kEmbed:
        if (job.request.embed == EmbedMode::kExternal) {
          if (job.received_count < job.chunk_count()) return Status::Ok();  // the caller's turn
          job.phase = Phase::kWrite;
        } else {
          AV_RETURN_IF_ERROR(EmbedSlice(job, deadline));
        }
        break;
      case Phase::kWrite:
        AV_RETURN_IF_ERROR(WriteSlice(job, deadline));
        break;
      case Phase::kDone:
        return Status::Ok();
    }
  } while (clock_.NowMicros() < deadline);
  return Status::Ok();
}

Status IngestService::ChunkSlice(IngestJob& job, int64_t deadline) {
  do {
    for (int i = 0; i < kChunksALook; ++i) {
      ChunkSpan span;
      if (!job.chunker->Next(&span)) return EndChunking(job);
      job.spans.push_back(std::move(span));
    }
  } while (clock_.NowMicros() < deadline);
  return Status::Ok();
}

/// Begins to embed anew where another embedder has become the present one since the last step.
Status IngestService::FollowEmbedder(IngestJob& job) {
  if (!job.wants_vectors || job.vectors_given || job.transaction) return Status::Ok();
  const std::optional<EmbedderIdentity> present = embedders_.Present();
  if (!present || SameEmbedder(*present, job.identity)) return Status::Ok();
  job.identity = *present;
  job.request.embed = embedders_.has_external() ? EmbedMode::kExternal : EmbedMode::kBuiltin;
  return job.phase == Phase::kChunk ? Status::Ok() : EndChunking(job);
}

Status IngestService::EmbedSlice(IngestJob& job, int64_t deadline) {
  StaticEmbedder* embedder = embedders_.builtin();
  if (embedder == nullptr || embedder->fingerprint() != job.identity.fingerprint) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The built-in embedder was changed while a document was on its way in.");
  }
  const size_t dimensions = job.identity.dimensions;
  const size_t count = job.chunk_count();
  do {
    const size_t end = std::min(job.embedded + kEmbedsALook, count);
    for (; job.embedded < end; ++job.embedded) {
      const std::span<float> out(job.vectors.data() + job.embedded * dimensions, dimensions);
      embedder->Embed(TextToEmbed(job, job.embedded), out);
      job.has_vector[job.embedded] = SquaredNorm(out) > 0;
    }
  } while (job.embedded < count && clock_.NowMicros() < deadline);
  if (job.embedded == count) job.phase = Phase::kWrite;
  return Status::Ok();
}

Result<IngestJob*> IngestService::FindWaiting(int64_t number) {
  AV_ASSIGN_OR_RETURN(IngestJob * job, FindJob(number));
  if (job->WaitsForVectors()) return job;
  return Status(ErrorCode::FAILED_PRECONDITION, "The job is not waiting for vectors.")
      .With("job", number);
}

Result<Value> IngestService::Texts(int64_t number, int64_t from, int64_t limit) {
  AV_ASSIGN_OR_RETURN(const IngestJob* job, FindWaiting(number));
  if (from < 0 || limit < 0) return BadArgument("from", "from and limit must not be negative");
  const auto count = static_cast<int64_t>(job->chunk_count());
  const auto begin = static_cast<size_t>(std::min(from, count));
  const auto wanted = static_cast<size_t>(std::min(limit, kMaxTextsACall));
  const size_t end = begin + std::min(wanted, job->chunk_count() - begin);
  Array texts;
  for (size_t i = begin; i < end; ++i) texts.emplace_back(TextToEmbed(*job, i));
  return Value(std::move(texts));
}

Status IngestService::Vectors(int64_t number, int64_t from, const Array& vectors) {
  AV_ASSIGN_OR_RETURN(IngestJob * job, FindWaiting(number));
  const size_t count = job->chunk_count();
  if (from < 0 || from > static_cast<int64_t>(count) ||
      vectors.size() > count - static_cast<size_t>(from)) {
    return BadArgument("vectors", "there are more vectors than chunks");
  }
  const size_t dimensions = job->identity.dimensions;
  AV_ASSIGN_OR_RETURN(const std::vector<std::vector<float>> checked,
                      VectorsOf(vectors, vectors.size(), dimensions));
  for (size_t i = 0; i < checked.size(); ++i) {
    const size_t index = static_cast<size_t>(from) + i;
    std::copy(checked[i].begin(), checked[i].end(),
              job->vectors.begin() + static_cast<std::ptrdiff_t>(index * dimensions));
    job->has_vector[index] = SquaredNorm(checked[i]) > 0;
    if (!job->received[index]) ++job->received_count;
    job->received[index] = true;
  }
  return Status::Ok();
}

Status IngestService::Cancel(int64_t number) {
  const auto found = jobs_.find(number);
  if (found == jobs_.end()) return Status::Ok();
  Status undone;
  if (found->second->transaction) undone = found->second->transaction->Rollback();
  if (writing_job_ == number) writing_job_ = 0;
  jobs_.erase(found);
  return undone;
}

}  // namespace archivolt
