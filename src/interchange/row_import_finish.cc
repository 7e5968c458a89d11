#include <cstdint>
#include <string_view>

#include "interchange/row_import.h"

namespace archivolt {
namespace {

/// An import of fewer rows leaves indexes where they are.
constexpr int64_t kManyRows = 2000;

constexpr std::string_view kFinish[] = {
    "UPDATE story_dependencies SET depends_on_id = (SELECT t.id FROM stories t WHERE t.origin = ?1 "
    "AND t.origin_id = depends_on_ref) WHERE depends_on_id IS NULL AND story_id IN (SELECT id FROM "
    "stories WHERE origin = ?1)",
    "UPDATE documents SET chunks_count = (SELECT count(*) FROM document_chunks c WHERE "
    "c.document_id = documents.id) WHERE origin = ?1 AND chunks_count IS NULL AND EXISTS (SELECT 1 "
    "FROM document_chunks c WHERE c.document_id = documents.id)",
    "UPDATE conversations SET last_message_at = (SELECT max(m.created_at) FROM messages m WHERE "
    "m.conversation_id = conversations.id) WHERE origin = ?1 AND last_message_at IS NULL",
};

}  // namespace

Status RowImport::NoteAdded(const Table& table, int64_t added) {
  added_.resize(AllTables().size());
  int64_t& sum = added_[static_cast<size_t>(&table - AllTables().data())];
  sum += added;
  if (!table.has_pk || added == 0 || sum < kManyRows) return Status::Ok();
  return indexes_.SetAside(table.name, 2 * sum);
}

Result<bool> RowImport::RestoreIndex() {
  added_.clear();
  return indexes_.RestoreOne();
}

Status RowImport::Finish(std::string_view origin) {
  const AuditContext::Import import(audit_);
  for (const std::string_view sql : kFinish) {
    AV_ASSIGN_OR_RETURN(Statement update, database_.Prepare(sql));
    AV_RETURN_IF_ERROR(update.Bind(1, origin));
    AV_RETURN_IF_ERROR(update.Run());
  }
  return Status::Ok();
}

}  // namespace archivolt
