#include "storage/transaction.h"

#include <utility>

#include "storage/connection.h"
#include "storage/database.h"

namespace archivolt {

Transaction::Transaction(std::shared_ptr<Connection> connection, uint64_t generation, int depth)
    : connection_(std::move(connection)), generation_(generation), depth_(depth) {}

Transaction::Transaction(Transaction&& other) noexcept = default;

Transaction& Transaction::operator=(Transaction&& other) noexcept {
  if (this != &other) {
    if (connection_ != nullptr) (void)Rollback().ok();
    connection_ = std::move(other.connection_);
    generation_ = other.generation_;
    depth_ = other.depth_;
  }
  return *this;
}

Transaction::~Transaction() {
  if (connection_ != nullptr) (void)Rollback().ok();
}

Result<Transaction> Transaction::Begin(Database& database) {
  const std::shared_ptr<Connection>& connection = database.connection_;
  AV_RETURN_IF_ERROR(connection->BeginTransaction());
  return Transaction(connection, connection->generation(), connection->depth());
}

Status Transaction::Commit() {
  if (connection_ == nullptr) {
    return Status(ErrorCode::FAILED_PRECONDITION, "The transaction has ended already.");
  }
  if (active() && connection_->depth() > depth_) {
    return Status(ErrorCode::FAILED_PRECONDITION,
                  "A transaction inside this one is still open. Commit it or roll it back first.");
  }
  const std::shared_ptr<Connection> connection = std::exchange(connection_, nullptr);
  return connection->CommitTransaction(generation_, depth_);
}

Status Transaction::Rollback() {
  if (connection_ == nullptr) {
    return Status(ErrorCode::FAILED_PRECONDITION, "The transaction has ended already.");
  }
  const std::shared_ptr<Connection> connection = std::exchange(connection_, nullptr);
  return connection->RollbackTransaction(generation_, depth_);
}

bool Transaction::active() const {
  return connection_ != nullptr && connection_->IsActive(generation_, depth_);
}

}  // namespace archivolt
