#include "knowledge/embedders.h"

#include <bit>
#include <cstring>
#include <utility>

#include "knowledge/request.h"
#include "vector/kernels.h"

namespace archivolt {
namespace {

// Embedding one text takes microseconds; this bounds the answer's size, not the time.
constexpr size_t kMaxTexts = 10'000;
constexpr int64_t kMaxDimensions = 16384;

}  // namespace

static_assert(std::endian::native == std::endian::little,
              "vectors are stored as little-endian float32");

Result<EmbedMode> ParseEmbedMode(const Value& value, EmbedMode fallback) {
  if (value.is_null()) return fallback;
  if (value.is_string()) {
    if (value.AsString() == "builtin") return EmbedMode::kBuiltin;
    if (value.AsString() == "external") return EmbedMode::kExternal;
    if (value.AsString() == "none") return EmbedMode::kNone;
  }
  return BadArgument("embed", "embed must be 'builtin', 'external' or 'none'");
}

std::string_view MetricName(Metric metric) {
  switch (metric) {
    case Metric::kInnerProduct:
      return "ip";
    case Metric::kL2:
      return "l2";
    case Metric::kCosine:
      break;
  }
  return "cosine";
}

Result<Metric> ParseMetric(std::string_view name) {
  if (name == "cosine") return Metric::kCosine;
  if (name == "ip") return Metric::kInnerProduct;
  if (name == "l2") return Metric::kL2;
  return BadArgument("metric", "metric must be 'cosine', 'ip' or 'l2'");
}

Result<Value> Embedders::Load(BytesView table) {
  AV_ASSIGN_OR_RETURN(StaticEmbedder loaded, StaticEmbedder::Load(table));
  builtin_.emplace(std::move(loaded));
  return Value(Object{{"model", builtin_->model()},
                      {"dimensions", static_cast<int64_t>(builtin_->dimensions())},
                      {"fingerprint", builtin_->fingerprint()}});
}

Result<EmbedderIdentity> ParseIdentity(const Object& request) {
  EmbedderIdentity identity;
  AV_ASSIGN_OR_RETURN(identity.model, RequiredText(request, "model", 200));
  AV_ASSIGN_OR_RETURN(const int64_t dimensions,
                      IntegerOr(request, "dimensions", 0, 1, kMaxDimensions));
  if (dimensions == 0) return BadArgument("dimensions", "dimensions must be given");
  identity.dimensions = static_cast<size_t>(dimensions);
  AV_ASSIGN_OR_RETURN(const std::optional<std::string> metric, OptionalText(request, "metric", 16));
  AV_ASSIGN_OR_RETURN(identity.metric, ParseMetric(metric.value_or("cosine")));
  AV_ASSIGN_OR_RETURN(std::optional<std::string> print, OptionalText(request, "fingerprint", 200));
  identity.fingerprint = std::move(print).value_or("");
  return identity;
}

Status Embedders::Use(const Object& request) {
  AV_ASSIGN_OR_RETURN(external_, ParseIdentity(request));
  return Status::Ok();
}

Result<Value> Embedders::Embed(const Array& texts) {
  if (!builtin_) return Identity(EmbedMode::kBuiltin).status();
  if (texts.size() > kMaxTexts)
    return BadArgument("texts", "at most 10,000 texts can be embedded in one call");
  Array vectors;
  Array coverage;
  std::vector<float> vector(builtin_->dimensions());
  for (const Value& text : texts) {
    if (!text.is_string()) return BadArgument("texts", "texts must be an array of texts");
    coverage.emplace_back(static_cast<double>(builtin_->Embed(text.AsString(), vector)));
    vectors.emplace_back(ToBytes(vector));
  }
  Object out{{"vectors", std::move(vectors)}};
  out.Set("coverage", std::move(coverage));
  return Value(std::move(out));
}

Result<EmbedderIdentity> Embedders::Identity(EmbedMode mode) const {
  if (mode == EmbedMode::kBuiltin) {
    if (builtin_) {
      return EmbedderIdentity{builtin_->model(), builtin_->dimensions(), Metric::kCosine,
                              builtin_->fingerprint()};
    }
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "The built-in embedder's table is not loaded; call embedder.load first.");
  }
  if (mode == EmbedMode::kExternal) {
    if (external_) return *external_;
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "No external embedder was named; call embedder.use first.");
  }
  return Status(ErrorCode::FAILED_PRECONDITION,
                "Without an embedder there are no vectors to make or to compare.");
}

std::optional<EmbedderIdentity> Embedders::Present() const {
  const Result<EmbedderIdentity> present =
      Identity(external_ ? EmbedMode::kExternal : EmbedMode::kBuiltin);
  return present.ok() ? std::optional(*present) : std::nullopt;
}

Result<std::vector<float>> VectorOf(const Value& value) {
  std::vector<float> out;
  if (value.is_bytes()) {
    const BytesView bytes = value.AsBytes();
    if (bytes.empty() || bytes.size() % sizeof(float) != 0) {
      return BadArgument("vector", "a vector must be float32 values, 4 bytes each");
    }
    out.resize(bytes.size() / sizeof(float));
    std::memcpy(out.data(), bytes.data(), bytes.size());
  } else if (value.is_array() && !value.AsArray().empty()) {
    out.reserve(value.AsArray().size());
    for (const Value& number : value.AsArray()) {
      if (!number.is_number()) return BadArgument("vector", "a vector must consist of numbers");
      out.push_back(static_cast<float>(number.AsNumber()));
    }
  } else {
    return BadArgument("vector", "a vector must be a Float32Array or an array of numbers");
  }
  if (!IsFiniteVector(out))
    return BadArgument("vector", "a vector must not contain NaN or infinities");
  return out;
}

Result<std::vector<std::vector<float>>> VectorsOf(const Array& vectors, size_t count,
                                                  size_t dimensions) {
  if (vectors.size() != count)
    return BadArgument("vectors", "there must be one vector for each of the latest texts");
  std::vector<std::vector<float>> out;
  for (const Value& value : vectors) {
    AV_ASSIGN_OR_RETURN(std::vector<float> vector, VectorOf(value));
    if (vector.size() != dimensions) {
      return BadArgument("vectors", "a vector has " + std::to_string(vector.size()) +
                                        " values, the embedder says " + std::to_string(dimensions));
    }
    out.push_back(std::move(vector));
  }
  return out;
}

Status CheckDirection(std::span<const float> vector, std::string_view argument) {
  if (SquaredNorm(vector) > 0) return Status::Ok();
  return BadArgument(argument, "a zero vector has no direction and cannot be compared by cosine");
}

Bytes ToBytes(std::span<const float> vector) {
  Bytes bytes(vector.size() * sizeof(float));
  std::memcpy(bytes.data(), vector.data(), bytes.size());
  return bytes;
}

}  // namespace archivolt
