// Statement: one SQL statement on lease from its database's cache.
//
// Owns the lease: the destructor resets the statement, forgets its parameters and gives it back.
// Does not own the database; a statement that outlives it answers FAILED_PRECONDITION, never
// crashes. Views of Text() and Blob() hold until the next Step, Reset or the end of the statement.
// Errors: those of sqlite_status.h; after one the statement is reset and may be run again.
#pragma once

#include <concepts>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/value.h"

namespace archivolt {

class Connection;
struct PreparedStatement;

class Statement {
 public:
  /// An empty statement, to be assigned to; every call on it is FAILED_PRECONDITION.
  Statement() = default;
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  // Parameters. Indexes count from 1. Text and bytes are copied. INVALID_ARGUMENT: no such
  // parameter, text with a NUL character, NaN, an array or object, more than the length limit.
  // FAILED_PRECONDITION: the statement has been stepped and not been reset.
  Status Bind(int index, const Value& value);
  Status Bind(int index, std::nullptr_t);
  Status Bind(int index, BytesView bytes);
  Status Bind(int index, const Bytes& bytes) { return Bind(index, BytesView(bytes)); }
  template <std::integral T>
  Status Bind(int index, T value) {
    return BindInt(index, static_cast<int64_t>(value));
  }
  template <std::floating_point T>
  Status Bind(int index, T value) {
    return BindReal(index, static_cast<double>(value));
  }
  template <typename T>
    requires std::convertible_to<const T&, std::string_view>
  Status Bind(int index, const T& text) {
    return BindText(index, std::string_view(text));
  }
  /// As Bind, without the copy: the bytes must stay unchanged until the next Reset or the end.
  Status BindBorrowed(int index, std::string_view text);
  Status BindBorrowed(int index, BytesView bytes);
  /// The name with or without its prefix (":id", "@id", "$id" or "id").
  Status BindNamed(std::string_view name, const Value& value);
  /// Binds all parameters in order; INVALID_ARGUMENT unless there are exactly so many.
  Status BindValues(std::span<const Value> values);
  /// Binds parameters by name; INVALID_ARGUMENT when a member fits none or one is left without.
  Status BindMembers(const Object& members);
  /// Binds parameters 1..n.
  template <typename... Args>
  Status BindAll(const Args&... args) {
    int index = 0;
    Status status;
    ((status.ok() ? static_cast<void>(status = Bind(++index, args)) : static_cast<void>(0)), ...);
    return status;
  }
  int parameter_count() const;

  /// True: a row is there to be read. False: done, and again false until Reset.
  Result<bool> Step();
  /// Steps to the end, skips rows, resets. Parameters stay bound.
  Status Run();
  /// Ends the execution; parameters stay bound. May end (and so commit) a write that was not read
  /// out.
  void Reset();

  // The current row. Columns count from 0; a column that does not exist reads as NULL.
  int column_count() const;
  /// The name in the result, which is the alias if there is one; until the statement ends.
  std::string_view column_name(int column) const;
  /// Null, int64, double, string or bytes, owned.
  Value Column(int column) const;
  int64_t Int(int column) const;
  bool Bool(int column) const { return Int(column) != 0; }
  double Real(int column) const;
  std::string_view Text(int column) const;
  BytesView Blob(int column) const;
  bool IsNull(int column) const;
  /// Whether the statement changes no row of the database.
  bool readonly() const;
  const std::string& sql() const;

 private:
  friend class Connection;
  enum class State { kReady, kRow, kDone };

  Statement(std::shared_ptr<Connection> connection, PreparedStatement* prepared);
  Status CheckBindable() const;
  Status BindInt(int index, int64_t value);
  Status BindReal(int index, double value);
  /// An object that a function of the core takes, by SQLite's pointer passing.
  Status BindPointer(int index, void* object, const char* type);
  Status BindText(int index, std::string_view text);
  Status CheckBound(int result_code, int index) const;
  void Release() noexcept;

  std::shared_ptr<Connection> connection_;
  PreparedStatement* prepared_ = nullptr;
  State state_ = State::kReady;
};

}  // namespace archivolt
