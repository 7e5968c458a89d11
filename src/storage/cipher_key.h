// CipherKey: what the pages of an encrypted database are sealed with, or nothing for a plain one.
//
// Owns the bytes and overwrites them when it ends. Does not know where they come from: they are
// used as they are, and the cipher derives nothing from them (ADR 17).
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "base/status.h"

struct sqlite3;

namespace archivolt {

class CipherKey {
 public:
  /// 32 bytes of ChaCha20-Poly1305's key, then the 16 with which a new file begins.
  static constexpr size_t kBytes = 48;

  CipherKey() = default;
  CipherKey(const CipherKey&) = default;
  CipherKey& operator=(const CipherKey&) = default;
  ~CipherKey();

  /// INVALID_ARGUMENT unless there are exactly kBytes, or none for a plain database.
  static Result<CipherKey> From(std::span<const uint8_t> bytes);

  bool is_set() const { return is_set_; }

  /// Gives the key to a connection before it has read anything. REQUIRES: is_set.
  Status Unlock(sqlite3* handle) const;
  /// Writes every page anew under this key, or as plain pages when it is not set. REQUIRES: no
  /// transaction, no write-ahead log, one attachment is allowed.
  Status Reseal(sqlite3* handle) const;

 private:
  bool is_set_ = false;
  std::array<uint8_t, kBytes> bytes_{};
};

}  // namespace archivolt
