// Native benchmark of what the first vector search of a workspace costs: every row of a collection
// is read and its graph restored. Prints a line; not part of the tests.
//
//   open_bench FILE COLLECTION DIMENSIONS
//
// FILE: a workspace's archivolt.db with that collection. `perf record` shows where the time goes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "base/clock.h"
#include "workspace/workspace.h"

namespace archivolt {
namespace {

void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::exit(1);
}

void Run(const std::string& path, const std::string& collection, size_t dims) {
  using Steady = std::chrono::steady_clock;
  const auto ms = [](Steady::duration time) {
    return std::chrono::duration<double, std::milli>(time).count();
  };
  SystemClock clock;
  std::random_device random;
  const auto start = Steady::now();
  WorkspaceOptions options;
  options.path = path;
  auto workspace = Workspace::Open(options, clock, [&random] { return random(); });
  Check(workspace.status());
  const auto opened = Steady::now();
  Array vector(dims, Value(0.5));
  const auto answer =
      (*workspace)
          ->Call("collections.query",
                 Value(Object{{"name", collection}, {"vector", std::move(vector)}, {"limit", 10}}));
  Check(answer.status());
  const auto end = Steady::now();
  std::printf("open %.0f ms, first answer %.0f ms\n", ms(opened - start), ms(end - opened));
}

}  // namespace
}  // namespace archivolt

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "open_bench FILE COLLECTION DIMENSIONS\n");
    return 2;
  }
  archivolt::Run(arguments[1], arguments[2], std::strtoul(arguments[3], nullptr, 10));
  return 0;
}
