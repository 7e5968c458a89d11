#include "codec/json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace archivolt {
namespace {

Value Parsed(std::string_view text) {
  Result<Value> value = ParseJson(text);
  EXPECT_TRUE(value.ok()) << text << ": " << value.status().message();
  return value.ok() ? *value : Value();
}

std::string Written(const Value& value) {
  Result<std::string> text = WriteJson(value);
  EXPECT_TRUE(text.ok()) << text.status().message();
  return text.ok() ? *text : std::string();
}

void ExpectRefused(std::string_view text) {
  Result<Value> value = ParseJson(text);
  ASSERT_FALSE(value.ok()) << text;
  EXPECT_EQ(value.status().code(), ErrorCode::INVALID_ARGUMENT) << text;
}

TEST(ParseJsonTest, ReadsEveryKind) {
  EXPECT_TRUE(Parsed("null").is_null());
  EXPECT_EQ(Parsed(" true "), Value(true));
  EXPECT_EQ(Parsed("-12"), Value(-12));
  EXPECT_EQ(Parsed("1.5e2"), Value(150.0));
  EXPECT_EQ(Parsed(R"("a\n\u00e9\ud83d\ude00")"), Value("a\n\xC3\xA9\xF0\x9F\x98\x80"));
  EXPECT_EQ(Parsed("[1,[],{}]"), Value(Array{Value(1), Value(Array{}), Value(Object{})}));
  EXPECT_EQ(Parsed(R"({"b":1,"a":{"c":null}})"),
            Value(Object{{"b", Value(1)}, {"a", Value(Object{{"c", Value()}})}}));
}

TEST(ParseJsonTest, KeepsIntegersOf64Bits) {
  EXPECT_EQ(Parsed("9223372036854775807"), Value(std::numeric_limits<int64_t>::max()));
  EXPECT_EQ(Parsed("-9223372036854775808"), Value(std::numeric_limits<int64_t>::min()));
  EXPECT_EQ(Parsed("9007199254740993"), Value(int64_t{9007199254740993}));
}

TEST(ParseJsonTest, IntegersBeyond64BitsBecomeDoubles) {
  EXPECT_EQ(Parsed("9223372036854775808"), Value(9223372036854775808.0));
  EXPECT_EQ(Parsed("-9223372036854775809"), Value(-9223372036854775808.0));
  EXPECT_EQ(Parsed("100000000000000000000000"), Value(1e23));
}

TEST(ParseJsonTest, RefusesNumbersBeyondDoubles) {
  ExpectRefused("1e999");
  ExpectRefused("[-1e400]");
}

TEST(ParseJsonTest, OfEqualKeysTheLastWinsAtTheFirstPlace) {
  const Value value = Parsed(R"({"a":1,"b":2,"a":3})");
  ASSERT_EQ(value.AsObject().size(), 2U);
  EXPECT_EQ(value.AsObject().begin()->key, "a");
  EXPECT_EQ(*value.AsObject().Find("a"), Value(3));
}

TEST(ParseJsonTest, ManyEqualKeysTakeNoQuadraticTime) {
  std::string text = "{";
  for (int i = 0; i < 50000; ++i)
    text += "\"k" + std::to_string(i % 1000) + "\":" + std::to_string(i) + ",";
  text += "\"end\":0}";
  const Value value = Parsed(text);
  ASSERT_EQ(value.AsObject().size(), 1001U);
  EXPECT_EQ(*value.AsObject().Find("k7"), Value(49007));
}

TEST(ParseJsonTest, LimitsDepth) {
  EXPECT_TRUE(ParseJson(std::string(64, '[') + std::string(64, ']')).ok());
  const Result<Value> deep = ParseJson(std::string(65, '[') + std::string(65, ']'));
  ASSERT_FALSE(deep.ok());
  EXPECT_EQ(std::get<std::string>(*deep.status().Find("rule")), "depth");
  ExpectRefused(std::string(1000000, '['));
  ExpectRefused(std::string(1000000, '{'));
  EXPECT_TRUE(ParseJson("1", 0).ok());
  EXPECT_FALSE(ParseJson("[]", 0).ok());
}

TEST(ParseJsonTest, RefusesWhatIsNotJson) {
  for (std::string_view text :
       {"",          " ",         "{",     "[1,]",    "{\"a\":1,}", "{a:1}",
        "'a'",       "01",        "+1",    ".5",      "1.",         "NaN",
        "Infinity",  "nul",       "1 2",   "// x\n1", "/* x */1",   "\"\t\"",
        "\"\\x41\"", "\"\\u12\"", "\"abc", "[1}",     "undefined"}) {
    ExpectRefused(text);
  }
  ExpectRefused(std::string_view("1\0", 2));
  ExpectRefused(std::string_view("[1]\0garbage", 11));
  ExpectRefused("\xEF\xBB\xBF{}");
}

TEST(ParseJsonTest, RefusesBrokenText) {
  ExpectRefused("\"\\ud800\"");           // a high surrogate alone
  ExpectRefused("\"\\udc00\"");           // a low surrogate alone
  ExpectRefused("\"\\ud800\\u0041\"");    // a high one with no low one after it
  ExpectRefused("\"\xC3\"");              // a sequence cut short
  ExpectRefused("\"\xED\xA0\x80\"");      // a surrogate written in UTF-8
  ExpectRefused("\"\xC0\xAF\"");          // an overlong form
  ExpectRefused("\"\xF5\x80\x80\x80\"");  // beyond U+10FFFF
}

TEST(ParseJsonTest, ErrorsTellThePlaceAndNotTheText) {
  const Result<Value> value = ParseJson(R"({"secret": hunter2})");
  ASSERT_FALSE(value.ok());
  EXPECT_EQ(value.status().message().find("hunter"), std::string::npos);
  ASSERT_NE(value.status().Find("byte"), nullptr);
  EXPECT_GE(std::get<int64_t>(*value.status().Find("byte")), 11);
}

TEST(ParseJsonTest, ANulWrittenAsEscapeIsPartOfTheText) {
  EXPECT_EQ(Parsed("\"a\\u0000b\""), Value(std::string("a\0b", 3)));
}

TEST(WriteJsonTest, IsCompactAndEscapes) {
  EXPECT_EQ(Written(Object{{"a", Value(Array{Value(1), Value(true), Value()})}, {"b", Value("x")}}),
            R"({"a":[1,true,null],"b":"x"})");
  EXPECT_EQ(Written(Value(std::string("\"\\/\b\f\n\r\t\x01\x1F\0\x7F", 12))),
            "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001f\\u0000\x7F\"");
  EXPECT_EQ(Written(Value("é漢😀")), "\"é漢😀\"");
}

TEST(WriteJsonTest, DoublesReadBackAsTheSameDouble) {
  for (double number : {0.1, 1.0, -0.5, 1e21, 1e-7, 123456789.123, 5e-324, 1.7976931348623157e308,
                        2.2250738585072014e-308, 0.30000000000000004, 9007199254740993.0}) {
    const Value back = Parsed(Written(Value(number)));
    ASSERT_TRUE(back.is_double()) << number;
    EXPECT_EQ(back.AsNumber(), number);
  }
  EXPECT_EQ(Written(Value(1.0)), "1.0");
  EXPECT_EQ(Written(Value(0.1)), "0.1");
}

TEST(WriteJsonTest, IntegersStayIntegers) {
  EXPECT_EQ(Written(Value(std::numeric_limits<int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(Written(Value(std::numeric_limits<int64_t>::max())), "9223372036854775807");
}

TEST(WriteJsonTest, RefusesWhatJsonCannotHold) {
  EXPECT_FALSE(WriteJson(Value(Bytes{1, 2})).ok());
  EXPECT_FALSE(WriteJson(Value(std::nan(""))).ok());
  EXPECT_FALSE(WriteJson(Value(std::numeric_limits<double>::infinity())).ok());
  EXPECT_FALSE(WriteJson(Value("\xFF")).ok());
  EXPECT_FALSE(WriteJson(Object{{"\xC3", Value(1)}}).ok());
  Value deep;
  for (int i = 0; i < 300; ++i) deep = Value(Array{std::move(deep)});
  EXPECT_FALSE(WriteJson(deep).ok());
}

}  // namespace
}  // namespace archivolt
