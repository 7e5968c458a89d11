#include "base/status.h"

namespace archivolt {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::OK:
      return "OK";
#define ARCHIVOLT_ERROR(name, number, retry, meaning) \
  case ErrorCode::name:                               \
    return #name;
#include "base/error_codes.def"
#undef ARCHIVOLT_ERROR
  }
  return "INTERNAL";
}

struct Status::Rep {
  ErrorCode code;
  std::string message;
  Detail detail;
};

Status::Status(ErrorCode code, std::string message) {
  if (code != ErrorCode::OK) rep_ = new Rep{code, std::move(message), {}};
}

Status::Status(const Status& other) : rep_(other.ok() ? nullptr : new Rep(*other.rep_)) {}

Status::~Status() { delete rep_; }

Status Status::InvalidArgument(std::string message) {
  return Status(ErrorCode::INVALID_ARGUMENT, std::move(message));
}

Status Status::NotFound(std::string message) {
  return Status(ErrorCode::NOT_FOUND, std::move(message));
}

Status Status::Internal(std::string message) {
  return Status(ErrorCode::INTERNAL, std::move(message));
}

ErrorCode Status::code() const { return ok() ? ErrorCode::OK : rep_->code; }

const std::string& Status::message() const {
  static const std::string kNone;
  return ok() ? kNone : rep_->message;
}

const Status::Detail& Status::detail() const {
  static const Detail kNone;
  return ok() ? kNone : rep_->detail;
}

Status Status::With(std::string key, DetailValue value) && {
  if (!ok() && Find(key) == nullptr) rep_->detail.emplace_back(std::move(key), std::move(value));
  return std::move(*this);
}

const Status::DetailValue* Status::Find(std::string_view key) const {
  for (const auto& [name, value] : detail()) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace archivolt
