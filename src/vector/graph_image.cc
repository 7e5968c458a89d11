#include "vector/graph_image.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace archivolt {
namespace {

constexpr uint32_t kHeadMagic = 0x48475641;  // "AVGH"
constexpr uint32_t kPartMagic = 0x50475641;  // "AVGP"
constexpr uint32_t kVersion = 1;
constexpr size_t kSumBytes = 8;
constexpr size_t kHeadBytes = kSumBytes + 9 * sizeof(uint32_t);
constexpr size_t kPartHeadBytes = kSumBytes + 4 * sizeof(uint32_t);
constexpr uint32_t kDead = 0x100;
constexpr uint32_t kTwin = 0x200;
constexpr uint32_t kMaxLevel = 64;
constexpr size_t kFewestNodeWords = 4;  // label, print, state and the length of one empty list

// FNV-1a over words of 64 bits, with what a product loses in high bits brought back down.
uint64_t Mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x100000001B3U;
  return hash ^ (hash >> 29);
}

uint64_t Word(const uint8_t* at, size_t size) {
  uint64_t word = 0;
  std::memcpy(&word, at, size);
  return word;
}

// In four lanes, each a chain of products: one has to wait for its last, four do not.
uint64_t SumOf(BytesView bytes) {
  constexpr size_t kLanes = 4;
  constexpr size_t kWord = sizeof(uint64_t);
  uint64_t lanes[kLanes];
  for (size_t i = 0; i < kLanes; ++i) lanes[i] = 0xCBF29CE484222325U ^ (bytes.size() + i);
  const uint8_t* at = bytes.data();
  size_t left = bytes.size();
  for (; left >= kLanes * kWord; at += kLanes * kWord, left -= kLanes * kWord) {
    for (size_t i = 0; i < kLanes; ++i) lanes[i] = Mix(lanes[i], Word(at + i * kWord, kWord));
  }
  uint64_t hash = lanes[0];
  for (size_t i = 1; i < kLanes; ++i) hash = Mix(hash, lanes[i]);
  while (left > 0) {
    const size_t size = std::min(left, kWord);
    hash = Mix(hash, Word(at, size));
    at += size;
    left -= size;
  }
  return hash;
}

class Writer {
 public:
  Writer() : bytes_(kSumBytes) {}
  void Put(uint32_t word) {
    const size_t at = bytes_.size();
    bytes_.resize(at + sizeof word);
    std::memcpy(bytes_.data() + at, &word, sizeof word);
  }
  Bytes Take() {
    const uint64_t sum = SumOf(BytesView(bytes_).subspan(kSumBytes));
    std::memcpy(bytes_.data(), &sum, sizeof sum);
    return std::move(bytes_);
  }

 private:
  Bytes bytes_;
};

class Reader {
 public:
  explicit Reader(BytesView bytes) : bytes_(bytes) {}
  /// Whether the checksum fits; afterwards Next gives what follows it.
  bool Begin() {
    uint64_t sum = 0;
    if (bytes_.size() < kSumBytes) return false;
    std::memcpy(&sum, bytes_.data(), sizeof sum);
    at_ = kSumBytes;
    return sum == SumOf(bytes_.subspan(kSumBytes));
  }
  size_t left() const { return (bytes_.size() - at_) / sizeof(uint32_t); }
  /// REQUIRES: left() > 0.
  uint32_t Next() {
    uint32_t word;
    std::memcpy(&word, bytes_.data() + at_, sizeof word);
    at_ += sizeof word;
    return word;
  }

 private:
  BytesView bytes_;
  size_t at_ = 0;
};

}  // namespace

uint32_t PrintOf(BytesView vector) {
  const uint64_t sum = SumOf(vector);
  return static_cast<uint32_t>(sum ^ (sum >> 32));
}

std::span<const uint32_t> GraphImage::List(const Node& node, int level) const {
  size_t at = node.links_at;
  for (; level > 0; --level) at += 1 + links[at];
  return std::span(links).subspan(at + 1, links[at]);
}

bool GraphImage::IsSound() const {
  if (nodes.empty() || entry >= nodes.size()) return false;
  for (const Node& node : nodes) {
    if (node.twin && (node.level > 0 || List(node, 0).size() != 1)) return false;
    for (int level = 0; level <= node.level; ++level) {
      for (const uint32_t slot : List(node, level)) {
        if (slot >= nodes.size() || nodes[slot].level < level || nodes[slot].twin) return false;
      }
    }
  }
  return true;
}

