#include "storage/scalar_function.h"

#include <cstring>
#include <exception>
#include <memory>

#include "sqlite3.h"
#include "storage/connection.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

struct Registered {
  ScalarFunction function;
  void* owner;
};

void Run(sqlite3_context* context, int size, sqlite3_value** values) {
  auto* registered = static_cast<Registered*>(sqlite3_user_data(context));
  FunctionCall call(context, size, values);
  try {
    registered->function.run(call, registered->owner);
  } catch (const std::exception&) {
    // bad_alloc, or length_error for a text longer than one can ever be.
    sqlite3_result_error_nomem(context);
  }
}

void Destroy(void* registered) { delete static_cast<Registered*>(registered); }

}  // namespace

FunctionCall::Type FunctionCall::type(int index) const {
  switch (sqlite3_value_type(values_[index])) {
    case SQLITE_INTEGER:
      return Type::kInteger;
    case SQLITE_FLOAT:
      return Type::kReal;
    case SQLITE_TEXT:
      return Type::kText;
    case SQLITE_BLOB:
      return Type::kBlob;
    default:
      return Type::kNull;
  }
}

int64_t FunctionCall::Int(int index) const { return sqlite3_value_int64(values_[index]); }

double FunctionCall::Real(int index) const { return sqlite3_value_double(values_[index]); }

std::string_view FunctionCall::Text(int index) const {
  const Type kind = type(index);
  if (kind != Type::kText && kind != Type::kBlob) return {};
  // As a blob: asking for text would copy it to end it with a NUL.
  const auto* bytes = static_cast<const char*>(sqlite3_value_blob(values_[index]));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_value_bytes(values_[index]))};
}

bool FunctionCall::Same(int left, int right) const {
  const Type kind = type(left);
  if (kind != type(right)) return false;
  switch (kind) {
    case Type::kNull:
      return true;
    case Type::kInteger:
      return Int(left) == Int(right);
    case Type::kReal:
      return Real(left) == Real(right);
    case Type::kText:
    case Type::kBlob:
      break;
  }
  return Text(left) == Text(right);
}

void FunctionCall::Answer(int64_t value) { sqlite3_result_int64(context_, value); }

void FunctionCall::Answer(double value) { sqlite3_result_double(context_, value); }

void FunctionCall::Answer(std::string_view text) {
  sqlite3_result_text64(context_, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                        SQLITE_UTF8);
}

void FunctionCall::AnswerBorrowed(std::string_view text) {
  sqlite3_result_text64(context_, text.empty() ? "" : text.data(), text.size(), SQLITE_STATIC,
                        SQLITE_UTF8);
}

void FunctionCall::AnswerBorrowed(BytesView bytes) {
  sqlite3_result_blob64(context_,
                        bytes.empty() ? reinterpret_cast<const uint8_t*>("") : bytes.data(),
                        bytes.size(), SQLITE_STATIC);
}

Status Connection::CreateFunction(const ScalarFunction& function, void* owner) {
  AV_RETURN_IF_ERROR(CheckOpen());
  // Innocuous: the schema is not trusted, and what these answer does no harm to whoever asks.
  const int flags =
      SQLITE_UTF8 | SQLITE_INNOCUOUS | (function.deterministic ? SQLITE_DETERMINISTIC : 0);
  auto registered = std::make_unique<Registered>(Registered{function, owner});
  // SQLite destroys what it was given, also when it refuses.
  const int code =
      sqlite3_create_function_v2(handle_, function.name, function.arguments, flags,
                                 registered.release(), &Run, nullptr, nullptr, &Destroy);
  return code == SQLITE_OK ? Status::Ok() : StatusFromConnection(handle_, code);
}

}  // namespace archivolt
