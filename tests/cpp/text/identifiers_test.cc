#include "text/identifiers.h"

#include <gtest/gtest.h>

#include <string>

namespace archivolt {
namespace {

TEST(IdentifierWords, TakesNamesOfEveryConventionApart) {
  EXPECT_EQ(IdentifierWords("getUserName"), "get user name");
  EXPECT_EQ(IdentifierWords("get_user_name"), "get user name");
  EXPECT_EQ(IdentifierWords("GetUserName()"), "get user name");
  EXPECT_EQ(IdentifierWords("MAX_RETRY_COUNT"), "max retry count");
  EXPECT_EQ(IdentifierWords("parseHTTPResponse"), "parse http response");
  EXPECT_EQ(IdentifierWords("HTTPServer"), "http server");
  EXPECT_EQ(IdentifierWords("__init__"), "init");
  EXPECT_EQ(IdentifierWords("std::unique_ptr<FooBar>"), "unique ptr foo bar");
  EXPECT_EQ(IdentifierWords("background-color"), "") << "its words are indexed as they stand";
  EXPECT_EQ(IdentifierWords("data-userId"), "user id");
}

TEST(IdentifierWords, PartsDigitsFromLettersAndKeepsTheirUnion) {
  EXPECT_EQ(IdentifierWords("utf8_decode"), "utf8 utf 8 decode");
  EXPECT_EQ(IdentifierWords("sha256sum"), "sha 256 sum");
  EXPECT_EQ(IdentifierWords("HTTP2Client"), "http2 http 2 client");
  EXPECT_EQ(IdentifierWords("v1"), "v 1");
}

TEST(IdentifierWords, KeepsALoneCapitalWithTheWordItBelongsTo) {
  EXPECT_EQ(IdentifierWords("getOAuthToken"), "get oauth auth token");
  EXPECT_EQ(IdentifierWords("IUserStore"), "iuser user store");
  EXPECT_EQ(IdentifierWords("pointX"), "point x");
}

TEST(IdentifierWords, AddsOnlyWhatSplittingAdds) {
  EXPECT_EQ(IdentifierWords(""), "");
  EXPECT_EQ(IdentifierWords("return user name;"), "");
  EXPECT_EQ(IdentifierWords("HTTP and JSON"), "");
  EXPECT_EQ(IdentifierWords("___ 42 0x1F3A 3dModel"), "");
  EXPECT_EQ(IdentifierWords("userName userName user_name NameUser"), "user name");
}

TEST(IdentifierWords, KeepsLettersOfOtherScripts) {
  EXPECT_EQ(IdentifierWords("größeÄndern"), "größe ändern");
  EXPECT_EQ(IdentifierWords("имяПользователя"), "имя пользователя");
  EXPECT_EQ(IdentifierWords("get用户名"), "get 用户名");
  EXPECT_EQ(IdentifierWords("cafe\u0301Menu"), "cafe\u0301 menu");
  EXPECT_EQ(IdentifierWords("a\xFF\xC3userName\x80"), "user name") << "invalid bytes separate";
  EXPECT_EQ(IdentifierWords(std::string("user\0Name_x", 11)), "name x");
}

TEST(IdentifierWords, IsBoundedWhateverTheText) {
  std::string many;
  for (int i = 0; i < 20'000; ++i)
    many += "name_" + std::to_string(i) + "x" + std::to_string(i) + " ";
  EXPECT_LE(IdentifierWords(many).size(), 32u * 1024);
  EXPECT_GT(IdentifierWords(many).size(), 31u * 1024);
  EXPECT_EQ(IdentifierWords(std::string(1 << 20, 'a') + "B"), "");
  EXPECT_EQ(IdentifierWords(std::string(1 << 20, '_') + "aB"), "") << "one name of a megabyte";
  const std::string long_word = std::string(100, 'a') + "_b";
  EXPECT_EQ(IdentifierWords(long_word), "b");
}

}  // namespace
}  // namespace archivolt
