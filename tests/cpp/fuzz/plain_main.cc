// Runs a fuzz target over the files and folders that are named, without libFuzzer: the kept corpus
// as a test of every build.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "fuzz_support.h"

namespace {

void RunFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::vector<char> bytes((std::istreambuf_iterator<char>(file)),
                                std::istreambuf_iterator<char>());
  // A copy of the very size, so that a sanitizer sees a read past the end.
  const std::vector<uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int count, char** arguments) {
  int ran = 0;
  for (int i = 1; i < count; ++i) {
    if (!std::filesystem::is_directory(arguments[i])) {
      RunFile(arguments[i]);
      ++ran;
      continue;
    }
    for (const auto& entry : std::filesystem::directory_iterator(arguments[i])) {
      RunFile(entry.path());
      ++ran;
    }
  }
  LLVMFuzzerTestOneInput(nullptr, 0);
  std::printf("%d inputs\n", ran);
  return ran > 0 ? 0 : 1;
}
