// Native benchmark of search over all kinds of rows. Prints one JSON object a line; not part of the
// tests.
//
//   kinds_bench ASSET [requests = 50000] [messages = 10000] [chunks = 100000]
//
// maintain: embedding the queued rows (drained_ms) and linking the graphs (all_ms), in slices of 20
// ms. search: the median and the slowest of 40 searches over all kinds, by mode. Its 32 words stand
// in most rows, the worst there is for the keyword leg; the first searches also read the rows'
// sizes. one: the first search after one row was changed. names: findByName over 12,000 documents.
// Full size takes about five minutes; `perf record` shows where the time goes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "workspace/workspace.h"

namespace archivolt {
namespace {

using Steady = std::chrono::steady_clock;

double MillisSince(Steady::time_point start) {
  return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

class Bench {
 public:
  explicit Bench(const char* asset) {
    auto opened = Workspace::Open({}, clock_, [this] { return random_(); });
    if (!opened.ok()) Fail(opened.status());
    workspace_ = std::move(opened).value();
    std::ifstream file(asset, std::ios::binary);
    const Bytes table{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    Call("embedder.load", Object{{"table", table}});
  }

  Value Call(std::string_view method, Object params) {
    auto answer = workspace_->Call(method, Value(std::move(params)));
    if (!answer.ok()) Fail(answer.status());
    return std::move(answer).value();
  }
  void Write(const std::string& sql) { Call("sql.execute", Object{{"sql", sql}}); }

  /// Text of some sixty words, of a vocabulary with a long tail.
  std::string Text(size_t words) {
    static constexpr const char* kWords[] = {
        "database", "index",  "query",   "server",  "client",   "cache",    "queue",   "message",
        "schema",   "column", "vector",  "search",  "document", "backup",   "restore", "session",
        "password", "token",  "network", "latency", "storage",  "transfer", "deploy",  "pipeline",
        "test",     "review", "release", "error",   "retry",    "timeout",  "memory",  "thread"};
    std::string text;
    while (words-- > 0) {
      text += kWords[random_() % std::size(kWords)];
      if (random_() % 4 == 0) text += std::to_string(random_() % 5000);
      text += ' ';
    }
    return text;
  }

  void Fill(size_t requests, size_t messages, size_t chunks) {
    Write("INSERT INTO users(id, username) VALUES ('u', 'u')");
    Write("INSERT INTO conversations(id) VALUES ('c')");
    InsertMany("ai_requests", requests, [&] {
      return Object{{"kind", "query"},
                    {"user_id", "u"},
                    {"prompt_text", Text(30)},
                    {"response_text", Text(40)}};
    });
    InsertMany("messages", messages, [&] {
      return Object{{"conversation_id", "c"}, {"role", "user"}, {"content", Text(40)}};
    });
    constexpr size_t kChunksADocument = 100;
    for (size_t done = 0; done < chunks; done += kChunksADocument) {
      Array given;
      std::string text;
      for (size_t i = 0; i < kChunksADocument; ++i) {
        const std::string chunk = Text(60);
        given.emplace_back(Object{{"text", chunk}});
        text += chunk;
      }
      const Value opened =
          Call("ingest.open", Object{{"filename", "d" + std::to_string(done) + ".txt"},
                                     {"text", text},
                                     {"format", "plain"},
                                     {"chunks", std::move(given)},
                                     {"embed", "builtin"}});
      const Value* job = opened.AsObject().Find("job");
      while (Call("ingest.step", Object{{"job", *job}, {"budgetMs", 1000}})
                 .AsObject()
                 .Find("phase")
                 ->AsString() != "done") {
      }
    }
  }

  /// Slices until nothing is left to do; the longest of them.
  void Maintain(const char* what) {
    const auto start = Steady::now();
    double longest = 0;
    int slices = 0;
    while (true) {
      const auto slice = Steady::now();
      const Value answer = Call("maintenance.step", Object{{"budgetMs", 20}});
      longest = std::max(longest, MillisSince(slice));
      ++slices;
      if (drained_ms_ == 0 && answer.AsObject().Find("pending")->AsInt() == 0)
        drained_ms_ = MillisSince(start);
      if (!answer.AsObject().Find("more")->AsBool()) break;
    }
    std::printf(
        "{\"%s\": {\"drained_ms\": %.0f, \"all_ms\": %.0f, \"slices\": %d, \"longest_ms\": "
        "%.1f}}\n",
        what, drained_ms_, MillisSince(start), slices, longest);
  }

  void Search(const char* mode) {
    std::vector<double> times;
    for (int i = 0; i < 40; ++i) {
      const Object request{{"query", Text(3)}, {"mode", mode}, {"limit", 5}};
      const auto start = Steady::now();
      Call("search", request);
      times.push_back(MillisSince(start));
    }
    std::sort(times.begin(), times.end());
    std::printf("{\"search\": \"%s\", \"median_ms\": %.1f, \"slowest_ms\": %.1f}\n", mode,
                times[times.size() / 2], times.back());
  }

  void AfterOneChange() {
    Write("UPDATE ai_requests SET prompt_text = 'one row was changed' WHERE pk = 77");
    const auto start = Steady::now();
    Call("search", Object{{"query", "changed row"}, {"mode", "semantic"}});
    std::printf("{\"one\": {\"first_search_ms\": %.1f}}\n", MillisSince(start));
  }

  void Names(size_t documents) {
    InsertMany("documents", documents, [&] {
      return Object{{"filename", "f"}, {"display_name", Text(4)}};
    });
    const auto start = Steady::now();
    Call("documents.findByName", Object{{"name", "databse schema reveiw"}});
    std::printf("{\"names\": {\"documents\": %zu, \"ms\": %.1f}}\n", documents, MillisSince(start));
  }

 private:
  template <typename MakeRow>
  void InsertMany(std::string_view table, size_t count, MakeRow make) {
    for (size_t done = 0; done < count; done += 1000) {
      Array rows;
      for (size_t i = 0; i < 1000; ++i) rows.emplace_back(make());
      Call("records.insertMany", Object{{"table", table}, {"rows", std::move(rows)}});
    }
  }
  [[noreturn]] static void Fail(const Status& status) {
    std::fprintf(stderr, "%s\n", status.message().c_str());
    std::exit(1);
  }

  SystemClock clock_;
  std::mt19937_64 random_{7};
  std::unique_ptr<Workspace> workspace_;
  double drained_ms_ = 0;
};

}  // namespace
}  // namespace archivolt

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const auto number = [&](int at, size_t fallback) {
    return argc > at ? static_cast<size_t>(std::strtoull(argv[at], nullptr, 10)) : fallback;
  };
  archivolt::Bench bench(argv[1]);
  const auto start = archivolt::Steady::now();
  bench.Fill(number(2, 50'000), number(3, 10'000), number(4, 100'000));
  std::printf("{\"fill_ms\": %.0f}\n", archivolt::MillisSince(start));
  bench.Search("semantic");  // while the graphs are not there
  bench.Maintain("maintain");
  for (const char* mode : {"keyword", "semantic", "hybrid"}) bench.Search(mode);
  bench.AfterOneChange();
  bench.Names(12'000);
}
