// Status and Result<T>: how every fallible function of the core answers.
//
// Owns an error code of error_codes.def, a message that says what to do, and a small flat detail
// map (table, column, rule, sqlite...). Does not carry user content: ids and names yes, values no.
// Invariants: 1. an Ok status has no message; 2. a Result holds either a value or a non-ok Status.
// Nothing here throws; both types are [[nodiscard]].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace archivolt {

enum class ErrorCode : int {
  OK = 0,
#define ARCHIVOLT_ERROR(name, number, retry, meaning) name = number,
#include "base/error_codes.def"
#undef ARCHIVOLT_ERROR
};

/// The code's name as callers see it, such as "INVALID_ARGUMENT"; "OK" for OK.
std::string_view ErrorCodeName(ErrorCode code);

class [[nodiscard]] Status {
 public:
  using DetailValue = std::variant<std::string, int64_t>;
  using Detail = std::vector<std::pair<std::string, DetailValue>>;

  Status() = default;
  Status(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  static Status Ok() { return Status(); }
  static Status InvalidArgument(std::string message) {
    return Status(ErrorCode::INVALID_ARGUMENT, std::move(message));
  }
  static Status NotFound(std::string message) {
    return Status(ErrorCode::NOT_FOUND, std::move(message));
  }
  static Status Internal(std::string message) {
    return Status(ErrorCode::INTERNAL, std::move(message));
  }

  /// Adds one detail; the first value of a key wins, so that the innermost cause is kept.
  Status With(std::string key, DetailValue value) &&;

  bool ok() const { return code_ == ErrorCode::OK; }
  ErrorCode code() const { return code_; }
  const std::string& message() const { return message_; }
  const Detail& detail() const { return detail_; }
  /// The detail's value, or nullptr.
  const DetailValue* Find(std::string_view key) const;

 private:
  ErrorCode code_ = ErrorCode::OK;
  std::string message_;
  Detail detail_;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}         // NOLINT: implicit by design
  Result(Status status) : state_(std::move(status)) {}  // NOLINT: implicit by design

  bool ok() const { return std::holds_alternative<T>(state_); }
  /// Ok when a value is held.
  Status status() const { return ok() ? Status::Ok() : std::get<Status>(state_); }
  /// REQUIRES: ok().
  T& value() & { return std::get<T>(state_); }
  const T& value() const& { return std::get<T>(state_); }
  T&& value() && { return std::get<T>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Status> state_;
};

}  // namespace archivolt

#define ARCHIVOLT_CONCAT_INNER(a, b) a##b
#define ARCHIVOLT_CONCAT(a, b) ARCHIVOLT_CONCAT_INNER(a, b)

/// Leaves the function with the status when it is not ok.
#define AV_RETURN_IF_ERROR(expression)             \
  do {                                             \
    ::archivolt::Status av_status_ = (expression); \
    if (!av_status_.ok()) return av_status_;       \
  } while (false)

/// AV_ASSIGN_OR_RETURN(auto x, F()); declares or assigns, or leaves the function with F's status.
#define AV_ASSIGN_OR_RETURN(target, expression) \
  AV_ASSIGN_OR_RETURN_INNER(ARCHIVOLT_CONCAT(av_result_, __LINE__), target, expression)
#define AV_ASSIGN_OR_RETURN_INNER(result, target, expression) \
  auto result = (expression);                                 \
  if (!result.ok()) return result.status();                   \
  target = std::move(result).value()
