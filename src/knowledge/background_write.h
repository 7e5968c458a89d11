// One transaction of what is derived from rows: without audit entries, and no news for anyone.
#pragma once

#include <optional>

#include "base/status.h"
#include "records/audit_context.h"
#include "storage/transaction.h"

namespace archivolt {

class BackgroundWrite {
 public:
  /// `writing` is true for as long as this lives. Rolls back what was not committed.
  BackgroundWrite(Database& database, AuditContext& audit, bool& writing)
      : database_(database), silence_(audit), writing_(writing) {
    writing_ = true;
  }
  ~BackgroundWrite() {
    transaction_.reset();
    writing_ = false;
  }
  BackgroundWrite(const BackgroundWrite&) = delete;
  BackgroundWrite& operator=(const BackgroundWrite&) = delete;

  Status Begin() {
    AV_ASSIGN_OR_RETURN(transaction_, Transaction::Begin(database_));
    return Status::Ok();
  }
  Status Commit() { return transaction_->Commit(); }

 private:
  Database& database_;
  AuditContext::Silence silence_;
  bool& writing_;
  std::optional<Transaction> transaction_;
};

}  // namespace archivolt
