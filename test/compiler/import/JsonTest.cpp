// JSON within limits, and as attributes.
#include "compiler/import/config/Json.h"

#include "mlir/IR/MLIRContext.h"
#include <gtest/gtest.h>

using namespace dlc;
using namespace dlc::importer;

namespace {

TEST(Json, RoundTripThroughAttributes) {
  mlir::MLIRContext context;
  Json json = Json::parse(
      R"({"a": [1, 2.5, true, null, "x"], "b": {"c": -7, "d": 1e-7}})");
  EXPECT_EQ(toJson(toAttribute(&context, json)), json);
}

TEST(Json, WholeNumbersStayWhole) {
  mlir::MLIRContext context;
  EXPECT_TRUE(toJson(toAttribute(&context, Json(1))).is_number_integer());
  EXPECT_TRUE(toJson(toAttribute(&context, Json(1.0))).is_number_float());
}

TEST(Json, NestingIsLimited) {
  EXPECT_TRUE(parseJson(std::string(200, '[') + std::string(200, ']'), "c"));
  auto deep = parseJson(std::string(201, '[') + std::string(201, ']'), "c");
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().message(),
            "c: nests deeper than 200 levels but no Keras model does; check "
            "where the file is from");
  // A million levels must not reach a recursive parser either.
  EXPECT_FALSE(parseJson(std::string(1'000'000, '['), "c"));
}

TEST(Json, BracketsInStringsDoNotNest) {
  EXPECT_TRUE(parseJson("\"" + std::string(1000, '[') + R"(\"[")", "c"));
}

TEST(Json, BrokenTextNamesTheByte) {
  auto broken = parseJson(R"({"a": })", "m.keras/config.json");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().thing, "m.keras/config.json");
  EXPECT_EQ(broken.error().value, "is not valid JSON at byte 7");
}

TEST(Json, NumbersThatPythonWrites) {
  const char *text =
      R"({"mask":[0.0,-Infinity,Infinity],"none":NaN,"name":"NaN, \"Infinity"})";
  auto json = parseJson(text, "c");
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["mask"][1], -INFINITY);
  EXPECT_EQ((*json)["mask"][2], INFINITY);
  EXPECT_TRUE(std::isnan((*json)["none"].get<double>()));
  EXPECT_EQ((*json)["name"], "NaN, \"Infinity");
  EXPECT_EQ(printJson(*json), text);
  EXPECT_FALSE(parseJson(R"({"a": Infinit})", "c"));
}

TEST(Json, MissingKeys) {
  Json json = Json::parse(R"({"a": 1, "b": "text"})");
  EXPECT_EQ(find(json, "c"), nullptr);
  EXPECT_EQ(find(Json(3), "c"), nullptr);
  EXPECT_EQ(findString(json, "a"), "");
  EXPECT_EQ(findString(json, "b"), "text");
}

} // namespace
