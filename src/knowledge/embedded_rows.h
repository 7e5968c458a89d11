// The rows that have vectors: decisions, stories, code, messages, AI requests and chunks of
// documents; what of each is embedded, and which collections hold the vectors.
//
// Local collections of a kind: its own ('document_chunks', 'archivolt:<kind>'), what a reembedding
// has made so far ('archivolt:<kind>:new'), and what an earlier embedder made, until it is gone
// ('archivolt:<kind>:old'). Each holds vectors of one embedder, under the row's id.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "base/status.h"
#include "storage/database.h"

namespace archivolt {

/// The collection that holds the vectors of document chunks.
inline constexpr std::string_view kChunkCollection = "document_chunks";
/// Collections of this prefix hold the vectors of rows: 'archivolt:messages' those of messages.
inline constexpr std::string_view kRowCollectionPrefix = "archivolt:";
/// Ends the name of a collection whose vectors were made by an earlier embedder, until it is gone.
inline constexpr std::string_view kDiscardedSuffix = ":old";
/// Ends the name of one whose vectors wait for the others.
inline constexpr std::string_view kStagedSuffix = ":new";

/// One kind of rows that have vectors: its table, and SQL for what of a row is embedded. The
/// beginning of a long text says what it is about; all of it would cost more than it tells.
struct EmbeddedKind {
  std::string_view name;
  std::string_view passage;

  bool is_chunks() const { return name == kChunkCollection; }
  /// The collection of the kind's vectors.
  std::string collection() const;
  std::string with(std::string_view suffix) const;
};
/// All but chunks.
std::span<const EmbeddedKind> EmbeddedKinds();
/// All, chunks last.
std::span<const EmbeddedKind> EmbeddedKindsAndChunks();

/// 'archivolt:messages' for messages.
std::string RowCollection(std::string_view kind);

struct EmbeddedRow {
  const EmbeddedKind* kind;
  int64_t pk;
  std::string id;
  std::string passage;
};
/// False when there is no such row.
Result<bool> ReadEmbeddedRow(Database& database, const EmbeddedKind& kind, int64_t pk,
                             EmbeddedRow* row);

/// Stores or replaces the row's vector in a collection of its kind.
Status StoreVector(Database& database, Clock& clock, IdSource& ids, std::string_view collection_id,
                   const EmbeddedRow& row, std::span<const float> vector);

/// Deletes a slice of the local collection's points, a few milliseconds of work, and the collection
/// after the last; false = it is gone. REQUIRES: a transaction is open.
Result<bool> DropSlice(Database& database, std::string_view collection);

}  // namespace archivolt
