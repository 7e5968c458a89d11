// How FTS5 hands out its functions: https://sqlite.org/fts5.html#extending_fts5
#include "storage/full_text.h"

#include <exception>
#include <span>
#include <string>

#include "sqlite3.h"
#include "storage/connection.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

constexpr const char* kPointerType = "archivolt_phrases";

struct Request {
  std::span<const double> weights;
  bool with_common;
  FullTextMatches* out;
  Connection& connection;
};

struct PhraseReader {
  const Request& request;
  PhraseRows& phrase;
};

/// Called by FTS5 with each row that holds the phrase.
int ReadRow(const Fts5ExtensionApi* api, Fts5Context* fts, void* self) {
  auto& [request, phrase] = *static_cast<PhraseReader*>(self);
  Fts5PhraseIter place;
  int column = 0;
  int offset = 0;
  int code = api->xPhraseFirst(fts, 0, &place, &column, &offset);
  if (code != SQLITE_OK) return code;
  double frequency = 0;
  for (; column >= 0; api->xPhraseNext(fts, &place, &column, &offset)) {
    const auto i = static_cast<size_t>(column);
    frequency += i < request.weights.size() ? request.weights[i] : 1.0;
  }
  try {
    phrase.rows.push_back({api->xRowid(fts), frequency});
  } catch (const std::exception&) {
    return SQLITE_NOMEM;
  }
  if (phrase.common || 2 * static_cast<int64_t>(phrase.rows.size()) < request.out->rows)
    return SQLITE_OK;
  phrase.common = true;
  return request.with_common ? SQLITE_OK : SQLITE_DONE;
}

int ReadAll(const Fts5ExtensionApi* api, Fts5Context* fts, Request& request) {
  FullTextMatches& out = *request.out;
  sqlite3_int64 rows = 0;
  sqlite3_int64 tokens = 0;
  int code = api->xRowCount(fts, &rows);
  if (code == SQLITE_OK) code = api->xColumnTotalSize(fts, -1, &tokens);
  if (code != SQLITE_OK) return code;
  out.rows = rows;
  out.tokens = tokens;
  try {
    out.phrases.resize(static_cast<size_t>(api->xPhraseCount(fts)));
  } catch (const std::exception&) {
    return SQLITE_NOMEM;
  }
  for (size_t i = 0; i < out.phrases.size(); ++i) {
    // SQLite asks by itself between its machine's steps only, and all of this is one.
    if (request.connection.ShouldStop()) return SQLITE_INTERRUPT;
    PhraseReader reader{request, out.phrases[i]};
    code = api->xQueryPhrase(fts, static_cast<int>(i), &reader, &ReadRow);
    if (code != SQLITE_OK) return code;
    if (reader.phrase.common && !request.with_common) reader.phrase.rows = {};
  }
  return SQLITE_OK;
}

/// archivolt_phrases(index, request), called with the first row that matches.
void Phrases(const Fts5ExtensionApi* api, Fts5Context* fts, sqlite3_context* context, int size,
             sqlite3_value** values) {
  auto* request =
      size == 1 ? static_cast<Request*>(sqlite3_value_pointer(values[0], kPointerType)) : nullptr;
  const int code = request != nullptr ? ReadAll(api, fts, *request) : SQLITE_MISUSE;
  if (code != SQLITE_OK) sqlite3_result_error_code(context, code);
}

}  // namespace

Result<FullTextMatches> Connection::ReadPhrases(std::string_view index, std::string_view expression,
                                                std::span<const double> weights, bool with_common) {
  if (!reads_phrases_) {
    AV_ASSIGN_OR_RETURN(Statement api, Prepare("SELECT fts5(?1)", SqlPolicy::kTrusted));
    fts5_api* fts5 = nullptr;
    AV_RETURN_IF_ERROR(api.BindPointer(1, &fts5, "fts5_api_ptr"));
    AV_RETURN_IF_ERROR(api.Step().status());
    const int code = fts5 == nullptr
                         ? SQLITE_ERROR
                         : fts5->xCreateFunction(fts5, kPointerType, nullptr, &Phrases, nullptr);
    if (code != SQLITE_OK) return StatusFromConnection(handle_, code);
    reads_phrases_ = true;
  }
  std::string sql = "SELECT archivolt_phrases(";
  sql.append(index)
      .append(", ?2) FROM ")
      .append(index)
      .append(" WHERE ")
      .append(index)
      .append(" MATCH ?1 LIMIT 1");
  FullTextMatches out;
  Request request{weights, with_common, &out, *this};
  AV_ASSIGN_OR_RETURN(Statement rows, Prepare(sql, SqlPolicy::kTrusted));
  AV_RETURN_IF_ERROR(rows.Bind(1, expression));
  AV_RETURN_IF_ERROR(rows.BindPointer(2, &request, kPointerType));
  AV_RETURN_IF_ERROR(rows.Step().status());
  return out;
}

}  // namespace archivolt
