// Status and Result<T>: how every fallible function of the core answers.
//
// Owns an error code of error_codes.def, a message that says what to do, and a small flat detail
// map (table, column, rule, sqlite...). Does not carry user content: ids and names yes, values no.
// Invariants: 1. an Ok status has no message; 2. a Result holds either a value or a non-ok Status.
// Nothing here throws; both types are [[nodiscard]].
#pragma once

#include <cstdint>
#include <new>
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

/// One pointer, null when ok: thousands of calls answer with a status, and nearly all of them move
/// it on, so it must cost little code to move. A status that was moved from is ok.
class [[nodiscard]] Status {
 public:
  using DetailValue = std::variant<std::string, int64_t>;
  using Detail = std::vector<std::pair<std::string, DetailValue>>;

  Status() = default;
  Status(ErrorCode code, std::string message);
  Status(const Status& other);
  Status(Status&& other) noexcept : rep_(std::exchange(other.rep_, nullptr)) {}
  Status& operator=(Status other) noexcept {
    std::swap(rep_, other.rep_);
    return *this;
  }
  ~Status();

  static Status Ok() { return Status(); }
  static Status InvalidArgument(std::string message);
  static Status NotFound(std::string message);
  static Status Internal(std::string message);

  /// Adds one detail; the first value of a key wins, so that the innermost cause is kept.
  Status With(std::string key, DetailValue value) &&;

  bool ok() const { return rep_ == nullptr; }
  ErrorCode code() const;
  const std::string& message() const;
  const Detail& detail() const;
  /// The detail's value, or nullptr.
  const DetailValue* Find(std::string_view key) const;

 private:
  struct Rep;
  Rep* rep_ = nullptr;
};

template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : has_value_(true), value_(std::move(value)) {}  // NOLINT: implicit by design
  Result(Status status) : status_(std::move(status)) {}            // NOLINT: implicit by design
  Result(const Result& other) : has_value_(other.has_value_), status_(other.status_) {
    if (has_value_) new (&value_) T(other.value_);
  }
  Result(Result&& other) noexcept
      : has_value_(other.has_value_), status_(std::move(other.status_)) {
    if (has_value_) new (&value_) T(std::move(other.value_));
  }
  Result& operator=(Result other) noexcept {
    this->~Result();
    return *new (this) Result(std::move(other));
  }
  ~Result() {
    if (has_value_) value_.~T();
  }

  bool ok() const { return has_value_; }
  /// Ok when a value is held.
  Status status() const& { return status_; }
  Status status() && { return std::move(status_); }
  /// REQUIRES: ok().
  T& value() & {
    CheckHeld();
    return value_;
  }
  const T& value() const& {
    CheckHeld();
    return value_;
  }
  T&& value() && {
    CheckHeld();
    return std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  void CheckHeld() const {
#ifndef NDEBUG
    if (!has_value_) __builtin_trap();
#endif
  }

  bool has_value_ = false;
  Status status_;
  union {
    T value_;
  };
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
  if (!result.ok()) return std::move(result).status();        \
  target = std::move(result).value()
