// VectorIndex as a module without database and bindings, for the bench of vectors: one index, rows
// and queries in the module's memory, row numbers as labels. An index of codes is put in its true
// order by the rows, which lie beside it here and in the database otherwise.
#include <emscripten/emscripten.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "vector/rerank.h"
#include "vector/vector_index.h"

namespace {

std::unique_ptr<archivolt::VectorIndex> index_;
size_t dims_ = 0;
std::vector<float> rows_;  // those of an index of codes

archivolt::Result<std::vector<archivolt::Neighbor>> Find(std::span<const float> query, size_t ef) {
  if (rows_.empty()) return index_->Search(query, 10, {.ef = ef});
  return archivolt::SearchAndRerank(
      *index_, query, 10, {.ef = ef},
      [query](uint32_t label) -> archivolt::Result<std::optional<float>> {
        return archivolt::TrueDistance(archivolt::Metric::kCosine, query,
                                       std::span(rows_.data() + label * dims_, dims_));
      });
}

}  // namespace

extern "C" {

/// Of unit vectors, for `count` of them, as float32 or as codes. 1 when there is room.
EMSCRIPTEN_KEEPALIVE int bench_create(size_t dims, size_t count, int codes) {
  auto made = archivolt::VectorIndex::Create(
      {.dims = dims,
       .quantization = codes ? archivolt::Quantization::kInt8 : archivolt::Quantization::kNone,
       .m = 16,
       .ef_construction = 100});
  if (!made.ok()) return 0;
  index_ = std::move(made).value();
  dims_ = dims;
  if (codes) rows_.resize(count * dims);
  return index_->Reserve(count).ok() ? 1 : 0;
}

/// Adds and links `count` rows, the first with the label `first`. 1 on success.
EMSCRIPTEN_KEEPALIVE int bench_add(const float* rows, size_t count, uint32_t first) {
  if (!rows_.empty()) std::copy_n(rows, count * dims_, rows_.begin() + first * dims_);
  for (uint32_t i = 0; i < count; ++i) {
    if (!index_->Add(first + i, std::span(rows + i * dims_, dims_)).ok()) return 0;
  }
  return index_->BuildSlice(1 << 30).ok() ? 1 : 0;
}

/// The ten nearest into `out`; how many they are.
EMSCRIPTEN_KEEPALIVE size_t bench_search(const float* query, size_t ef, uint32_t* out) {
  const auto found = Find(std::span(query, dims_), ef);
  if (!found.ok()) return 0;
  size_t at = 0;
  for (const archivolt::Neighbor& neighbor : *found) out[at++] = neighbor.label;
  return at;
}

EMSCRIPTEN_KEEPALIVE double bench_bytes() { return static_cast<double>(index_->bytes()); }
}
