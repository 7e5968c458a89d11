// The arithmetic of page checksums and of SQLite's WAL checksums: pure functions over bytes.
//
// Both are the same two running sums over 32-bit words, documented in SQLite's file format ("WAL
// checksum algorithm") and used by its checksum VFS with zero as the start.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace archivolt {

struct ChecksumPair {
  uint32_t s1 = 0;
  uint32_t s2 = 0;
  bool operator==(const ChecksumPair&) const = default;
};

/// Continues the sums over the bytes. REQUIRES: bytes.size() is a multiple of 8.
ChecksumPair SumWords(std::span<const uint8_t> bytes, ChecksumPair start, bool big_endian_words);

/// Puts the checksum of the rest into the page's last 8 bytes; for a rest of zeros, whose sums are
/// zero, a mark in place of them, so that a page that was written as zeros differs from one that
/// was lost. REQUIRES: a size of 512..65536, a power of 2.
void StampPage(std::span<uint8_t> page);

/// Whether the page's last 8 bytes are the checksum of the rest, or mark a rest of zeros. True for
/// a page of zeros alone: whether it may be one is the caller's to judge.
bool PageIsIntact(std::span<const uint8_t> page);

uint32_t ReadBigEndian32(const uint8_t* bytes);
void WriteBigEndian32(uint8_t* bytes, uint32_t value);

}  // namespace archivolt
