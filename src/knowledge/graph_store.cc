#include "knowledge/graph_store.h"

#include <algorithm>
#include <new>
#include <utility>

#include "storage/transaction.h"

namespace archivolt {
namespace {

constexpr size_t kNodesAPart = 1024;  // some milliseconds of reading, 150 KB at 16 links a node
constexpr uint64_t kFewestChanges = 256;
constexpr uint64_t kShareOfChanges = 16;  // one in: fewer are linked again after opening

Status Damaged() { return Status(ErrorCode::CORRUPTION, "the stored graph is damaged"); }

Result<GraphImage> Read(Database& database, std::string_view collection_id,
                        const GraphShape& shape) {
  AV_ASSIGN_OR_RETURN(
      Statement rows,
      database.Prepare("SELECT part, bytes FROM vector_graphs WHERE collection_id = ?1 AND "
                       "generation = (SELECT max(generation) FROM vector_graphs WHERE "
                       "collection_id = ?1 AND part = 0) ORDER BY part"));
  AV_RETURN_IF_ERROR(rows.Bind(1, collection_id));
  GraphImage image;
  AV_ASSIGN_OR_RETURN(const bool present, rows.Step());
  if (!present) return image;
  const std::optional<GraphHead> head = DecodeHead(rows.Blob(1), shape);
  if (!head) return Damaged();
  for (int64_t part = 1; part <= head->parts; ++part) {
    AV_ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row || rows.Int(0) != part || !DecodePart(rows.Blob(1), *head, shape, image)) {
      return Damaged();
    }
  }
  if (image.nodes.size() != head->nodes) return Damaged();
  image.entry = head->entry;
  return image;
}

}  // namespace

bool GraphStore::Load(Database& database, std::string_view collection_id, VectorIndex& index) {
  *this = GraphStore();
  try {
    Result<GraphImage> image = Read(database, collection_id, index.shape());
    return image.ok() && !image->nodes.empty() && index.BeginRestore(std::move(*image)).ok();
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void GraphStore::Loaded(VectorIndex& index) {
  (void)index.EndRestore().ok();  // without room everything is pending
  // What is not linked yet counts once it is.
  stored_at_ = index.restored() > 0 ? index.changes() : 0;
}

bool GraphStore::IsDue(const VectorIndex& index) const {
  const uint64_t changed = index.changes() - stored_at_;
  return index.linked() > 0 &&
         changed >= std::max<uint64_t>(kFewestChanges, index.linked() / kShareOfChanges);
}

void GraphStore::SaveSlice(Database& database, std::string_view collection_id,
                           const VectorIndex& index) {
  Status status;
  try {
    status = Write(database, collection_id, index);
  } catch (const std::bad_alloc&) {
    status = Status(ErrorCode::OUT_OF_MEMORY, "no memory for a part of the graph");
  }
  if (status.ok()) return;
  // Full storage, or none: the graph of before, if any, still serves. The next one is due after as
  // many changes.
  generation_ = 0;
  stored_at_ = index.changes();
}

Status GraphStore::Write(Database& database, std::string_view collection_id,
                         const VectorIndex& index) {
  if (generation_ == 0 || saving_at_ != index.changes()) {
    AV_RETURN_IF_ERROR(BeginSave(database, collection_id, index));
  }
  if (next_slot_ < index.linked()) {
    return WritePart(database, collection_id, index.Links(next_slot_, kNodesAPart));
  }
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  AV_ASSIGN_OR_RETURN(Statement head,
                      database.Prepare("INSERT INTO vector_graphs(collection_id, generation, part, "
                                       "bytes) VALUES (?1, ?2, 0, ?3)"));
  AV_RETURN_IF_ERROR(head.BindAll(collection_id, generation_, index.LinksHead(parts_)));
  AV_RETURN_IF_ERROR(head.Run());
  AV_ASSIGN_OR_RETURN(Statement others,
                      database.Prepare("DELETE FROM vector_graphs WHERE "
                                       "collection_id = ?1 AND generation <> ?2"));
  AV_RETURN_IF_ERROR(others.BindAll(collection_id, generation_));
  AV_RETURN_IF_ERROR(others.Run());
  AV_RETURN_IF_ERROR(transaction.Commit());
  stored_at_ = saving_at_;
  generation_ = 0;
  return Status::Ok();
}

/// Begins a generation after all others, and removes those that never came to their end.
Status GraphStore::BeginSave(Database& database, std::string_view collection_id,
                             const VectorIndex& index) {
  AV_ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  AV_ASSIGN_OR_RETURN(
      Statement unfinished,
      database.Prepare("DELETE FROM vector_graphs WHERE collection_id = ?1 AND generation NOT IN "
                       "(SELECT generation FROM vector_graphs WHERE collection_id = ?1 AND part = "
                       "0)"));
  AV_RETURN_IF_ERROR(unfinished.Bind(1, collection_id));
  AV_RETURN_IF_ERROR(unfinished.Run());
  AV_ASSIGN_OR_RETURN(Statement last, database.Prepare("SELECT coalesce(max(generation), 0) FROM "
                                                       "vector_graphs WHERE collection_id = ?1"));
  AV_RETURN_IF_ERROR(last.Bind(1, collection_id));
  AV_RETURN_IF_ERROR(last.Step().status());
  generation_ = last.Int(0) + 1;
  last.Reset();
  saving_at_ = index.changes();
  next_slot_ = 0;
  parts_ = 0;
  return transaction.Commit();
}

/// Adds what tells the vectors apart, as they are in their rows, and stores the part.
Status GraphStore::WritePart(Database& database, std::string_view collection_id, GraphImage image) {
  AV_ASSIGN_OR_RETURN(Statement point,
                      database.Prepare("SELECT vector FROM vector_points WHERE pk = "
                                       "?1 AND collection_id = ?2"));
  for (GraphImage::Node& node : image.nodes) {
    if (node.dead) continue;
    point.Reset();
    AV_RETURN_IF_ERROR(point.BindAll(node.label, collection_id));
    AV_ASSIGN_OR_RETURN(const bool present, point.Step());
    node.dead = !present;
    if (present) node.print = PrintOf(point.Blob(0));
  }
  point.Reset();
  AV_ASSIGN_OR_RETURN(Statement write,
                      database.Prepare("INSERT INTO vector_graphs(collection_id, generation, part, "
                                       "bytes) VALUES (?1, ?2, ?3, ?4)"));
  AV_RETURN_IF_ERROR(
      write.BindAll(collection_id, generation_, parts_ + 1, EncodePart(image, next_slot_)));
  AV_RETURN_IF_ERROR(write.Run());
  next_slot_ += static_cast<uint32_t>(image.nodes.size());
  ++parts_;
  return Status::Ok();
}

}  // namespace archivolt
