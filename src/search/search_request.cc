#include "search/search_request.h"

#include <algorithm>
#include <utility>

#include "knowledge/request.h"

namespace archivolt {
namespace {

constexpr size_t kMaxQueryBytes = size_t{1} << 20;
constexpr size_t kMaxIdBytes = 800;
constexpr size_t kMaxMarkBytes = 100;
constexpr int64_t kMaxLimit = 1000;
constexpr int64_t kMaxOffset = 10'000;

Status ReadKinds(const Object& request, SearchRequest* out) {
  const Value& kinds = Member(request, "kinds");
  if (kinds.is_null()) {
    for (const SearchKind& kind : AllSearchKinds()) {
      // A condition names columns, and those of documents are meant unless kinds are named.
      if (out->scope.where.is_null() || kind.is_documents) out->kinds.push_back(&kind);
    }
    return Status::Ok();
  }
  if (!kinds.is_array() || kinds.AsArray().empty())
    return BadArgument("kinds", "kinds must be an array of kinds");
  for (const Value& value : kinds.AsArray()) {
    const SearchKind* kind = value.is_string() ? FindSearchKind(value.AsString()) : nullptr;
    if (kind == nullptr) {
      return BadArgument(
          "kinds",
          "kinds must be of documents, decisions, stories, code_examples, messages, ai_requests");
    }
    if (std::find(out->kinds.begin(), out->kinds.end(), kind) == out->kinds.end())
      out->kinds.push_back(kind);
  }
  return Status::Ok();
}

Status ReadMode(const Object& request, SearchRequest* out) {
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> mode, OptionalText(request, "mode", 16));
  if (!mode || *mode == "hybrid") {
    out->mode = SearchMode::kHybrid;
  } else if (*mode == "semantic") {
    out->mode = SearchMode::kSemantic;
  } else if (*mode == "keyword") {
    out->mode = SearchMode::kKeyword;
  } else {
    return BadArgument("mode", "mode must be 'hybrid', 'semantic' or 'keyword'");
  }
  return Status::Ok();
}

Status ReadFusion(const Object& request, SearchRequest* out) {
  const Value& value = Member(request, "fusion");
  if (value.is_null()) return Status::Ok();
  if (!value.is_object()) return BadArgument("fusion", "fusion must be an object with a method");
  const Object& fusion = value.AsObject();
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> method, OptionalText(fusion, "method", 16));
  FusionOptions options;
  if (method && *method == "weighted") {
    AV_ASSIGN_OR_RETURN(options.bm25, WeightOr(fusion, "bm25", options.bm25));
    AV_ASSIGN_OR_RETURN(options.semantic, WeightOr(fusion, "semantic", options.semantic));
  } else if (method && *method == "rrf") {
    options.method = FusionOptions::Method::kReciprocalRank;
    options.bm25 = options.semantic = 1.0;
    AV_ASSIGN_OR_RETURN(options.k, WeightOr(fusion, "k", options.k));
    const Value& weights = Member(fusion, "weights");
    if (!weights.is_null()) {
      if (!weights.is_object())
        return BadArgument("weights", "weights must be an object with bm25 and semantic");
      AV_ASSIGN_OR_RETURN(options.bm25, WeightOr(weights.AsObject(), "bm25", 1.0));
      AV_ASSIGN_OR_RETURN(options.semantic, WeightOr(weights.AsObject(), "semantic", 1.0));
    }
  } else {
    return BadArgument("fusion", "fusion.method must be 'weighted' or 'rrf'");
  }
  if (options.bm25 + options.semantic <= 0)
    return BadArgument("fusion", "at least one weight must be above 0");
  out->fusion = options;
  return Status::Ok();
}

Status ReadSnippet(const Object& request, SearchRequest* out) {
  const Value& value = Member(request, "snippet");
  if (value.is_null()) return Status::Ok();
  if (!value.is_object()) return BadArgument("snippet", "snippet must be an object");
  AV_ASSIGN_OR_RETURN(const int64_t tokens, IntegerOr(value.AsObject(), "tokens", 32, 1, 1000));
  out->snippet.tokens = static_cast<size_t>(tokens);
  AV_ASSIGN_OR_RETURN(std::optional<std::string> before,
                      OptionalText(value.AsObject(), "before", kMaxMarkBytes));
  AV_ASSIGN_OR_RETURN(std::optional<std::string> after,
                      OptionalText(value.AsObject(), "after", kMaxMarkBytes));
  if (before) out->snippet.before = std::move(*before);
  if (after) out->snippet.after = std::move(*after);
  return Status::Ok();
}

}  // namespace

Result<SearchRequest> ReadSearchRequest(const Object& request) {
  SearchRequest out;
  const Value& query = Member(request, "query");
  if (!query.is_string() || query.AsString().size() > kMaxQueryBytes) {
    return BadArgument("query", "query must be a text of at most 1 MiB");
  }
  out.query = query.AsString();
  const Value& meaning = Member(request, "meaning");
  out.meaning = (meaning.is_string() ? meaning : query).AsString();
  if (const Value& vector = Member(request, "vector"); !vector.is_null()) {
    AV_ASSIGN_OR_RETURN(out.vector, VectorOf(vector));
  }
  if (out.query.empty() && out.vector.empty())
    return BadArgument("query", "query must not be empty");
  AV_ASSIGN_OR_RETURN(const int64_t limit, IntegerOr(request, "limit", 10, 1, kMaxLimit));
  AV_ASSIGN_OR_RETURN(const int64_t offset, IntegerOr(request, "offset", 0, 0, kMaxOffset));
  out.limit = static_cast<size_t>(limit);
  out.offset = static_cast<size_t>(offset);
  out.scope.where = Member(request, "where");
  AV_ASSIGN_OR_RETURN(out.scope.user, OptionalText(request, "user", kMaxIdBytes));
  AV_ASSIGN_OR_RETURN(out.scope.conversation, OptionalText(request, "conversation", kMaxIdBytes));
  AV_RETURN_IF_ERROR(ReadKinds(request, &out));
  AV_RETURN_IF_ERROR(ReadMode(request, &out));
  AV_RETURN_IF_ERROR(ReadFusion(request, &out));
  AV_RETURN_IF_ERROR(ReadSnippet(request, &out));
  if (const Value& embed = Member(request, "embed"); !embed.is_null()) {
    AV_ASSIGN_OR_RETURN(out.embed, ParseEmbedMode(embed, EmbedMode::kNone));
  }
  return out;
}

}  // namespace archivolt
