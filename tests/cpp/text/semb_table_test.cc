#include "text/semb_table.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "text/row_sum.h"
#include "text/semb_fixture.h"

namespace archivolt {
namespace {

ErrorCode CodeOf(const Bytes& file) {
  // A copy of exactly these bytes, so that the sanitizer sees a read past them.
  const Bytes exact(file.begin(), file.end());
  return SembTable::Read(exact).status().code();
}

TEST(SembTableTest, ReadsWordsScalesAndNibbles) {
  const auto table = SembTable::Read(MakeSemb(SmallWords(), 4, 4));
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(table->words(), 3U);
  EXPECT_EQ(table->dimensions(), 4U);
  EXPECT_EQ(table->bits(), 4);
  EXPECT_EQ(table->Find("cat"), 0U);
  EXPECT_EQ(table->Find("cats"), 1U);
  EXPECT_EQ(table->Find("tree"), 2U);
  for (const char* absent : {"", "ca", "catss", "dog", "CAT", "trees"}) {
    EXPECT_EQ(table->Find(absent), SembTable::kNoRow) << absent;
  }
  std::vector<float> sum(4);
  table->Accumulate(2, 1, sum);
  EXPECT_EQ(sum, (std::vector<float>{-15, -1, 1, 15}));
  table->Accumulate(1, 2, sum);
  EXPECT_EQ(sum, (std::vector<float>{-7.5F, 0.5F, 0.5F, 15.5F}));
  EXPECT_FLOAT_EQ(table->row_length(2), std::sqrt(452.0F));
}

TEST(SembTableTest, ReadsBytes) {
  const auto table = SembTable::Read(
      MakeSemb({{"a", 0x3C00, {0x01, 0xFF, 0x80}}, {"b", 0x0001, {0x7F, 0x00, 0x00}}}, 3, 8));
  ASSERT_TRUE(table.ok()) << table.status().message();
  std::vector<float> sum(3);
  table->Accumulate(0, 1, sum);
  EXPECT_EQ(sum, (std::vector<float>{1, -1, -128}));
  EXPECT_FLOAT_EQ(table->row_length(0), std::sqrt(16386.0F));
  // The smallest float16.
  EXPECT_FLOAT_EQ(table->row_length(1), 127 * 0x1p-24F);
}

TEST(SembTableTest, EveryShorterFileIsRefused) {
  const Bytes whole = MakeSemb(SmallWords(), 4, 4);
  ASSERT_EQ(CodeOf(whole), ErrorCode::OK);
  for (size_t length = 0; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(CodeOf(cut), length < SembTable::kHeaderBytes ? ErrorCode::INVALID_ARGUMENT
                                                            : ErrorCode::CORRUPTION)
        << length;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_EQ(CodeOf(longer), ErrorCode::CORRUPTION);
}

TEST(SembTableTest, RowsOfNGramsAreAddedAsTheirMean) {
  const Bytes plain = MakeSemb(SmallWords(), 4, 4);
  EXPECT_EQ(SembTable::Read(plain)->buckets(), 0U);
  // "<a>" is the only n-gram of "a": whichever bucket it falls into, both have the same row.
  const auto table = SembTable::Read(WithGrams(plain, {{0x3C00, {0x8F, 0x78}},  //
                                                       {0x3C00, {0x8F, 0x78}}}));
  ASSERT_TRUE(table.ok()) << table.status().message();
  EXPECT_EQ(table->buckets(), 2U);
  EXPECT_EQ(table->words(), 3U);
  for (const char* word : {"a", "dog", "数据库"}) {
    std::vector<float> sum(4);
    table->AccumulateGrams(word, 2, sum);
    EXPECT_NEAR(sum[0], 15, 1e-3) << word;
    EXPECT_NEAR(sum[3], -1, 1e-4) << word;
  }
  std::vector<float> words(4);
  table->Accumulate(2, 1, words);
  EXPECT_EQ(words, (std::vector<float>{-15, -1, 1, 15}));
}

TEST(SembTableTest, DamagedNGramsAreRefused) {
  const Bytes plain = MakeSemb(SmallWords(), 4, 4);
  const SembRow row = {0x3C00, {0x8F, 0x78}};
  const Bytes whole = WithGrams(plain, {row, row});
  ASSERT_EQ(CodeOf(whole), ErrorCode::OK);
  for (size_t length = plain.size() + 1; length < whole.size(); ++length) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length));
    EXPECT_EQ(CodeOf(cut), ErrorCode::CORRUPTION) << length;
  }
  Bytes longer = whole;
  longer.push_back(0);
  EXPECT_EQ(CodeOf(longer), ErrorCode::CORRUPTION);
  EXPECT_EQ(CodeOf(WithGrams(plain, {})), ErrorCode::CORRUPTION);
  EXPECT_EQ(CodeOf(WithGrams(plain, {row, row, row})), ErrorCode::CORRUPTION) << "no power of two";
  for (const uint8_t byte : {uint8_t{0x00}, uint8_t{0x80}, uint8_t{0xFF}}) {
    Bytes bent = whole;
    for (size_t i = 4; i < 8; ++i) bent[plain.size() + i] = byte;
    EXPECT_EQ(CodeOf(bent), ErrorCode::CORRUPTION) << int{byte};
  }
  EXPECT_EQ(CodeOf(WithGrams(plain, {{0x7C00, {0, 0}}})), ErrorCode::CORRUPTION) << "infinite";
}

