#include "storage/page_checksum.h"

#include <algorithm>

namespace archivolt {
namespace {

uint32_t ReadLittleEndian32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 |
         uint32_t{bytes[3]} << 24;
}

void WriteLittleEndian32(uint8_t* bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (8 * i));
}

// No sums of a rest of zeros: "ZERO" and "PAGE" as they lie in the page.
constexpr ChecksumPair kWrittenZeros{0x4f52455a, 0x45474150};

ChecksumPair StampOf(std::span<const uint8_t> content) {
  const ChecksumPair sum = SumWords(content, {}, false);
  const bool is_zero =
      sum == ChecksumPair{} && std::ranges::all_of(content, [](uint8_t byte) { return byte == 0; });
  return is_zero ? kWrittenZeros : sum;
}

}  // namespace

uint32_t ReadBigEndian32(const uint8_t* bytes) {
  return uint32_t{bytes[0]} << 24 | uint32_t{bytes[1]} << 16 | uint32_t{bytes[2]} << 8 |
         uint32_t{bytes[3]};
}

void WriteBigEndian32(uint8_t* bytes, uint32_t value) {
  for (int i = 0; i < 4; ++i) bytes[i] = static_cast<uint8_t>(value >> (24 - 8 * i));
}

ChecksumPair SumWords(std::span<const uint8_t> bytes, ChecksumPair start, bool big_endian_words) {
  uint32_t s1 = start.s1;
  uint32_t s2 = start.s2;
  const uint8_t* const end = bytes.data() + bytes.size();
  if (big_endian_words) {
    for (const uint8_t* p = bytes.data(); p < end; p += 8) {
      s1 += ReadBigEndian32(p) + s2;
      s2 += ReadBigEndian32(p + 4) + s1;
    }
  } else {
    for (const uint8_t* p = bytes.data(); p < end; p += 8) {
      s1 += ReadLittleEndian32(p) + s2;
      s2 += ReadLittleEndian32(p + 4) + s1;
    }
  }
  return {s1, s2};
}

void StampPage(std::span<uint8_t> page) {
  const size_t content = page.size() - 8;
  const ChecksumPair stamp = StampOf(page.first(content));
  WriteLittleEndian32(page.data() + content, stamp.s1);
  WriteLittleEndian32(page.data() + content + 4, stamp.s2);
}

bool PageIsIntact(std::span<const uint8_t> page) {
  const size_t content = page.size() - 8;
  const ChecksumPair found{ReadLittleEndian32(page.data() + content),
                           ReadLittleEndian32(page.data() + content + 4)};
  const ChecksumPair stamp = StampOf(page.first(content));
  return found == stamp || (stamp == kWrittenZeros && found == ChecksumPair{});
}

}  // namespace archivolt
