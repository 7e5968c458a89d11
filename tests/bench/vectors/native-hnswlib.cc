// hnswlib by itself, for the bench of vectors: one thread, inner products of unit vectors.
//
//   native-hnswlib <vectors.f32> <queries.f32> <dims> <count>
//
// Builds, then reads commands from standard input and answers each with one line of JSON: `pass EF`
// searches every query, `reopen FILE` writes the index, reads it back and searches once, `end`.
#include <hnswlib/hnswlib.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Index = hnswlib::HierarchicalNSW<float>;

double MillisSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

std::vector<float> Read(const char* path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  std::vector<float> values(static_cast<size_t>(file.tellg()) / sizeof(float));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(values.data()),
            static_cast<std::streamsize>(values.size() * sizeof(float)));
  return values;
}

std::vector<size_t> Search(Index& index, const float* query) {
  auto heap = index.searchKnn(query, 10);
  std::vector<size_t> labels;
  for (; !heap.empty(); heap.pop()) labels.push_back(heap.top().second);
  return labels;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const std::vector<float> vectors = Read(argv[1]);
  const std::vector<float> queries = Read(argv[2]);
  const size_t dims = std::stoul(argv[3]);
  const size_t count = std::stoul(argv[4]);
  hnswlib::InnerProductSpace space(dims);
  auto index = std::make_unique<Index>(&space, count, 16, 100);
  const auto start = Clock::now();
  for (size_t i = 0; i < count; ++i) index->addPoint(vectors.data() + i * dims, i);
  std::cout << "{\"built\":" << count << ",\"ms\":" << MillisSince(start) << "}" << std::endl;
  std::string command;
  while (std::cin >> command && command != "end") {
    if (command == "pass") {
      size_t ef = 0;
      std::cin >> ef;
      index->setEf(ef);
      std::string times;
      std::string found;
      for (size_t at = 0; at < queries.size(); at += dims) {
        const auto begin = Clock::now();
        const std::vector<size_t> labels = Search(*index, queries.data() + at);
        times += (times.empty() ? "" : ",") + std::to_string(MillisSince(begin));
        for (size_t i = 0; i < 10; ++i) {
          found += (found.empty() ? "" : ",") +
                   (i < labels.size() ? std::to_string(labels[i]) : std::string("-1"));
        }
      }
      std::cout << "{\"times\":[" << times << "],\"found\":[" << found << "]}" << std::endl;
    } else {
      std::string file;
      std::cin >> file;
      index->saveIndex(file);
      index.reset();
      const auto begin = Clock::now();
      index = std::make_unique<Index>(&space, file);
      const size_t first = Search(*index, queries.data()).size();
      std::cout << "{\"ms\":" << MillisSince(begin) << ",\"found\":" << first << "}" << std::endl;
    }
  }
}
