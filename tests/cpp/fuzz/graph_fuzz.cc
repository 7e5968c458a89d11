// The stored links of a vector index: whatever the bytes are, they are refused or give an index
// that finds nothing but what was added, stays sound while it changes and can be stored again.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "fuzz_support.h"
#include "vector/graph_image.h"
#include "vector/vector_index.h"

using namespace archivolt;  // NOLINT: a program, no header

namespace {

// As docs/formats.md has it, so that inputs get past it.
uint64_t SumOf(BytesView bytes) {
  uint64_t hash = 0xCBF29CE484222325U ^ bytes.size();
  const auto mix = [&hash](uint32_t word) {
    hash = (hash ^ word) * 0x100000001B3U;
    hash ^= hash >> 29;
  };
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    uint32_t word;
    std::memcpy(&word, bytes.data() + at, 4);
    mix(word);
  }
  for (; at < bytes.size(); ++at) mix(bytes[at]);
  return hash;
}

Bytes WithSum(std::string_view body) {
  const uint64_t sum = SumOf(AsBytes(body));
  Bytes bytes(sizeof sum + body.size());
  std::memcpy(bytes.data(), &sum, sizeof sum);
  std::memcpy(bytes.data() + sizeof sum, body.data(), body.size());
  return bytes;
}

// Two labels each have equal vectors, so that one may hang on the other.
std::vector<float> VectorOf(uint32_t label, size_t dims) {
  std::vector<float> v(dims);
  uint32_t state = label / 2 + 1;
  for (float& value : v) {
    state = state * 1664525 + 1013904223;
    value = static_cast<float>(state >> 16) / 65536.0F + 0.01F;
  }
  return v;
}

uint32_t PrintOf(const std::vector<float>& v) {
  return archivolt::PrintOf(
      BytesView(reinterpret_cast<const uint8_t*>(v.data()), v.size() * sizeof(float)));
}

void CheckAnswers(const VectorIndex& index, const std::set<uint32_t>& present) {
  FUZZ_EXPECT(index.count() == present.size());
  for (const uint32_t label : {0U, 3U, 7U}) {
    for (const bool exact : {false, true}) {
      const auto found =
          index.Search(VectorOf(label, index.dims()), present.size() + 1, {.exact = exact});
      FUZZ_EXPECT(found.ok());
      FUZZ_EXPECT(!exact || found->size() == present.size());
      std::set<uint32_t> seen;
      for (size_t i = 0; i < found->size(); ++i) {
        const Neighbor& neighbor = (*found)[i];
        FUZZ_EXPECT(present.contains(neighbor.label) && seen.insert(neighbor.label).second);
        FUZZ_EXPECT(std::isfinite(neighbor.distance));
        FUZZ_EXPECT(i == 0 || (*found)[i - 1].distance <= neighbor.distance);
      }
    }
  }
}

void CheckLinks(const VectorIndex& index) {
  if (index.linked() == 0) return;
  const GraphImage links = index.Links(0, index.linked());
  GraphImage again;
  const auto head = DecodeHead(index.LinksHead(1), index.shape());
  FUZZ_EXPECT(head.has_value());
  FUZZ_EXPECT(DecodePart(EncodePart(links, 0), *head, index.shape(), again));
  again.entry = head->entry;
  FUZZ_EXPECT(again.IsSound());
}

std::optional<GraphImage> Read(FuzzInput& input, const GraphShape& shape) {
  const uint32_t nodes = input.Byte() | uint32_t{input.Byte()} << 8U;
  const uint32_t parts = input.Byte();
  const auto head = DecodeHead(EncodeHead(shape, nodes, parts, input.Byte()), shape);
  if (!head) return {};
  GraphImage image;
  image.entry = head->entry;
  for (uint32_t part = 0; part < head->parts; ++part) {
    const size_t size = input.Byte() | size_t{input.Byte()} << 8U;
    if (!DecodePart(WithSum(input.Take(size)), *head, shape, image)) return {};
  }
  FUZZ_EXPECT(image.nodes.size() <= head->nodes);
  return image;
}

}  // namespace

// What the index is like, the head, and for each part its length (two bytes) and what stands behind
// its checksum.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzInput input(data, size);
  const uint8_t way = input.Byte();
  VectorIndexOptions options;
  options.dims = 1U + way % 4U;
  options.metric = static_cast<Metric>(way / 4 % 3);
  options.quantization = (way & 0x40) != 0 ? Quantization::kInt8 : Quantization::kNone;
  options.m = 2U + input.Byte() % 6U;
  options.ef_construction = 8;
  options.smallest_graph = 4;
  auto made = VectorIndex::Create(options);
  FUZZ_EXPECT(made.ok());
  VectorIndex& index = **made;
  const uint8_t kept = input.Byte();  // which vectors are still there, and which have changed since
  // Bytes as they are, with a sum that is hardly ever right, must be refused as well.
  GraphImage nothing;
  (void)DecodeHead(BytesView(data, size), index.shape());
  (void)DecodePart(BytesView(data, size), {.nodes = 9, .parts = 1, .entry = 0}, index.shape(),
                   nothing);
  std::optional<GraphImage> image = Read(input, index.shape());
  if (!image) return 0;
  std::set<uint32_t> labels = {0, 1, 2, 3, 4, 5};
  for (GraphImage::Node& node : image->nodes) {
    labels.insert(node.label);
    if ((node.label * 7 + kept) % 11 != 0) node.print = PrintOf(VectorOf(node.label, options.dims));
  }
  const bool sound = image->nodes.size() > 0 && image->IsSound();
  FUZZ_EXPECT(index.BeginRestore(std::move(*image)).ok() == sound);
  std::set<uint32_t> present;
  for (const uint32_t label : labels) {
    if ((label + kept) % 13 == 0) continue;
    FUZZ_EXPECT(index.Add(label, VectorOf(label, options.dims)).ok());
    present.insert(label);
  }
  CheckAnswers(index, present);
  FUZZ_EXPECT(index.EndRestore().ok());
  CheckAnswers(index, present);
  CheckLinks(index);
  for (Result<bool> more = true; more.ok() && *more;) more = index.BuildSlice(16);
  FUZZ_EXPECT(index.state() == VectorIndex::State::kReady);
  CheckAnswers(index, present);
  for (const uint32_t label : labels) {
    if (label % 3 == 0) FUZZ_EXPECT(index.Remove(label) == (present.erase(label) == 1));
  }
  CheckAnswers(index, present);
  CheckLinks(index);
  FUZZ_EXPECT(index.Compact().ok());
  while (*index.BuildSlice(16)) {
  }
  CheckAnswers(index, present);
  CheckLinks(index);
  return 0;
}
