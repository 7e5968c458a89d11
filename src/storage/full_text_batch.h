// FullTextBatch: many statements after which the full-text indexes write their words once.
//
// FTS5 gathers the words of new rows in memory. A rollback to a savepoint forgets all of them,
// those of earlier statements too, and so it writes them out at each savepoint: also at the one
// that SQLite opens for every statement that fires a trigger, which is every write to a table with
// full text. In this block it does not. Owns nothing; blocks may nest.
#pragma once

namespace archivolt {

/// REQUIRES: the block begins behind the begin of a transaction (which writes out what was gathered
/// before) and ends before its commit, and a statement in it that fails ends both: the transaction
/// is rolled back.
class FullTextBatch {
 public:
  FullTextBatch();
  ~FullTextBatch();
  FullTextBatch(const FullTextBatch&) = delete;
  FullTextBatch& operator=(const FullTextBatch&) = delete;
};

}  // namespace archivolt
