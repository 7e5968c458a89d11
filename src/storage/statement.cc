#include "storage/statement.h"

#include <cmath>
#include <utility>
#include <vector>

#include "sqlite3.h"
#include "storage/connection.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

Status Unusable() {
  return Status(ErrorCode::FAILED_PRECONDITION,
                "The statement is not usable: it is empty or its database was closed.");
}

Status AtIndex(Status status, int index) {
  return std::move(status).With("parameter", int64_t{index});
}

bool IsPrefix(char c) { return c == ':' || c == '@' || c == '$'; }

}  // namespace

Statement::Statement(std::shared_ptr<Connection> connection, PreparedStatement* prepared)
    : connection_(std::move(connection)), prepared_(prepared) {}

Statement::Statement(Statement&& other) noexcept
    : connection_(std::move(other.connection_)),
      prepared_(std::exchange(other.prepared_, nullptr)),
      state_(std::exchange(other.state_, State::kReady)) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this != &other) {
    Release();
    connection_ = std::move(other.connection_);
    prepared_ = std::exchange(other.prepared_, nullptr);
    state_ = std::exchange(other.state_, State::kReady);
  }
  return *this;
}

Statement::~Statement() { Release(); }

void Statement::Release() noexcept {
  if (prepared_ != nullptr) connection_->Return(std::exchange(prepared_, nullptr));
  connection_.reset();
}

Status Statement::CheckBindable() const {
  if (prepared_ == nullptr || prepared_->handle == nullptr) return Unusable();
  if (state_ == State::kReady) return Status::Ok();
  return Status(ErrorCode::FAILED_PRECONDITION, "The statement has run. Reset it, then bind.");
}

Status Statement::CheckBound(int result_code, int index) const {
  if (result_code == SQLITE_OK) return Status::Ok();
  return AtIndex(StatusFromConnection(connection_->handle(), result_code), index);
}

Status Statement::Bind(int index, const Value& value) {
  if (value.is_null()) return Bind(index, nullptr);
  if (value.is_bool()) return BindInt(index, value.AsBool() ? 1 : 0);
  if (value.is_int()) return BindInt(index, value.AsInt());
  if (value.is_double()) return BindReal(index, value.AsNumber());
  if (value.is_string()) return BindText(index, value.AsString());
  if (value.is_bytes()) return Bind(index, value.AsBytes());
  return AtIndex(Status::InvalidArgument("A parameter is an " + std::string(value.KindName()) +
                                         ". Write it as JSON text first."),
                 index);
}

Status Statement::Bind(int index, std::nullptr_t) {
  AV_RETURN_IF_ERROR(CheckBindable());
  return CheckBound(sqlite3_bind_null(prepared_->handle, index), index);
}

Status Statement::BindInt(int index, int64_t value) {
  AV_RETURN_IF_ERROR(CheckBindable());
  return CheckBound(sqlite3_bind_int64(prepared_->handle, index, value), index);
}

Status Statement::BindReal(int index, double value) {
  AV_RETURN_IF_ERROR(CheckBindable());
  // SQLite would store NULL in its place and say nothing.
  if (std::isnan(value)) {
    return AtIndex(Status::InvalidArgument("A parameter is not a number (NaN)."), index);
  }
  return CheckBound(sqlite3_bind_double(prepared_->handle, index, value), index);
}

Status Statement::BindPointer(int index, void* object, const char* type) {
  AV_RETURN_IF_ERROR(CheckBindable());
  return CheckBound(sqlite3_bind_pointer(prepared_->handle, index, object, type, nullptr), index);
}

namespace {

Status CheckText(std::string_view text, int index) {
  if (text.find('\0') == std::string_view::npos) return Status::Ok();
  return AtIndex(Status::InvalidArgument("A text holds a NUL character. Remove it."), index);
}

// An empty view may have no address, which SQLite would take for NULL.
const void* AddressOf(const void* data) { return data != nullptr ? data : ""; }

}  // namespace

Status Statement::BindText(int index, std::string_view text) {
  AV_RETURN_IF_ERROR(CheckBindable());
  AV_RETURN_IF_ERROR(CheckText(text, index));
  return CheckBound(sqlite3_bind_text64(prepared_->handle, index,
                                        static_cast<const char*>(AddressOf(text.data())),
                                        text.size(), SQLITE_TRANSIENT, SQLITE_UTF8),
                    index);
}

Status Statement::Bind(int index, BytesView bytes) {
  AV_RETURN_IF_ERROR(CheckBindable());
  return CheckBound(sqlite3_bind_blob64(prepared_->handle, index, AddressOf(bytes.data()),
                                        bytes.size(), SQLITE_TRANSIENT),
                    index);
}

Status Statement::BindBorrowed(int index, std::string_view text) {
  AV_RETURN_IF_ERROR(CheckBindable());
  AV_RETURN_IF_ERROR(CheckText(text, index));
  return CheckBound(sqlite3_bind_text64(prepared_->handle, index,
                                        static_cast<const char*>(AddressOf(text.data())),
                                        text.size(), SQLITE_STATIC, SQLITE_UTF8),
                    index);
}

Status Statement::BindBorrowed(int index, BytesView bytes) {
  AV_RETURN_IF_ERROR(CheckBindable());
  return CheckBound(sqlite3_bind_blob64(prepared_->handle, index, AddressOf(bytes.data()),
                                        bytes.size(), SQLITE_STATIC),
                    index);
}

