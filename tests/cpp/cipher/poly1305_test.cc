#include "cipher/poly1305.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cipher_fixture.h"

namespace archivolt {
namespace {

std::string TagOf(const std::vector<uint8_t>& message, const std::vector<uint8_t>& key) {
  std::array<uint8_t, 16> tag{};
  archivolt_poly1305(message.data(), message.size(), key.data(), tag.data());
  return Hex(tag);
}

// RFC 8439, section 2.5, by the arithmetic of school: digits of 8 bits, and what stands at 2^136
// and above comes back times 5 * 2^-130 * 2^136 = 320.
std::string TagByDigits(const std::vector<uint8_t>& message, const std::vector<uint8_t>& key) {
  constexpr size_t kDigits = 17;
  std::array<uint32_t, kDigits> r{};
  std::array<uint32_t, kDigits> sum{};
  for (size_t i = 0; i < 16; ++i) r[i] = key[i];
  for (const size_t i : {3U, 7U, 11U, 15U}) r[i] &= 15;
  for (const size_t i : {4U, 8U, 12U}) r[i] &= 252;
  // Until the digits are digits again and the sum is below 2^130.
  const auto carry = [](std::array<uint32_t, kDigits>& digits) {
    for (int round = 0; round < 3; ++round) {
      uint32_t over = 0;
      for (uint32_t& digit : digits) {
        over += digit;
        digit = over & 255;
        over >>= 8;
      }
      over = (over << 6) + (digits[16] >> 2);
      digits[16] &= 3;
      digits[0] += over * 5;
    }
  };
  for (size_t at = 0; at < message.size(); at += 16) {
    const size_t size = std::min<size_t>(16, message.size() - at);
    for (size_t i = 0; i < size; ++i) sum[i] += message[at + i];
    sum[size] += 1;
    carry(sum);
    std::array<uint32_t, kDigits> product{};
    for (size_t i = 0; i < kDigits; ++i) {
      for (size_t j = 0; j < kDigits; ++j) {
        product[(i + j) % kDigits] += sum[i] * r[j] * (i + j < kDigits ? 1 : 320);
      }
    }
    carry(product);
    sum = product;
  }
  carry(sum);
  std::array<uint32_t, kDigits> less = sum;  // less 2^130 - 5, if there is so much
  less[0] += 5;
  uint32_t over = 0;
  for (uint32_t& digit : less) {
    over += digit;
    digit = over & 255;
    over >>= 8;
  }
  if (less[16] >= 4) sum = less;
  std::array<uint8_t, 16> tag{};
  over = 0;
  for (size_t i = 0; i < 16; ++i) {
    over += sum[i] + key[16 + i];
    tag[i] = static_cast<uint8_t>(over);
    over >>= 8;
  }
  return Hex(tag);
}

std::string Repeated(std::string_view pair, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += pair;
  return out;
}

TEST(Poly1305Test, GivesTheTagsOfTheStandard) {
  struct Case {
    std::string key;
    std::string message;
    std::string tag;
  };
  const std::string ff = Repeated("ff", 15);
  const std::string zeros = Repeated("00", 15);
  const std::string half = Repeated("00", 8);
  const std::vector<Case> cases = {
      // Section 2.5.2, and appendix A.3: 1 and 7 to 13, which are the edges of the arithmetic.
      {"85d6be7857556d337f4452fe42d506a80103808afb0db2fd4abff6af4149f51b",
       Hex("Cryptographic Forum Research Group"), "a8061dc1305136c6c22b8baf0c0127a9"},
      {"00" + zeros + "00" + zeros, Repeated("00", 64), "00" + zeros},
      {"02" + zeros + "00" + zeros, "ff" + ff, "03" + zeros},
      {"02" + zeros + "ff" + ff, "02" + zeros, "03" + zeros},
      {"01" + zeros + "00" + zeros, "ff" + ff + "f0" + ff + "11" + zeros, "05" + zeros},
      {"01" + zeros + "00" + zeros, "ff" + ff + "fb" + Repeated("fe", 15) + Repeated("01", 16),
       "00" + zeros},
      {"02" + zeros + "00" + zeros, "fd" + ff, "fa" + ff},
      {"01000000000000000400000000000000" + half + half,
       "e33594d7505e43b9" + half + "3394d7505e4379cd0100000000000000" + "00" + zeros + "01" + zeros,
       "1400000000000000" + std::string("5500000000000000")},
      {"01000000000000000400000000000000" + half + half,
       "e33594d7505e43b9" + half + "3394d7505e4379cd0100000000000000" + "00" + zeros, "13" + zeros},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(TagOf(FromHex(one.message), FromHex(one.key)), one.tag) << one.message;
    EXPECT_EQ(TagByDigits(FromHex(one.message), FromHex(one.key)), one.tag) << one.message;
  }
}

TEST(Poly1305Test, IsTheDefinitionForEveryLengthAndForExtremeBytes) {
  uint32_t state = 1;
  const auto next = [&state] {
    state = state * 1664525 + 1013904223;
    return static_cast<uint8_t>(state >> 24);
  };
  for (const int kind : {0, 1, 2}) {  // any bytes, all ones, few other than ones and zeros
    for (size_t size = 0; size <= 300; ++size) {
      std::vector<uint8_t> message(size == 300 ? 8176 : size);
      std::vector<uint8_t> key(32);
      for (std::vector<uint8_t>* bytes : {&message, &key}) {
        for (uint8_t& byte : *bytes) {
          byte = next();
          if (kind == 1 || (kind == 2 && byte < 250)) byte = byte % 2 == 0 || kind == 1 ? 255 : 0;
        }
      }
      ASSERT_EQ(TagOf(message, key), TagByDigits(message, key)) << kind << ", " << message.size();
    }
  }
}

TEST(Poly1305Test, WritesTheTagRightBehindTheMessage) {
  std::vector<uint8_t> page(8176 + 16, 7);
  const std::vector<uint8_t> key(32, 9);
  const std::string wanted = TagOf(std::vector<uint8_t>(8176, 7), key);
  archivolt_poly1305(page.data(), 8176, key.data(), page.data() + 8176);
  EXPECT_EQ(Hex(std::span(page).subspan(8176)), wanted);
}

}  // namespace
}  // namespace archivolt
