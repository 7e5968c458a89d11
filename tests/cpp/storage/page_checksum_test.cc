#include "storage/page_checksum.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace archivolt {
namespace {

TEST(PageChecksumTest, SumsAsTheFileFormatSays) {
  // By hand: x = {1, 2, 3, 4} little-endian; s1 = 1, s2 = 3; s1 = 1+3+3 = 7, s2 = 3+4+7 = 14.
  const std::vector<uint8_t> words = {1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0};
  EXPECT_EQ(SumWords(words, {}, false), (ChecksumPair{7, 14}));
  const std::vector<uint8_t> swapped = {0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4};
  EXPECT_EQ(SumWords(swapped, {}, true), (ChecksumPair{7, 14}));
  EXPECT_EQ(
      SumWords(std::span(words).last(8), SumWords(std::span(words).first(8), {}, false), false),
      (ChecksumPair{7, 14}));
}

TEST(PageChecksumTest, StampedPageIsIntactUntilAnyByteChanges) {
  std::vector<uint8_t> page(512);
  for (size_t i = 0; i < page.size(); ++i) page[i] = static_cast<uint8_t>(i * 7);
  StampPage(page);
  EXPECT_TRUE(PageIsIntact(page));
  for (size_t i = 0; i < page.size(); ++i) {
    page[i] ^= 0x10;
    EXPECT_FALSE(PageIsIntact(page)) << i;
    page[i] ^= 0x10;
  }
}

TEST(PageChecksumTest, PageOfZerosIsIntact) {
  // SQLite may leave pages unwritten; a file system reads them as zeros.
  EXPECT_TRUE(PageIsIntact(std::vector<uint8_t>(4096)));
}

TEST(PageChecksumTest, PageThatWasWrittenAsZerosDiffersFromOneThatWasLost) {
  std::vector<uint8_t> page(4096);
  StampPage(page);
  EXPECT_TRUE(PageIsIntact(page));
  EXPECT_EQ(std::string(page.end() - 8, page.end()), "ZEROPAGE");
  for (const size_t at : {size_t{0}, size_t{4000}, size_t{4088}, size_t{4095}}) {
    page[at] ^= 0x10;
    EXPECT_FALSE(PageIsIntact(page)) << at;
    page[at] ^= 0x10;
  }
}

TEST(PageChecksumTest, BigEndianRoundTrip) {
  uint8_t bytes[4];
  WriteBigEndian32(bytes, 0x01020304);
  EXPECT_EQ(bytes[0], 1);
  EXPECT_EQ(bytes[3], 4);
  EXPECT_EQ(ReadBigEndian32(bytes), 0x01020304u);
}

}  // namespace
}  // namespace archivolt
