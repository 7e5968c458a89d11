#include "codec/packed.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <string>

namespace archivolt {
namespace {

const Bytes kBuffer = {1, 2, 3, 4, 5, 6, 7, 8};

void ExpectRefused(std::string_view json) {
  const Result<Value> value = Unpack(json, kBuffer);
  ASSERT_FALSE(value.ok()) << json;
  EXPECT_EQ(value.status().code(), ErrorCode::INVALID_ARGUMENT) << json;
}

TEST(UnpackTest, PutsBytesAndIntegersInTheirPlaces) {
  const Result<Value> value = Unpack(
      R"({"v":{"a":[null,1],"b":null,"c":null},"x":[[["a",0],"u8",1,2],[["b"],"f32",4,1],[["c"],"i64","-9223372036854775808",0]]})",
      kBuffer);
  ASSERT_TRUE(value.ok()) << value.status().message();
  const Object& object = value->AsObject();
  EXPECT_EQ(object.Find("a")->AsArray()[0], Value(Bytes{2, 3}));
  EXPECT_EQ(*object.Find("b"), Value(Bytes{5, 6, 7, 8}));
  EXPECT_EQ(*object.Find("c"), Value(std::numeric_limits<int64_t>::min()));
}

TEST(UnpackTest, TakesTheEmptyPathForTheWholeValue) {
  const Result<Value> value = Unpack(R"({"v":null,"x":[[[],"u8",0,8]]})", kBuffer);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(*value, Value(kBuffer));
}

TEST(UnpackTest, BytesAreViewsIntoTheBuffer) {
  const Result<Value> value = Unpack(R"({"v":null,"x":[[[],"u8",2,3]]})", kBuffer);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->AsBytes().data(), kBuffer.data() + 2);
}

TEST(UnpackTest, NothingAtTheEndOfTheBufferIsFine) {
  const Result<Value> value = Unpack(R"({"v":[null],"x":[[[0],"u8",8,0]]})", kBuffer);
  ASSERT_TRUE(value.ok());
  EXPECT_TRUE(value->AsArray()[0].AsBytes().empty());
}

TEST(UnpackTest, RefusesWhatIsNotOfTheForm) {
  for (std::string_view json :
       {"", "null", "[]", "{}", R"({"x":[]})", R"({"v":1,"x":{}})", R"({"v":1,"x":null})",
        R"({"v":null,"x":[1]})", R"({"v":null,"x":[[]]})", R"({"v":null,"x":[[[],"u8",0]]})",
        R"({"v":null,"x":[["",  "u8",0,1]]})", R"({"v":null,"x":[[[],1,0,1]]})",
        R"({"v":null,"x":[[[],"u9",0,1]]})", R"({"v":null,"x":[[[],"u8",0,1,2]]})"}) {
    ExpectRefused(json);
  }
}

TEST(UnpackTest, RefusesPathsThatDoNotExist) {
  for (std::string_view path :
       {R"(["b"])", R"([0])", R"(["a",1])", R"(["a",-1])", R"(["a","0"])", R"(["a",0,0])",
        R"(["a",0.0])", R"(["a",null])", R"(["a",9223372036854775807])"}) {
    ExpectRefused(R"({"v":{"a":[null]},"x":[[)" + std::string(path) + R"(,"u8",0,1]]})");
  }
}

TEST(UnpackTest, RefusesPlacesThatHoldAValue) {
  ExpectRefused(R"({"v":{"a":1},"x":[[["a"],"u8",0,1]]})");
  ExpectRefused(R"({"v":{"a":null},"x":[[["a"],"u8",0,1],[["a"],"u8",0,1]]})");
  ExpectRefused(R"({"v":{"a":null},"x":[[[],"u8",0,1]]})");
}

TEST(UnpackTest, RefusesRangesOutsideTheBuffer) {
  for (std::string_view range :
       {R"("u8",0,9)", R"("u8",8,1)", R"("u8",9,0)", R"("u8",-1,1)", R"("u8",0,-1)",
        R"("u8","0",1)", R"("u8",0.5,1)", R"("u8",9223372036854775807,1)",
        R"("u8",1,9223372036854775807)", R"("f32",0,3)", R"("f32",4,2)", R"("f32",1,1)",
        R"("f32",2,1)", R"("f32",0,4611686018427387904)", R"("u8",4294967296,1)", R"("i64",5,0)",
        R"("i64","",0)", R"("i64","1x",0)", R"("i64","9223372036854775808",0)"}) {
    ExpectRefused(R"({"v":null,"x":[[[],)" + std::string(range) + "]]}");
  }
}

TEST(PackTest, LeavesOutWhatIsEmpty) {
  const PackedOut packed = Pack(Object{{"a", Value(1)}});
  EXPECT_EQ(packed.json, R"({"v":{"a":1}})");
  EXPECT_TRUE(packed.bytes.empty());
}

TEST(PackTest, WritesBytesVectorsAndLargeIntegersBesideTheText) {
  const Bytes vector = {0, 0, 128, 63, 0, 0, 0, 64};
  const Value value = Array{Value(Object{{"data", Value(Bytes{9, 8, 7})},
                                         {"vector", Value(vector)},
                                         {"n", Value(int64_t{9007199254740992})},
                                         {"m", Value(int64_t{9007199254740991})}})};
  const PackedOut packed = Pack(value);
  EXPECT_EQ(
      packed.json,
      R"({"v":[{"data":null,"vector":null,"n":null,"m":9007199254740991}],)"
      R"("x":[[[0,"data"],"u8",0,3],[[0,"vector"],"f32",4,2],[[0,"n"],"i64","9007199254740992",0]]})");
  ASSERT_EQ(packed.bytes.size(), 12U);
  const Result<Value> back = Unpack(packed.json, packed.bytes);
  ASSERT_TRUE(back.ok()) << back.status().message();
  EXPECT_EQ(*back, value);
}

TEST(PackTest, VectorsInAListAreFloatsToo) {
  const PackedOut packed =
      Pack(Object{{"vectors", Value(Array{Value(Bytes(8)), Value(Bytes(4))})}});
  EXPECT_EQ(
      packed.json,
      R"({"v":{"vectors":[null,null]},"x":[[["vectors",0],"f32",0,2],[["vectors",1],"f32",8,1]]})");
}

TEST(PackTest, AVectorThatIsNoFloat32ArrayStaysBytes) {
  EXPECT_EQ(Pack(Object{{"vector", Value(Bytes(6))}}).json,
            R"({"v":{"vector":null},"x":[[["vector"],"u8",0,6]]})");
}

TEST(PackTest, KeysAreEscapedInPaths) {
  const Value value = Object{{"a\"\n", Value(Bytes{1})}};
  const PackedOut packed = Pack(value);
  const Result<Value> back = Unpack(packed.json, packed.bytes);
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, value);
}

TEST(PackTest, WritesInfinitiesAsJavaScriptReadsThem) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Pack(Array{Value(infinity), Value(-infinity), Value(std::nan(""))}).json,
            R"({"v":[1e999,-1e999,null]})");
}

TEST(PackTest, RepairsTextThatIsNotUtf8) {
  EXPECT_EQ(Pack(Value("a\xFFz")).json, "{\"v\":\"a\xEF\xBF\xBDz\"}");
}

}  // namespace
}  // namespace archivolt
