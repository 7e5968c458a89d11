// Tables of the built-in embedder: a damaged one is refused, and one that is taken in embeds.
#include <cmath>

#include "fuzz_support.h"
#include "text/embedder.h"

using namespace archivolt;  // NOLINT: a program, no header

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Result<StaticEmbedder> embedder = StaticEmbedder::Load(BytesView(data, size));
  if (!embedder.ok()) return 0;
  std::vector<float> vector(embedder->dimensions());
  const size_t tail = size < 64 ? size : 64;
  for (const std::string_view text :
       {std::string_view("cat cats tree"), std::string_view("\xff\xfe word"),
        std::string_view(reinterpret_cast<const char*>(data) + (size - tail), tail)}) {
    const float coverage = embedder->Embed(text, vector);
    FUZZ_EXPECT(coverage >= 0 && coverage <= 1.0001F);
    for (const float value : vector) FUZZ_EXPECT(std::isfinite(value));
  }
  return 0;
}