TEST(SembTableTest, HeadersThatLieAreRefused) {
  const auto with = [](size_t at, uint32_t value) {
    Bytes file = MakeSemb(SmallWords(), 4, 4);
    for (size_t i = 0; i < 4; ++i) file[at + i] = static_cast<uint8_t>(value >> (8 * i));
    return CodeOf(file);
  };
  EXPECT_EQ(with(0, 0x12345678), ErrorCode::INVALID_ARGUMENT);
  for (const uint32_t words : {0U, SembTable::kMaxWords + 1, 0xFFFFFFFFU}) {
    EXPECT_EQ(with(4, words), ErrorCode::INVALID_ARGUMENT) << words;
  }
  for (const uint32_t words : {1U, 2U, 4U, SembTable::kMaxWords}) {
    EXPECT_EQ(with(4, words), ErrorCode::CORRUPTION) << words;
  }
  for (const uint32_t dimensions : {0U, 3U, SembTable::kMaxDimensions + 2, 0xFFFFFFFEU}) {
    EXPECT_EQ(with(8, dimensions), ErrorCode::INVALID_ARGUMENT) << dimensions;
  }
  EXPECT_EQ(with(8, 2), ErrorCode::CORRUPTION);
  for (const uint32_t bits : {0U, 1U, 5U, 16U, 32U, 0x80000004U}) {
    EXPECT_EQ(with(12, bits), ErrorCode::INVALID_ARGUMENT) << bits;
  }
  EXPECT_EQ(with(12, 8), ErrorCode::CORRUPTION);
  for (const uint32_t vocabulary : {0U, 1U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    EXPECT_EQ(with(16, vocabulary), ErrorCode::CORRUPTION) << vocabulary;
  }
}

TEST(SembTableTest, VocabulariesThatLieAreRefused) {
  // Headers and lengths fit; only the front-coded words are wrong. Rows: two dimensions, one byte.
  const auto code = [](std::vector<uint8_t> vocabulary, uint32_t words) {
    Bytes file = {'S', 'E', 'M', 'B'};
    AppendU32(file, words);
    AppendU32(file, 2);
    AppendU32(file, 4);
    AppendU32(file, static_cast<uint32_t>(vocabulary.size()));
    file.insert(file.end(), vocabulary.begin(), vocabulary.end());
    for (uint32_t i = 0; i < words; ++i) file.insert(file.end(), {0x00, 0x3C});
    file.insert(file.end(), words, 0x87);
    return CodeOf(file);
  };
  EXPECT_EQ(code({0, 1, 'a', 1, 1, 'b'}, 2), ErrorCode::OK);
  EXPECT_EQ(code({1, 1, 'a'}, 1), ErrorCode::CORRUPTION) << "shares with nothing";
  EXPECT_EQ(code({0, 1, 'a', 2, 1, 'b'}, 2), ErrorCode::CORRUPTION) << "shares too much";
  EXPECT_EQ(code({0, 2, 'a'}, 1), ErrorCode::CORRUPTION) << "longer than the vocabulary";
  EXPECT_EQ(code({0, 1, 'a', 0}, 2), ErrorCode::CORRUPTION) << "half an entry";
  EXPECT_EQ(code({0, 1, 'a'}, 2), ErrorCode::CORRUPTION) << "an entry short";
  EXPECT_EQ(code({0, 1, 'a', 0, 1, 'b'}, 1), ErrorCode::CORRUPTION) << "bytes left over";
  EXPECT_EQ(code({0, 0}, 1), ErrorCode::CORRUPTION) << "an empty word";
  EXPECT_EQ(code({0, 1, 'a', 1, 0}, 2), ErrorCode::CORRUPTION) << "a word twice";
  EXPECT_EQ(code({0, 1, 'b', 0, 1, 'a'}, 2), ErrorCode::CORRUPTION) << "out of order";
  EXPECT_EQ(code({0, 1, 'b', 0, 1, 'b'}, 2), ErrorCode::CORRUPTION) << "a word twice, in full";
  std::vector<uint8_t> longest = {0, 255};
  longest.insert(longest.end(), 255, 'x');
  EXPECT_EQ(code(longest, 1), ErrorCode::OK);
  longest.insert(longest.end(), {255, 1, 'y'});
  EXPECT_EQ(code(longest, 2), ErrorCode::CORRUPTION) << "256 bytes";
}

TEST(SembTableTest, ScalesHaveToBeNumbers) {
  for (const int scale : {0x7C00, 0xFC00, 0x7E00, 0xBC00}) {  // infinities, NaN, -1
    auto words = SmallWords();
    words[1].half_scale = static_cast<uint16_t>(scale);
    EXPECT_EQ(CodeOf(MakeSemb(words, 4, 4)), ErrorCode::CORRUPTION) << scale;
  }
  auto words = SmallWords();
  words[1].half_scale = 0;
  EXPECT_EQ(CodeOf(MakeSemb(words, 4, 4)), ErrorCode::OK);
}

TEST(SembTableTest, FlippedBytesNeverReadOutOfBounds) {
  std::mt19937 random(5);
  std::vector<SembWord> words;
  for (char a = 'a'; a <= 'f'; ++a) {
    for (char b = 'a'; b <= 'f'; ++b) {
      words.push_back({std::string{a, 'o', b}, 0x3C00, {0x12, 0x34, 0x56, 0x78}});
    }
  }
  const Bytes whole = MakeSemb(words, 8, 4);
  size_t refused = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (const int flip : {0x01, 0x80, 0xFF}) {
      Bytes bent = whole;
      bent[at] = static_cast<uint8_t>(bent[at] ^ flip);
      auto table = SembTable::Read(bent);
      if (!table.ok()) {
        ++refused;
        continue;
      }
      std::vector<float> sum(table->dimensions());
      for (uint32_t row = 0; row < table->words(); ++row) table->Accumulate(row, 1, sum);
      for (const SembWord& word : words) {
        const uint32_t row = table->Find(word.word);
        EXPECT_TRUE(row == SembTable::kNoRow || row < table->words());
      }
    }
  }
  EXPECT_GT(refused, 3 * SembTable::kHeaderBytes - 1);
}

