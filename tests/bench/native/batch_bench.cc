// Native benchmark of inserts in batches, as tests/bench/sqlite-wasm.mjs sends them. Prints one
// JSON object a line; not part of the tests.
//
//   batch_bench FILE [batches = 20]
//
// Writes batches of 500 messages by SQL into a new workspace in FILE, which is deleted first.
// `perf record` and `valgrind --tool=callgrind` show where the time goes.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include "base/clock.h"
#include "workspace/workspace.h"

namespace archivolt {
namespace {

using Steady = std::chrono::steady_clock;

Value Checked(Result<Value> answer) {
  if (answer.ok()) return std::move(answer).value();
  std::fprintf(stderr, "%s\n", answer.status().message().c_str());
  std::exit(1);
}

int Run(int argc, char** argv) {
  if (argc < 2) return 2;
  const size_t batches = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 20;
  constexpr size_t kRows = 500;
  const std::string path = argv[1];
  for (const char* end : {"", "-wal", "-journal"}) std::remove((path + end).c_str());
  SystemClock clock;
  std::mt19937 random{7};
  WorkspaceOptions options;
  options.path = path;
  auto workspace = Workspace::Open(options, clock, [&random] { return random(); });
  if (!workspace.ok()) return 1;
  const auto call = [&](std::string_view method, Object params) {
    return Checked((*workspace)->Call(method, Value(std::move(params))));
  };
  call(
      "sql.execute",
      Object{{"sql", "INSERT INTO conversations (id, title, created_at) VALUES ('talk', 'T', 1)"}});
  size_t i = 0;
  double micros = 0;
  for (size_t batch = 0; batch < batches; ++batch) {
    Array statements;
    for (const size_t end = i + kRows; i < end; ++i) {
      statements.emplace_back(
          Object{{"sql",
                  "INSERT INTO messages (id, conversation_id, role, content, created_at) VALUES "
                  "(?, ?, ?, ?, ?)"},
                 {"params",
                  Array{"message-" + std::to_string(i), "talk", i % 2 == 1 ? "user" : "assistant",
                        "The condition of beam " + std::to_string(i % 977) +
                            " was checked by crew " + std::to_string(i % 31) + " before run " +
                            std::to_string(i) + " of the detector",
                        static_cast<int64_t>(1'000'000 + i)}}});
    }
    const auto start = Steady::now();
    call("sql.batch", Object{{"statements", std::move(statements)}});
    micros += std::chrono::duration<double, std::micro>(Steady::now() - start).count();
  }
  std::printf("{\"phase\": \"batches\", \"us_a_row\": %.2f}\n",
              micros / static_cast<double>(batches * kRows));
  return 0;
}

}  // namespace
}  // namespace archivolt

int main(int argc, char** argv) { return archivolt::Run(argc, argv); }
