// GraphImage: the links of an HNSW graph without its vectors, as bytes and back.
//
// Owns the format (docs/formats.md): parts that stand for themselves, each with a checksum, and a
// head that names them. What is read is checked for every bound, so that no bytes, however damaged,
// give links that lead out of the graph. Knows neither rows nor the index: whoever restores a graph
// gives each slot its vector back and leaves out those whose vector is another than `print` says.
// Throws std::bad_alloc alone.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "base/value.h"
#include "vector/vector_index.h"

namespace archivolt {

/// A number for a vector's very bytes; two vectors rarely have the same.
uint32_t PrintOf(BytesView vector);

struct GraphImage {
  static constexpr uint32_t kNoSlot = 0xFFFFFFFF;

  /// One slot of the graph. Its lists lie in `links`: for each level, 0 first, the length and the
  /// slots.
  struct Node {
    uint32_t label = 0;
    uint32_t print = 0;
    uint32_t links_at = 0;
    uint8_t level = 0;
    bool dead = false;  ///< was removed: stands for no label
    bool twin = false;  ///< hangs on a slot with an equal vector, its one link
  };

  uint32_t entry = kNoSlot;  ///< where walks begin
  std::vector<Node> nodes;
  std::vector<uint32_t> links;

  /// Whether every list leads to nodes that have lists at its level, as walks rely on.
  bool IsSound() const;
  /// The list of a node at a level. REQUIRES: level <= node.level.
  std::span<const uint32_t> List(const Node& node, int level) const;
};

/// What a graph was built with: a graph of others is not taken.
struct GraphShape {
  size_t dims = 0;
  Metric metric = Metric::kCosine;
  size_t m = 0;
  bool operator==(const GraphShape&) const = default;
};

/// Bytes of the nodes of `image`, which begin at slot `first` of the whole graph. Links are slots
/// of that.
Bytes EncodePart(const GraphImage& image, uint32_t first);
/// Bytes that tell of `parts` parts with `nodes` nodes in all.
Bytes EncodeHead(const GraphShape& shape, uint32_t nodes, uint32_t parts, uint32_t entry);

struct GraphHead {
  uint32_t nodes = 0;
  uint32_t parts = 0;
  uint32_t entry = GraphImage::kNoSlot;
};

/// Nothing when the bytes are damaged, of another release or of a graph of another shape.
std::optional<GraphHead> DecodeHead(BytesView bytes, const GraphShape& shape);
/// Appends the nodes of a part to `image`. False when the bytes are damaged or not the next part;
/// `image` is of no use then.
bool DecodePart(BytesView bytes, const GraphHead& head, const GraphShape& shape, GraphImage& image);

}  // namespace archivolt