TEST(RowSumTest, SimdAndScalarGiveTheSameBits) {
  std::mt19937 random(6);
  std::uniform_real_distribution<float> real(-3, 3);
  for (size_t dims = 2; dims <= 260; dims += 2) {
    std::vector<uint8_t> row(dims / 2);
    for (uint8_t& byte : row) byte = static_cast<uint8_t>(random());
    std::vector<float> fast(dims);
    for (float& x : fast) x = real(random);
    std::vector<float> plain = fast;
    const float factor = RoundFactor(std::abs(real(random)));
    AddNibbleRow(row.data(), factor, fast.data(), dims);
    AddNibbleRowScalar(row.data(), factor, plain.data(), dims);
    ASSERT_EQ(fast, plain) << dims;
  }
}

TEST(RowSumTest, ARoundedFactorMakesProductsExact) {
  std::mt19937 random(7);
  std::uniform_real_distribution<float> real(0, 100);
  for (int i = 0; i < 2000; ++i) {
    const float factor = real(random);
    const float rounded = RoundFactor(factor);
    EXPECT_NEAR(rounded, factor, std::ldexp(factor, -16));
    for (int nibble = 0; nibble < 16; ++nibble) {
      const double value = nibble - 7.5;
      EXPECT_EQ(static_cast<double>(rounded * static_cast<float>(value)), rounded * value);
    }
    for (const int byte : {-127, -85, 3, 127}) {
      EXPECT_EQ(static_cast<double>(rounded * static_cast<float>(byte)),
                static_cast<double>(rounded) * byte);
    }
  }
}

}  // namespace
}  // namespace archivolt
