// Native benchmark of the core's side of an import, by phase. Prints one JSON object a line; not
// part of the tests.
//
//   import_bench FILE [rows = 100000]
//
// Writes messages of Archi and their conversations into a new workspace in FILE, which is deleted
// first, in batches of 4,000 as imports come (tests/bench/import.mjs has the whole way, in a
// browser). `perf record` shows where the time goes.
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

void Check(const Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.message().c_str());
  std::exit(1);
}

class Bench {
 public:
  explicit Bench(const std::string& path) {
    WorkspaceOptions options;
    options.path = path;
    auto opened = Workspace::Open(options, clock_, [this] { return random_(); });
    Check(opened.status());
    workspace_ = std::move(opened).value();
  }

  Value Call(std::string_view method, Object params) {
    auto answer = workspace_->Call(method, Value(std::move(params)));
    Check(answer.status());
    return std::move(answer).value();
  }

  void Write(std::string_view table, Array columns, const std::string& rows, Array more = {},
             const std::string& defaults = {}) {
    Call("tx.begin", {});
    const Value answer =
        Call("interchange.write", Object{{"table", std::string(table)},
                                         {"columns", std::move(columns)},
                                         {"rows", Bytes(rows.begin(), rows.end())},
                                         {"moreColumns", std::move(more)},
                                         {"defaults", Bytes(defaults.begin(), defaults.end())}});
    const Value* rejects = answer.AsObject().Find("rejects");
    if (rejects != nullptr && !rejects->AsArray().empty()) std::fprintf(stderr, "rejected\n");
    Call("tx.commit", {});
  }

  template <typename Work>
  void Time(const char* name, size_t rows, const Work& work) {
    const auto start = Steady::now();
    work();
    const double millis = std::chrono::duration<double, std::milli>(Steady::now() - start).count();
    std::printf("{\"phase\": \"%s\", \"ms\": %.0f, \"us_a_row\": %.2f}\n", name, millis,
                millis * 1000 / static_cast<double>(rows));
    std::fflush(stdout);
  }

 private:
  SystemClock clock_;
  std::mt19937 random_{7};
  std::unique_ptr<Workspace> workspace_;
};

std::string Id(const char* kind, size_t number) {
  char text[40];
  std::snprintf(text, sizeof text, "%s-0000-8000-%04zx-%012zx", kind, number >> 16 | 0x8000,
                number & 0xffff);
  return text;
}

std::string Cells(std::initializer_list<std::string> texts) {
  std::string row;
  for (const std::string& text : texts)
    row += text.empty() ? std::string(1, '\0') : "t" + text + '\0';
  return row;
}

int Run(int argc, char** argv) {
  if (argc < 2) return 2;
  const size_t rows = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 100'000;
  const size_t talks = std::max<size_t>(1, rows / 100);
  const std::string path = argv[1];
  for (const char* end : {"", "-wal", "-journal"}) std::remove((path + end).c_str());
  Bench bench(path);
  bench.Write("systems", {"code"}, Cells({"archi"}), {"title"}, Cells({"Archi"}));
  constexpr size_t kBatch = 4000;
  bench.Time("conversations", talks, [&] {
    for (size_t at = 0; at < talks; at += kBatch) {
      std::string packed;
      for (size_t i = at; i < std::min(talks, at + kBatch); ++i)
        packed += Cells({Id("c0000000", i), "archi", std::to_string(i), "Run " + std::to_string(i),
                         "2026-01-30T10:00:00Z"});
      bench.Write("conversations", {"id", "origin", "origin_id", "title", "created_at"}, packed);
    }
  });
  bench.Time("messages", rows, [&] {
    for (size_t at = 0; at < rows; at += kBatch) {
      std::string packed;
      for (size_t i = at; i < std::min(rows, at + kBatch); ++i) {
        char time[64];
        std::snprintf(time, sizeof time, "2026-01-30T10:00:00.%06zuZ", i % 1'000'000);
        packed += Cells({Id("m0000000", i), "archi", std::to_string(i), Id("c0000000", i % talks),
                         i % 2 == 1 ? "user" : "assistant", i % 2 == 1 ? "User" : "archi",
                         "The condition of beam " + std::to_string(i % 977) +
                             " was checked before run " + std::to_string(i),
                         "Chatbot", "gpt-4o", time});
      }
      bench.Write("messages",
                  {"id", "origin", "origin_id", "conversation_id", "role", "sender", "content",
                   "service", "model_used", "created_at"},
                  packed);
    }
  });
  bench.Time("finish", rows,
             [&] { bench.Call("interchange.finish", Object{{"origin", "archi"}}); });
  return 0;
}

}  // namespace
}  // namespace archivolt

int main(int argc, char** argv) { return archivolt::Run(argc, argv); }
