// ScalarFunction: a function of the core that SQL may call, such as "who acts" in a trigger.
//
// Owns the way from SQLite's values to views and back. Names that begin with "archivolt_" are the
// core's own: triggers and the core's SQL may call them, callers' SQL may not (authorizer.h).
// Nothing thrown in a function reaches SQLite: std::bad_alloc becomes OUT_OF_MEMORY.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/value.h"

struct sqlite3_context;
struct sqlite3_value;

namespace archivolt {

/// The arguments and the answer of one call. Without an answer it is NULL. Views hold until the
/// function returns. Indexes count from 0.
class FunctionCall {
 public:
  enum class Type : uint8_t { kNull, kInteger, kReal, kText, kBlob };

  FunctionCall(sqlite3_context* context, int size, sqlite3_value** values)
      : context_(context), values_(values), size_(size) {}

  int size() const { return size_; }
  Type type(int index) const;
  int64_t Int(int index) const;
  double Real(int index) const;
  /// The bytes of a text or a blob; empty for any other.
  std::string_view Text(int index) const;
  /// Whether both arguments are of one type and equal (NULL equals NULL).
  bool Same(int left, int right) const;

  void Answer(int64_t value);
  void Answer(double value);
  /// The text is copied.
  void Answer(std::string_view text);
  /// As Answer, without the copy: the bytes must stay unchanged until the statement is reset.
  void AnswerBorrowed(std::string_view text);
  void AnswerBorrowed(BytesView bytes);

 private:
  sqlite3_context* context_;
  sqlite3_value** values_;
  int size_;
};

struct ScalarFunction {
  const char* name;  // outlives the connection
  int arguments;     // -1: any number
  /// Equal arguments always give equal answers, so that SQLite may call it once for many rows.
  bool deterministic;
  void (*run)(FunctionCall& call, void* owner);
};

}  // namespace archivolt
