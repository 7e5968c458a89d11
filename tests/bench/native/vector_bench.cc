// Native micro-benchmark of the vector engine. Prints one JSON object a line; not part of the
// tests.
//
//   vector_bench [vectors = 20000] [dims = 384] [queries = 200]
//
// kernel: nanoseconds and GFLOPS of one distance. scan and walk: the median query over the whole
// collection, exact and through the graph, at the smallest ef that reaches a recall of 0.95 among
// ten. small: where a scan stops being the faster one, which is where VectorIndex starts to build
// graphs. filter: the same by share of labels allowed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "vector/kernels.h"
#include "vector/slot_graph.h"
#include "vector/vector_index.h"

namespace archivolt {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<long>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

// A mixture of gaussians around 200 centres, one centre for 100 vectors or so: texts on a few
// hundred topics.
std::vector<std::vector<float>> Clustered(size_t count, size_t dims, uint32_t seed) {
  std::mt19937 centre_random(1);
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  std::vector<std::vector<float>> centres(200, std::vector<float>(dims));
  for (auto& centre : centres) {
    for (float& x : centre) x = normal(centre_random);
  }
  std::vector<std::vector<float>> vectors(count, std::vector<float>(dims));
  for (auto& v : vectors) {
    const auto& centre = centres[random() % centres.size()];
    for (size_t i = 0; i < dims; ++i) v[i] = centre[i] + 0.7F * normal(random);
  }
  return vectors;
}

void BenchKernels(size_t dims) {
  const auto vectors = Clustered(256, dims, 3);
  for (const bool l2 : {false, true}) {
    float sink = 0;
    const int rounds = static_cast<int>(400'000'000 / (256 * 255 * dims) + 1);
    const auto start = Clock::now();
    size_t calls = 0;
    for (int round = 0; round < rounds; ++round) {
      for (size_t i = 0; i + 1 < vectors.size(); ++i) {
        for (const auto& other : vectors) {
          sink += l2 ? SquaredL2(vectors[i].data(), other.data(), dims)
                     : InnerProduct(vectors[i].data(), other.data(), dims);
          ++calls;
        }
      }
    }
    const double seconds = SecondsSince(start);
    const double flops = static_cast<double>(calls * dims) * (l2 ? 3 : 2);
    std::printf(
        "{\"bench\":\"kernel\",\"kernel\":\"%.*s\",\"metric\":\"%s\",\"dims\":%zu,\"ns\":%.1f,"
        "\"gflops\":%.2f,\"sink\":%g}\n",
        static_cast<int>(KernelName().size()), KernelName().data(), l2 ? "l2" : "ip", dims,
        seconds * 1e9 / static_cast<double>(calls), flops / seconds / 1e9,
        static_cast<double>(sink));
  }
}

struct Timed {
  double p50_us;
  double recall;
};

Timed TimeQueries(const VectorIndex& index, const std::vector<std::vector<float>>& queries,
                  const SearchParams& params) {
  SearchParams exact = params;
  exact.exact = true;
  std::vector<double> times;
  size_t hits = 0;
  size_t wanted = 0;
  for (const auto& query : queries) {
    const auto truth = index.Search(query, 10, exact);
    const auto start = Clock::now();
    const auto found = index.Search(query, 10, params);
    times.push_back(SecondsSince(start) * 1e6);
    if (!truth.ok() || !found.ok()) std::abort();
    wanted += truth->size();
    for (const Neighbor& n : *found) {
      hits += static_cast<size_t>(std::any_of(
          truth->begin(), truth->end(), [&](const Neighbor& t) { return t.label == n.label; }));
    }
  }
  return {Median(times), static_cast<double>(hits) / static_cast<double>(wanted)};
}

std::unique_ptr<VectorIndex> Filled(const std::vector<std::vector<float>>& vectors, size_t count,
                                    Quantization quantization = Quantization::kNone) {
  auto index = VectorIndex::Create({.dims = vectors[0].size(), .quantization = quantization});
  if (!index.ok()) std::abort();
  for (size_t i = 0; i < count; ++i) {
    if (!(*index)->Add(static_cast<uint32_t>(i), vectors[i]).ok()) std::abort();
  }
  return std::move(index).value();
}

void BenchIndex(size_t count, size_t dims, size_t query_count, Quantization quantization) {
  const bool coded = quantization == Quantization::kInt8;
  const auto vectors = Clustered(count, dims, 5);
  const auto queries = Clustered(query_count, dims, 7);
  auto index = Filled(vectors, count, quantization);
  std::printf("{\"int8\":%d}\n", coded);
  const Timed scan = TimeQueries(*index, queries, {.exact = true});
  std::printf("{\"bench\":\"scan\",\"vectors\":%zu,\"dims\":%zu,\"p50_us\":%.1f}\n", count, dims,
              scan.p50_us);
  const auto start = Clock::now();
  if (!index->BuildSlice(static_cast<int>(count)).ok()) std::abort();
  const double seconds = SecondsSince(start);
  std::printf(
      "{\"bench\":\"build\",\"vectors\":%zu,\"dims\":%zu,\"seconds\":%.2f,\"per_second\":%.0f,"
      "\"bytes\":%zu,\"bytes_of_vectors\":%zu}\n",
      count, dims, seconds, static_cast<double>(count) / seconds, index->bytes(),
      count * dims * sizeof(float));
  for (const size_t ef : std::initializer_list<size_t>{10, 16, 24, 32, 48, 64, 96, 128, 256}) {
    const Timed walk = TimeQueries(*index, queries, {.ef = ef});
    std::printf(
        "{\"bench\":\"walk\",\"vectors\":%zu,\"dims\":%zu,\"ef\":%zu,\"recall\":%.4f,\"p50_us\":%."
        "1f}\n",
        count, dims, ef, walk.recall, walk.p50_us);
  }
  for (const double share : {0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.001}) {
    const auto threshold = static_cast<uint32_t>(share * 4294967295.0);
    const LabelFilter filter = [threshold](uint32_t label) {
      return label * 2654435761U + (label >> 7) * 40503U <= threshold;
    };
    const auto allowed = static_cast<size_t>(share * static_cast<double>(count));
    const Timed filtered = TimeQueries(*index, queries, {.filter = filter});
    const Timed scanned = TimeQueries(*index, queries, {.exact = true, .filter = filter});
    std::printf(
        "{\"bench\":\"filter\",\"vectors\":%zu,\"share\":%g,\"allowed\":%zu,\"recall\":%.4f,\"p50_"
        "us\":%.1f,\"scan_p50_us\":%.1f}\n",
        count, share, allowed, filtered.recall, filtered.p50_us, scanned.p50_us);
  }
}

// The graph below the size from which VectorIndex builds one, to see whether that size is right.
void BenchSmall(size_t dims, size_t query_count) {
  for (const size_t count : std::initializer_list<size_t>{500, 1000, 2000, 4000, 8000}) {
    const auto vectors = Clustered(count, dims, 5);
    const auto queries = Clustered(query_count, dims, 7);
    auto index = Filled(vectors, count);
    const Timed scan = TimeQueries(*index, queries, {.exact = true});
    SlotGraph graph({.dims = dims});
    if (!graph.Resize(count).ok()) std::abort();
    for (uint32_t slot = 0; slot < count; ++slot) {
      graph.vectors().Store(slot, vectors[slot]);
      graph.SetLabel(slot, slot);
    }
    const auto start = Clock::now();
    for (size_t i = 0; i < count; ++i) {
      if (!graph.LinkNext().ok()) std::abort();
    }
    const double build = SecondsSince(start);
    std::vector<double> times;
    std::vector<SlotDistance> found;
    for (const auto& query : queries) {
      const auto begin = Clock::now();
      graph.Walk(reinterpret_cast<const std::byte*>(query.data()), 64, {}, count, found);
      times.push_back(SecondsSince(begin) * 1e6);
    }
    std::printf(
        "{\"bench\":\"small\",\"vectors\":%zu,\"dims\":%zu,\"scan_p50_us\":%.1f,\"walk_p50_us\":%."
        "1f,\"build_ms\":%.0f}\n",
        count, dims, scan.p50_us, Median(times), build * 1e3);
  }
}

}  // namespace
}  // namespace archivolt

int main(int argc, char** argv) {
  const auto argument = [&](int at, size_t otherwise) {
    return argc > at ? static_cast<size_t>(std::strtoul(argv[at], nullptr, 10)) : otherwise;
  };
  const size_t count = argument(1, 20000);
  const size_t dims = argument(2, 384);
  const size_t queries = argument(3, 200);
  archivolt::BenchKernels(dims);
  if (argc <= 4) archivolt::BenchSmall(dims, queries);
  archivolt::BenchIndex(count, dims, queries, archivolt::Quantization::kNone);
  archivolt::BenchIndex(count, dims, queries, archivolt::Quantization::kInt8);
  return 0;
}
