// Transaction: all or nothing for the writes made while it lives.
//
// The outermost one is BEGIN IMMEDIATE, those inside are savepoints. The destructor rolls back what
// was not committed. Invariants: 1. an inner one ends before the outer one commits; 2. when SQLite
// itself has rolled back (storage full, I/O error, out of memory, interrupt), every further write
// and Commit of the transactions that were open fails, so that half of the work is never committed.
// Durable when the outermost Commit returned ok and the database was opened with full_sync.
#pragma once

#include <cstdint>
#include <memory>

#include "base/status.h"

namespace archivolt {

class Connection;
class Database;

class Transaction {
 public:
  /// BUSY: another process holds the file. FAILED_PRECONDITION: closed, or an enclosing transaction
  /// was rolled back by an error and has not ended yet.
  static Result<Transaction> Begin(Database& database);

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&& other) noexcept;
  ~Transaction();

  /// Makes the work permanent, or part of the enclosing transaction. After an error nothing of the
  /// outermost transaction is kept. FAILED_PRECONDITION: ended already, an inner one is still open,
  /// or the work was rolled back by an earlier error.
  Status Commit();
  /// Undoes the work. Ok also when SQLite had undone it before; FAILED_PRECONDITION when ended
  /// already.
  Status Rollback();
  /// Whether the work is still there to be committed.
  bool active() const;

 private:
  Transaction(std::shared_ptr<Connection> connection, uint64_t generation, int depth);

  std::shared_ptr<Connection> connection_;  // Null once ended.
  uint64_t generation_ = 0;                 // Which outermost transaction this belongs to.
  int depth_ = 0;                           // 1 = outermost.
};

}  // namespace archivolt
