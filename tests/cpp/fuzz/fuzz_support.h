// What the fuzz targets share. Each has one function for one input; libFuzzer calls it with inputs
// of its own, and plain_main.cc with the kept corpus.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "base/value.h"

/// A broken promise ends the process, as a sanitizer does, in every kind of build.
#define FUZZ_EXPECT(condition)                                                     \
  do {                                                                             \
    if (!(condition)) {                                                            \
      std::fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                \
    }                                                                              \
  } while (false)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace archivolt {

/// Takes an input apart, from its front; past its end everything is zero or empty.
class FuzzInput {
 public:
  FuzzInput(const uint8_t* data, size_t size)
      : rest_(reinterpret_cast<const char*>(data == nullptr ? rest_none_ : data), size) {}

  uint8_t Byte() {
    if (rest_.empty()) return 0;
    const auto byte = static_cast<uint8_t>(rest_.front());
    rest_.remove_prefix(1);
    return byte;
  }
  std::string_view Line() {
    const size_t end = rest_.find('\n');
    const std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    return line;
  }
  std::string_view Take(size_t size) {
    const std::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(bytes.size());
    return bytes;
  }
  std::string_view Rest() { return std::exchange(rest_, std::string_view()); }
  bool empty() const { return rest_.empty(); }

 private:
  static constexpr uint8_t rest_none_[1] = {0};
  std::string_view rest_;
};

inline BytesView AsBytes(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

/// The same numbers for every input, so that a finding can be repeated.
class FuzzClock final : public Clock {
 public:
  int64_t NowMicros() override { return now_ += 1000; }

 private:
  int64_t now_ = 1'769'769'000'000'000;
};

/// A check for Database::SetInterruptCheck that ends a statement after a bounded piece of work.
inline auto StopAfter(int checks) {
  return [left = checks]() mutable { return left-- <= 0; };
}

}  // namespace archivolt
