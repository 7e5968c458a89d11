#include "cipher/chacha20.h"

#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "cipher_fixture.h"

namespace archivolt {
namespace {

using Key = std::array<uint8_t, 32>;
using Nonce = std::array<uint8_t, 12>;

uint32_t WordAt(const uint8_t* bytes) {
  return bytes[0] | uint32_t{bytes[1]} << 8 | uint32_t{bytes[2]} << 16 | uint32_t{bytes[3]} << 24;
}

// RFC 8439, section 2.3, as it stands there: one block, word by word.
std::array<uint8_t, 64> OneBlock(const Key& key, const Nonce& nonce, uint32_t counter) {
  std::array<uint32_t, 16> start = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (size_t i = 0; i < 8; ++i) start[4 + i] = WordAt(&key[4 * i]);
  start[12] = counter;
  for (size_t i = 0; i < 3; ++i) start[13 + i] = WordAt(&nonce[4 * i]);
  std::array<uint32_t, 16> x = start;
  const auto quarter = [&x](size_t a, size_t b, size_t c, size_t d) {
    x[a] += x[b], x[d] = std::rotl(x[d] ^ x[a], 16);
    x[c] += x[d], x[b] = std::rotl(x[b] ^ x[c], 12);
    x[a] += x[b], x[d] = std::rotl(x[d] ^ x[a], 8);
    x[c] += x[d], x[b] = std::rotl(x[b] ^ x[c], 7);
  };
  for (int i = 0; i < 10; ++i) {
    for (size_t column = 0; column < 4; ++column) {
      quarter(column, 4 + column, 8 + column, 12 + column);
    }
    for (size_t column = 0; column < 4; ++column) {
      quarter(column, 4 + (column + 1) % 4, 8 + (column + 2) % 4, 12 + (column + 3) % 4);
    }
  }
  std::array<uint8_t, 64> out{};
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<uint8_t>((x[i / 4] + start[i / 4]) >> (8 * (i % 4)));
  }
  return out;
}

Key CountingKey() {
  Key key{};
  std::iota(key.begin(), key.end(), uint8_t{0});
  return key;
}

TEST(ChaCha20Test, GivesTheCiphertextOfTheStandard) {  // RFC 8439, section 2.4.2
  const Nonce nonce = {0, 0, 0, 0, 0, 0, 0, 0x4a, 0, 0, 0, 0};
  std::string text =
      "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
      "sunscreen would be it.";
  archivolt_chacha20_xor(text.data(), text.size(), CountingKey().data(), nonce.data(), 1);
  EXPECT_EQ(Hex(text),
            "6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0b"
            "f91b65c5524733ab8f593dabcd62b3571639d624e65152ab8f530c359f0861d8"
            "07ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736"
            "5af90bbf74a35be6b40b8eedf2785e42874d");
}

TEST(ChaCha20Test, IsTheDefinitionForEveryLengthAndAcrossTheCountersEnd) {
  const Key key = CountingKey();
  const Nonce nonce = {9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 255, 254};
  std::vector<size_t> sizes(601);
  std::iota(sizes.begin(), sizes.end(), size_t{0});
  sizes.insert(sizes.end(), {1024, 4096, 8136, 8160, 8192, 65504});
  for (const uint32_t counter : {0U, 0x7FFFFFFEU, 0xFFFFFFFDU}) {
    for (const size_t size : sizes) {
      std::vector<uint8_t> wanted(size + 2, 0xA5);
      std::vector<uint8_t> data = wanted;
      std::array<uint8_t, 64> block{};
      for (size_t i = 0; i < size; ++i) {
        if (i % 64 == 0) block = OneBlock(key, nonce, counter + static_cast<uint32_t>(i / 64));
        wanted[i + 1] ^= block[i % 64];
      }
      // At an odd address, and between bytes that have to stay.
      archivolt_chacha20_xor(data.data() + 1, size, key.data(), nonce.data(), counter);
      ASSERT_EQ(data, wanted) << size << " bytes from block " << counter;
    }
  }
}

}  // namespace
}  // namespace archivolt
