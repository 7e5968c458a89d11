// Embedders: who turns text into vectors in this workspace: the built-in table, or somebody
// outside.
//
// Owns the loaded table and the identity of an external embedder. Does not store anything: the
// identity is written beside the vectors by the vector registry, which compares it before anything
// is added or searched. Errors: those of StaticEmbedder::Load, FAILED_PRECONDITION when an embedder
// is asked for that is not there.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "base/value.h"
#include "text/embedder.h"
#include "vector/vector_index.h"

namespace archivolt {

/// "builtin": the table embeds in here. "external": the caller brings vectors. "none": no vectors.
enum class EmbedMode { kBuiltin, kExternal, kNone };
/// INVALID_ARGUMENT unless value is one of the three texts; null gives `fallback`.
Result<EmbedMode> ParseEmbedMode(const Value& value, EmbedMode fallback);

/// Vectors of equal identity may be compared with one another.
struct EmbedderIdentity {
  std::string model;
  size_t dimensions = 0;
  Metric metric = Metric::kCosine;
  std::string fingerprint;  ///< empty = not known; then model, dimensions and metric decide
};

std::string_view MetricName(Metric metric);  ///< "cosine", "ip" or "l2"
Result<Metric> ParseMetric(std::string_view name);

/// {model, dimensions 1..16384, metric?, fingerprint?} of an external embedder. INVALID_ARGUMENT.
Result<EmbedderIdentity> ParseIdentity(const Object& identity);

class Embedders {
 public:
  /// embedder.load: takes in a table. Answers {model, dimensions, fingerprint}.
  Result<Value> Load(BytesView table);
  /// embedder.use: the external embedder, which is the present one from now on.
  Status Use(const Object& identity);
  void Use(EmbedderIdentity identity) { external_ = std::move(identity); }
  /// embedder.embed: built-in vectors. Answers {vectors: [bytes, float32 little-endian], coverage:
  /// [0..1, the share of each text's words that the table knows]}.
  Result<Value> Embed(const Array& texts);

  /// The built-in embedder, or nullptr before Load.
  StaticEmbedder* builtin() { return builtin_ ? &*builtin_ : nullptr; }
  /// FAILED_PRECONDITION when the mode's embedder was not given, or for kNone.
  Result<EmbedderIdentity> Identity(EmbedMode mode) const;
  /// Who embeds rows and queries here: the external embedder where one was named, else the built-in
  /// one; nothing before either is there.
  std::optional<EmbedderIdentity> Present() const;
  bool has_external() const { return external_.has_value(); }

 private:
  std::optional<StaticEmbedder> builtin_;
  std::optional<EmbedderIdentity> external_;
};

/// Floats of a vector argument: bytes of a whole number of float32, or an array of numbers.
/// INVALID_ARGUMENT otherwise, and when a value is not finite.
Result<std::vector<float>> VectorOf(const Value& value);

/// `count` of them, of `dimensions` values each. INVALID_ARGUMENT otherwise.
Result<std::vector<std::vector<float>>> VectorsOf(const Array& vectors, size_t count,
                                                  size_t dimensions);

/// INVALID_ARGUMENT for a zero vector, which no cosine can compare.
Status CheckDirection(std::span<const float> vector, std::string_view argument);

/// float32 values as they are stored.
Bytes ToBytes(std::span<const float> vector);

}  // namespace archivolt
