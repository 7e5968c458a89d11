// memcpy, memmove, memset and memcmp for SQLite's records and keys. The C library's are one
// instruction for blocks of memory, which engines run by a call of their own: for a few bytes, as
// most of these are, that takes longer than the bytes. Its memcmp goes byte by byte where addresses
// are not aligned, as those of records are not. Compiled without link-time optimisation, which
// would not see that compilers call these by name.
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>

// From here on the instruction is faster than a loop.
enum { kLong = 256 };

typedef uint32_t Word __attribute__((aligned(1), may_alias));
typedef uint64_t Long __attribute__((aligned(1), may_alias));

// Less than 16 bytes: everything is read before anything is written.
static inline void CopyShort(uint8_t* to, const uint8_t* from, size_t size) {
  if (size >= 8) {
    const uint64_t first = *(const Long*)from;
    const uint64_t last = *(const Long*)(from + size - 8);
    *(Long*)to = first;
    *(Long*)(to + size - 8) = last;
  } else if (size >= 4) {
    const uint32_t first = *(const Word*)from;
    const uint32_t last = *(const Word*)(from + size - 4);
    *(Word*)to = first;
    *(Word*)(to + size - 4) = last;
  } else if (size > 0) {
    const uint8_t first = from[0];
    const uint8_t middle = from[size / 2];
    const uint8_t last = from[size - 1];
    to[0] = first;
    to[size / 2] = middle;
    to[size - 1] = last;
  }
}

void* memcpy(void* restrict to, const void* restrict from, size_t size) {
  uint8_t* out = to;
  const uint8_t* in = from;
  if (size < 16) {
    CopyShort(out, in, size);
  } else if (size >= kLong) {
    __builtin_memcpy(to, from, size);
  } else {
    const v128_t last = wasm_v128_load(in + size - 16);
    uint8_t* const end = out + size - 16;
    for (; out < end; out += 16, in += 16) wasm_v128_store(out, wasm_v128_load(in));
    wasm_v128_store(end, last);
  }
  return to;
}

void* memmove(void* to, const void* from, size_t size) {
  if (size < 16) {
    CopyShort(to, from, size);
  } else {
    __builtin_memmove(to, from, size);
  }
  return to;
}

void* memset(void* to, int value, size_t size) {
  uint8_t* out = to;
  if (size >= kLong) {
    __builtin_memset(to, value, size);
  } else if (size >= 16) {
    const v128_t pattern = wasm_i8x16_splat((int8_t)value);
    uint8_t* const end = out + size - 16;
    for (; out < end; out += 16) wasm_v128_store(out, pattern);
    wasm_v128_store(end, pattern);
  } else {
    const uint64_t pattern = (uint8_t)value * 0x0101010101010101U;
    if (size >= 8) {
      *(Long*)out = pattern;
      *(Long*)(out + size - 8) = pattern;
    } else if (size >= 4) {
      *(Word*)out = (uint32_t)pattern;
      *(Word*)(out + size - 4) = (uint32_t)pattern;
    } else {
      for (; size > 0; --size) *out++ = (uint8_t)value;
    }
  }
  return to;
}

int memcmp(const void* left, const void* right, size_t size) {
  const uint8_t* a = left;
  const uint8_t* b = right;
  for (; size >= 16; size -= 16, a += 16, b += 16) {
    const uint32_t equal = wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(a), wasm_v128_load(b)));
    if (equal != 0xffff) {
      const int at = __builtin_ctz(~equal);
      return a[at] - b[at];
    }
  }
  if (size >= 8) {
    const uint64_t x = __builtin_bswap64(*(const Long*)a);
    const uint64_t y = __builtin_bswap64(*(const Long*)b);
    if (x != y) return x < y ? -1 : 1;
    size -= 8, a += 8, b += 8;
  }
  for (; size > 0; --size, ++a, ++b) {
    if (*a != *b) return *a - *b;
  }
  return 0;
}