Status Statement::BindNamed(std::string_view name, const Value& value) {
  AV_RETURN_IF_ERROR(CheckBindable());
  const bool prefixed = !name.empty() && IsPrefix(name.front());
  std::string full = prefixed ? std::string(name) : ":" + std::string(name);
  for (const char prefix : {':', '@', '$'}) {
    if (!prefixed) full[0] = prefix;
    const int index = sqlite3_bind_parameter_index(prepared_->handle, full.c_str());
    if (index > 0) return Bind(index, value);
  }
  return Status::InvalidArgument("The SQL has no parameter named " + std::string(name) + ".");
}

Status Statement::BindValues(std::span<const Value> values) {
  AV_RETURN_IF_ERROR(CheckBindable());
  const auto wanted = static_cast<size_t>(parameter_count());
  if (values.size() != wanted) {
    return Status::InvalidArgument("The SQL has " + std::to_string(wanted) + " parameters, " +
                                   std::to_string(values.size()) + " values were given.");
  }
  for (size_t i = 0; i < values.size(); ++i) {
    AV_RETURN_IF_ERROR(Bind(static_cast<int>(i) + 1, values[i]));
  }
  return Status::Ok();
}

Status Statement::BindMembers(const Object& members) {
  AV_RETURN_IF_ERROR(CheckBindable());
  for (const Object::Member& member : members) {
    AV_RETURN_IF_ERROR(BindNamed(member.key, member.value));
  }
  for (int index = 1; index <= parameter_count(); ++index) {
    const char* name = sqlite3_bind_parameter_name(prepared_->handle, index);
    if (name == nullptr) {
      return AtIndex(Status::InvalidArgument("A parameter of the SQL has no name."), index);
    }
    if (members.Find(name) == nullptr && members.Find(name + 1) == nullptr) {
      return Status::InvalidArgument("No value was given for the parameter " + std::string(name) +
                                     ".");
    }
  }
  return Status::Ok();
}

int Statement::parameter_count() const {
  if (prepared_ == nullptr || prepared_->handle == nullptr) return 0;
  return sqlite3_bind_parameter_count(prepared_->handle);
}

Result<bool> Statement::Step() {
  if (prepared_ == nullptr || prepared_->handle == nullptr) return Unusable();
  if (state_ == State::kDone) return false;
  if (state_ == State::kReady) AV_RETURN_IF_ERROR(connection_->CheckRunnable(*prepared_));
  const int code = connection_->StepRaw(*prepared_);
  if (code == SQLITE_ROW) {
    state_ = State::kRow;
    return true;
  }
  if (code == SQLITE_DONE) {
    state_ = State::kDone;
    if (!prepared_->readonly) connection_->NotifyIfCommitted();
    return false;
  }
  Status status = connection_->Failed(code);
  if (status.code() == ErrorCode::CONSTRAINT && !prepared_->target.empty()) {
    status = std::move(status).With("table", prepared_->target);
  }
  Reset();
  if (!prepared_->readonly) connection_->ForgetWhatWasRolledBack(code);
  return status;
}

Status Statement::Run() {
  while (true) {
    AV_ASSIGN_OR_RETURN(const bool row, Step());
    if (!row) break;
  }
  Reset();
  return Status::Ok();
}

void Statement::Reset() {
  state_ = State::kReady;
  if (prepared_ == nullptr || prepared_->handle == nullptr) return;
  sqlite3_reset(prepared_->handle);
  if (!prepared_->readonly) connection_->NotifyIfCommitted();
}

int Statement::column_count() const {
  if (prepared_ == nullptr || prepared_->handle == nullptr) return 0;
  return sqlite3_column_count(prepared_->handle);
}

std::string_view Statement::column_name(int column) const {
  if (column < 0 || column >= column_count()) return {};
  const char* name = sqlite3_column_name(prepared_->handle, column);
  return name != nullptr ? std::string_view(name) : std::string_view();
}

bool Statement::IsNull(int column) const {
  if (state_ != State::kRow || prepared_->handle == nullptr) return true;
  return sqlite3_column_type(prepared_->handle, column) == SQLITE_NULL;
}

int64_t Statement::Int(int column) const {
  return IsNull(column) ? 0 : sqlite3_column_int64(prepared_->handle, column);
}

double Statement::Real(int column) const {
  return IsNull(column) ? 0.0 : sqlite3_column_double(prepared_->handle, column);
}

std::string_view Statement::Text(int column) const {
  if (IsNull(column)) return {};
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(prepared_->handle, column));
  if (text == nullptr) return {};
  return {text, static_cast<size_t>(sqlite3_column_bytes(prepared_->handle, column))};
}

BytesView Statement::Blob(int column) const {
  if (IsNull(column)) return {};
  const auto* bytes = static_cast<const uint8_t*>(sqlite3_column_blob(prepared_->handle, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<size_t>(sqlite3_column_bytes(prepared_->handle, column))};
}

Value Statement::Column(int column) const {
  if (IsNull(column)) return nullptr;
  switch (sqlite3_column_type(prepared_->handle, column)) {
    case SQLITE_INTEGER:
      return Int(column);
    case SQLITE_FLOAT:
      return Real(column);
    case SQLITE_TEXT:
      return Text(column);
    default: {
      const BytesView view = Blob(column);
      return Bytes(view.begin(), view.end());
    }
  }
}

bool Statement::readonly() const { return prepared_ == nullptr || prepared_->readonly; }

const std::string& Statement::sql() const {
  static const std::string kNone;
  return prepared_ != nullptr ? prepared_->sql : kNone;
}

}  // namespace archivolt
