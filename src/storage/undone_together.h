// UndoneTogether: many statements of which one that fails undoes all.
//
// SQLite undoes a statement that fails halfway alone: it keeps a copy of each page that the
// statement changes, a hundred kilobytes and more for one row with its indexes, triggers and full
// text. FTS5, which gathers the words of new rows in memory and forgets all of them when anything
// is undone, writes them out before each such statement. In this block neither is done. Owns
// nothing; blocks may nest.
#pragma once

namespace archivolt {

/// REQUIRES: the block begins behind the begin of a transaction (which writes out what was gathered
/// before) and ends before its commit, and a statement in it that fails ends both: the transaction
/// is rolled back.
class UndoneTogether {
 public:
  UndoneTogether();
  ~UndoneTogether();
  UndoneTogether(const UndoneTogether&) = delete;
  UndoneTogether& operator=(const UndoneTogether&) = delete;
};

}  // namespace archivolt
