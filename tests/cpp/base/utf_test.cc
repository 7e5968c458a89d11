#include "base/utf.h"

#include <gtest/gtest.h>

#include <string>

namespace archivolt {
namespace {

TEST(Utf, InvalidSequencesAreFoundWhereTheyAre) {
  EXPECT_TRUE(IsValidUtf8("plain é 日本 \xF0\x9F\x98\x80 \xEF\xBF\xBD"));
  EXPECT_EQ(FindInvalidUtf8("ab\x80"), 2U);
  EXPECT_EQ(FindInvalidUtf8("\xC0\xAF"), 0U) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("\xE0\x80\xAF"), 0U) << "overlong";
  EXPECT_EQ(FindInvalidUtf8("x\xED\xA0\x80"), 1U) << "surrogate";
  EXPECT_EQ(FindInvalidUtf8("\xF4\x90\x80\x80"), 0U) << "above U+10FFFF";
  EXPECT_EQ(FindInvalidUtf8("\xE6\x97"), 0U) << "cut short";
}

TEST(Utf, DecodesWhatItEncodes) {
  for (const char32_t c :
       {0x1U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xD7FFU, 0xE000U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    std::string text;
    AppendUtf8(text, c);
    const DecodedChar decoded = DecodeUtf8(text, 0);
    EXPECT_EQ(decoded.value, c);
    EXPECT_EQ(decoded.length, text.size());
  }
}

TEST(Utf, Utf16OffsetsMatchJavaScript) {
  const std::string text = "a\xC3\xA9\xE6\x97\xA5\xF0\x9F\x98\x80z";  // a é 日 😀 z
  EXPECT_EQ(Utf16Length(text), 6U);
  EXPECT_EQ(Utf8OffsetOf(text, 0), 0U);
  EXPECT_EQ(Utf8OffsetOf(text, 3), 6U);
  EXPECT_EQ(Utf8OffsetOf(text, 4), 6U) << "within the pair: its start";
  EXPECT_EQ(Utf8OffsetOf(text, 5), 10U);
  EXPECT_EQ(Utf8OffsetOf(text, 99), text.size());
  EXPECT_EQ(FloorToCharacter(text, 8), 6U);
}

TEST(Utf, FoldingCoversTheEuropeanScripts) {
  EXPECT_EQ(FoldCase("ÀÉÑØŁŸŽΑΣςДЖЁԱ"), "àéñøłÿžασσджёա");
  EXPECT_EQ(FoldCase("×÷ß"), "×÷ß");
  EXPECT_EQ(FoldForMatch("Ángel Ünïcôdé ŁÓDŹ e\xCC\x81"), "angel unicode lodz e");
  EXPECT_EQ(FoldForMatch("Æß"), "æß");
}

TEST(Utf, Classes) {
  EXPECT_TRUE(IsWordCharacter(U'é') && IsWordCharacter(U'日') && IsWordCharacter(U'9') &&
              IsWordCharacter(0x301));
  EXPECT_FALSE(IsWordCharacter('_') || IsWordCharacter(U'。') || IsWordCharacter(0x1F600) ||
               IsWordCharacter(0x2014));
  EXPECT_TRUE(IsCjk(U'日') && IsCjk(U'か') && IsCjk(U'한') && IsCjk(0x20000));
  EXPECT_FALSE(IsCjk(U'。') || IsCjk('a'));
  EXPECT_TRUE(IsUnicodeSpace(0x3000) && IsUnicodeSpace(0xA0) && !IsUnicodeSpace(0x200B));
}

}  // namespace
}  // namespace archivolt
