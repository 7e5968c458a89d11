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

Status Status::With(std::string key, DetailValue value) && {
  if (Find(key) == nullptr) detail_.emplace_back(std::move(key), std::move(value));
  return std::move(*this);
}

const Status::DetailValue* Status::Find(std::string_view key) const {
  for (const auto& [name, value] : detail_) {
    if (name == key) return &value;
  }
  return nullptr;
}

}  // namespace archivolt
