#include "storage/cipher_key.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "sqlite3.h"
#include "storage/sqlite_status.h"

namespace archivolt {
namespace {

// So that the compiler does not leave out a write that nobody reads.
void Wipe(std::span<uint8_t> bytes) {
  volatile uint8_t* at = bytes.data();
  for (size_t i = 0; i < bytes.size(); ++i) at[i] = 0;
}

// With this mark SQLite3MultipleCiphers takes the key and the salt as they are.
constexpr std::string_view kRaw = "raw:";

struct RawKey {
  explicit RawKey(std::span<const uint8_t> bytes) {
    std::copy(kRaw.begin(), kRaw.end(), text.begin());
    std::copy(bytes.begin(), bytes.end(), text.begin() + kRaw.size());
  }
  ~RawKey() { Wipe(text); }
  RawKey(const RawKey&) = delete;
  RawKey& operator=(const RawKey&) = delete;
  std::array<uint8_t, kRaw.size() + CipherKey::kBytes> text{};
};

}  // namespace

CipherKey::~CipherKey() { Wipe(bytes_); }

Result<CipherKey> CipherKey::From(std::span<const uint8_t> bytes) {
  CipherKey key;
  if (bytes.empty()) return key;
  if (bytes.size() != kBytes) {
    return Status::InvalidArgument("A database's key has 48 bytes.").With("argument", "key");
  }
  std::copy(bytes.begin(), bytes.end(), key.bytes_.begin());
  key.is_set_ = true;
  return key;
}

Status CipherKey::Unlock(sqlite3* handle) const {
  const RawKey raw(bytes_);
  const int code =
      sqlite3_key_v2(handle, "main", raw.text.data(), static_cast<int>(raw.text.size()));
  return code == SQLITE_OK ? Status::Ok() : StatusFromConnection(handle, code);
}

Status CipherKey::Reseal(sqlite3* handle) const {
  const RawKey raw(bytes_);
  const int code = sqlite3_rekey_v2(handle, "main", raw.text.data(),
                                    is_set_ ? static_cast<int>(raw.text.size()) : 0);
  return code == SQLITE_OK ? Status::Ok() : StatusFromConnection(handle, code);
}

}  // namespace archivolt
