// Initializers have the moments, bounds and structure that Keras' have.
#include "compiler/expand/Initialize.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/MLIRContext.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

namespace {

class InitializeTest : public testing::Test {
protected:
  using Config = std::vector<std::pair<const char *, double>>;

  Tensor make(const char *kind, Shape shape, const Config &config = {},
              uint64_t seed = 1, const char *name = "fc/kernel") {
    Builder b(&context);
    SmallVector<NamedAttribute> keys;
    for (auto [key, value] : config)
      keys.push_back(b.getNamedAttr(key, b.getF64FloatAttr(value)));
    Attribute object = b.getDictionaryAttr(
        {b.getNamedAttr("class_name", b.getStringAttr(kind)),
         b.getNamedAttr("config", b.getDictionaryAttr(keys))});
    auto tensor = expand::initializeWeight(
        name, {"layers/x/vars/0", shape, object}, seed);
    EXPECT_TRUE(bool(tensor)) << kind;
    return tensor ? *tensor : Tensor();
  }

  MLIRContext context;
};

struct Moments {
  double mean = 0, deviation = 0, low = 0, high = 0;
};

Moments measure(const Tensor &tensor) {
  Moments m;
  double squares = 0;
  for (float x : tensor.as<float>()) {
    m.mean += x;
    squares += double(x) * x;
    m.low = std::min(m.low, double(x));
    m.high = std::max(m.high, double(x));
  }
  m.mean /= double(tensor.size());
  m.deviation = std::sqrt(squares / double(tensor.size()) - m.mean * m.mean);
  return m;
}

} // namespace

TEST_F(InitializeTest, VarianceFollowsTheFans) {
  // 200 inputs and 300 outputs; a convolution of 3 x 3 has nine times as many.
  struct Case {
    const char *kind;
    Shape shape;
    double variance;
    bool uniform;
  };
  const Case cases[] = {{"GlorotUniform", {200, 300}, 2.0 / 500, true},
                        {"GlorotNormal", {200, 300}, 2.0 / 500, false},
                        {"HeUniform", {200, 300}, 2.0 / 200, true},
                        {"HeNormal", {200, 300}, 2.0 / 200, false},
                        {"LecunUniform", {3, 3, 20, 300}, 1.0 / 180, true},
                        {"LecunNormal", {3, 3, 20, 300}, 1.0 / 180, false},
                        {"VarianceScaling", {200, 300}, 1.0 / 200, false}};
  for (const Case &c : cases) {
    Moments m = measure(make(c.kind, c.shape));
    double deviation = std::sqrt(c.variance);
    EXPECT_NEAR(m.mean, 0, 0.02 * deviation) << c.kind;
    EXPECT_NEAR(m.deviation, deviation, 0.02 * deviation) << c.kind;
    // A uniform number stays within sqrt(3) deviations, a truncated normal one
    // within two of the wider deviation that it was cut from.
    double limit = c.uniform ? std::sqrt(3.0) : 2 / 0.87962566103423978;
    EXPECT_LE(m.high, limit * deviation * 1.0001) << c.kind;
    EXPECT_GE(m.high, limit * deviation * 0.97) << c.kind;
    EXPECT_GE(m.low, -limit * deviation * 1.0001) << c.kind;
  }
}

TEST_F(InitializeTest, AnInitializerMayNameTheAxesOfItsFans) {
  // 40 inputs, 5 heads of 60 outputs each: without the axes it has 12,000.
  Builder b(&context);
  Attribute object = b.getDictionaryAttr(
      {b.getNamedAttr("class_name", b.getStringAttr("GlorotNormal")),
       b.getNamedAttr(
           "config",
           b.getDictionaryAttr(
               {b.getNamedAttr("input_axes", b.getI64ArrayAttr({0})),
                b.getNamedAttr("output_axes", b.getI64ArrayAttr({1, 2}))}))});
  auto tensor = expand::initializeWeight(
      "mha/query/kernel", {"layers/x/vars/0", {40, 5, 60}, object}, 1);
  ASSERT_TRUE(tensor);
  EXPECT_NEAR(measure(*tensor).deviation, std::sqrt(2.0 / 340), 2e-3);
}

