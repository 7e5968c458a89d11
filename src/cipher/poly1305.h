// Poly1305 (RFC 8439, section 2.5): the tags of pages, in place of SQLite3MultipleCiphers' own,
// which is compiled for size (cmake/third_party.cmake). Same tags.
#pragma once

#include <cstddef>
#include <cstdint>

/// The tag of `size` bytes under a key that is used once.
/// @param key 32 bytes
/// @param tag receives 16 bytes; may stand right behind the message, not inside of it
extern "C" void archivolt_poly1305(const uint8_t* message, size_t size, const uint8_t* key,
                                   uint8_t* tag);
