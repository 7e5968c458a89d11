#include "storage/full_text_batch.h"

// In the copy of SQLite that is compiled (cmake/third_party.cmake).
extern "C" int archivolt_fts5_batches;

namespace archivolt {

FullTextBatch::FullTextBatch() { ++archivolt_fts5_batches; }
FullTextBatch::~FullTextBatch() { --archivolt_fts5_batches; }

}  // namespace archivolt