TEST_F(InitializeTest, PlainDistributionsTakeTheirArguments) {
  Shape shape = {200, 300};
  Moments normal =
      measure(make("RandomNormal", shape, {{"mean", 1}, {"stddev", 0.5}}));
  EXPECT_NEAR(normal.mean, 1, 0.01);
  EXPECT_NEAR(normal.deviation, 0.5, 0.01);
  EXPECT_GT(normal.high, 1 + 3 * 0.5);
  Moments uniform =
      measure(make("RandomUniform", shape, {{"minval", -1}, {"maxval", 3}}));
  EXPECT_NEAR(uniform.mean, 1, 0.03);
  EXPECT_GE(uniform.low, -1);
  EXPECT_LE(uniform.high, 3);
  Moments truncated = measure(make("TruncatedNormal", shape));
  EXPECT_NEAR(truncated.deviation, 0.05 * 0.8796, 0.001);
  EXPECT_LE(truncated.high, 0.1);
  Tensor constant = make("Constant", {3}, {{"value", 2.5}});
  for (float x : constant.as<float>())
    EXPECT_EQ(x, 2.5f);
  EXPECT_EQ(make("Ones", {2}).as<float>()[1], 1);
  EXPECT_EQ(make("Zeros", {2}).as<float>()[1], 0);
}

TEST_F(InitializeTest, OrthogonalRowsOrColumns) {
  for (Shape shape : {Shape{7, 4}, Shape{4, 7}}) {
    Tensor q = make("Orthogonal", shape, {{"gain", 2}});
    int64_t rows = shape[0], columns = shape[1];
    bool tall = rows >= columns;
    int64_t count = std::min(rows, columns), length = std::max(rows, columns);
    for (int64_t i = 0; i < count; ++i)
      for (int64_t j = 0; j < count; ++j) {
        double dot = 0;
        for (int64_t k = 0; k < length; ++k) {
          auto at = [&](int64_t v) {
            return double(
                q.as<float>()[tall ? k * columns + v : v * columns + k]);
          };
          dot += at(i) * at(j);
        }
        EXPECT_NEAR(dot, i == j ? 4 : 0, 1e-5);
      }
  }
  Tensor identity = make("Identity", {2, 3});
  EXPECT_EQ(identity.as<float>()[4], 1);
  EXPECT_EQ(identity.as<float>()[1], 0);
}

TEST_F(InitializeTest, StreamsDependOnSeedAndNameAlone) {
  Shape shape = {10, 10};
  auto first = [](const Tensor &t) { return t.as<float>()[0]; };
  EXPECT_EQ(first(make("GlorotUniform", shape)),
            first(make("GlorotUniform", shape)));
  EXPECT_NE(first(make("GlorotUniform", shape)),
            first(make("GlorotUniform", shape, {}, 2)));
  EXPECT_NE(first(make("GlorotUniform", shape)),
            first(make("GlorotUniform", shape, {}, 1, "fc2/kernel")));
}

TEST_F(InitializeTest, CountersAreWholeNumbers) {
  Builder b(&context);
  auto tensor = expand::initializeWeight(
      "n/count", {"", {2}, b.getStringAttr("ones"), DType::I32}, 0);
  ASSERT_TRUE(bool(tensor));
  ASSERT_EQ(tensor->dtype(), DType::I32);
  EXPECT_EQ(tensor->as<int32_t>()[1], 1);
}

TEST_F(InitializeTest, UnknownOnesAreErrorsThatNameTheWeight) {
  Builder b(&context);
  auto tensor = expand::initializeWeight(
      "fc/kernel", {"", {2, 2}, b.getStringAttr("my_init")}, 0);
  ASSERT_FALSE(bool(tensor));
  EXPECT_NE(tensor.error().message().find("fc/kernel"), std::string::npos);
  EXPECT_NE(tensor.error().message().find("my_init"), std::string::npos);
}

} // namespace dlc::test