Bytes EncodePart(const GraphImage& image, uint32_t first) {
  Writer out;
  out.Put(kPartMagic);
  out.Put(kVersion);
  out.Put(first);
  out.Put(static_cast<uint32_t>(image.nodes.size()));
  for (const GraphImage::Node& node : image.nodes) {
    out.Put(node.label);
    out.Put(node.print);
    out.Put(node.level | (node.dead ? kDead : 0) | (node.twin ? kTwin : 0));
    for (int level = 0; level <= node.level; ++level) {
      const std::span<const uint32_t> list = image.List(node, level);
      out.Put(static_cast<uint32_t>(list.size()));
      for (const uint32_t slot : list) out.Put(slot);
    }
  }
  return out.Take();
}

Bytes EncodeHead(const GraphShape& shape, uint32_t nodes, uint32_t parts, uint32_t entry) {
  Writer out;
  out.Put(kHeadMagic);
  out.Put(kVersion);
  out.Put(static_cast<uint32_t>(shape.dims));
  out.Put(static_cast<uint32_t>(shape.metric));
  out.Put(static_cast<uint32_t>(shape.m));
  out.Put(nodes);
  out.Put(parts);
  out.Put(entry);
  out.Put(0);
  return out.Take();
}

std::optional<GraphHead> DecodeHead(BytesView bytes, const GraphShape& shape) {
  Reader in(bytes);
  if (bytes.size() != kHeadBytes || !in.Begin()) return {};
  if (in.Next() != kHeadMagic || in.Next() != kVersion || in.Next() != shape.dims ||
      in.Next() != static_cast<uint32_t>(shape.metric) || in.Next() != shape.m) {
    return {};
  }
  GraphHead head;
  head.nodes = in.Next();
  head.parts = in.Next();
  head.entry = in.Next();
  if (head.nodes == 0 || head.nodes > 0x7FFFFFFF || head.parts == 0 || head.parts > head.nodes ||
      head.entry >= head.nodes) {
    return {};
  }
  return head;
}

bool DecodePart(BytesView bytes, const GraphHead& head, const GraphShape& shape,
                GraphImage& image) {
  Reader in(bytes);
  if (bytes.size() < kPartHeadBytes || bytes.size() % sizeof(uint32_t) != 0 || !in.Begin()) {
    return false;
  }
  if (in.Next() != kPartMagic || in.Next() != kVersion) return false;
  const uint32_t first = in.Next();
  const uint32_t count = in.Next();
  if (first != image.nodes.size() || count == 0 || count > head.nodes - first ||
      count > in.left() / kFewestNodeWords || image.links.size() + in.left() > 0x7FFFFFFF) {
    return false;
  }
  // As many as there are, not as the head says: a file may say anything.
  if (image.nodes.capacity() < first + count) {
    image.nodes.reserve(std::max<size_t>(first + count, 2 * image.nodes.capacity()));
  }
  for (uint32_t i = 0; i < count; ++i) {
    if (in.left() < kFewestNodeWords) return false;
    GraphImage::Node node;
    node.label = in.Next();
    node.print = in.Next();
    const uint32_t state = in.Next();
    if ((state & ~(kDead | kTwin | 0xFFU)) != 0 || (state & 0xFF) > kMaxLevel) return false;
    node.level = static_cast<uint8_t>(state & 0xFF);
    node.dead = (state & kDead) != 0;
    node.twin = (state & kTwin) != 0;
    node.links_at = static_cast<uint32_t>(image.links.size());
    for (uint32_t level = 0; level <= node.level; ++level) {
      if (in.left() == 0) return false;
      const uint32_t size = in.Next();
      if (size > (level == 0 ? 2 * shape.m : shape.m) || size > in.left()) return false;
      image.links.push_back(size);
      for (uint32_t k = 0; k < size; ++k) {
        const uint32_t slot = in.Next();
        if (slot >= head.nodes) return false;
        image.links.push_back(slot);
      }
    }
    image.nodes.push_back(node);
  }
  return in.left() == 0;
}

}  // namespace archivolt
