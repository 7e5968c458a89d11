// ChaCha20 (RFC 8439, section 2.4): the key stream that encrypts pages, in place of
// SQLite3MultipleCiphers' own, which computes one block at a time and is compiled for size
// (cmake/third_party.cmake). Same bytes, four blocks at once.
#pragma once

#include <cstddef>
#include <cstdint>

/// Adds (xor) the key stream to `size` bytes in place; encrypts and decrypts alike.
/// @param key 32 bytes
/// @param nonce 12 bytes
/// @param counter of the first block of 64 bytes; it wraps at 2^32
extern "C" void archivolt_chacha20_xor(void* data, size_t size, const uint8_t* key,
                                       const uint8_t* nonce, uint32_t counter);
