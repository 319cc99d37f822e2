// Every activation and its gradient, kinks included, against Keras.
#include "dialects/layer/layers/activations/Activation.h"
#include "test/dialects/layer/ActivationCases.h"
#include "test/dialects/layer/LayerFixture.h"

#include <set>

using namespace mlir;

namespace dlc::test {

namespace {

class ActivationTest : public LayerFixture {
protected:
  /// activation(x), and the gradient of sum(activation(x) weights).
  void compare(const ActivationCase &expected, const Array &x,
               const Array &weights) {
    const int64_t n = ShapedType::kDynamic;
    std::vector<Array> actual = compute(
        {f32({n, x.shape[1]}), f32({n, weights.shape[1]})}, {x, weights},
        x.shape[0], [&](ImplicitLocOpBuilder &b, ValueRange args) {
          Value y = layer::buildActivation(b, expected.name, args[0]);
          Value weighted = prim::MulOp::create(b, y, args[1]);
          return SmallVector<Value>{y, gradient(b, weighted, args[0])};
        });
    ASSERT_EQ(actual.size(), 2u) << expected.name;
    expectNear(actual[0].data, expected.values, 2e-6, expected.name);
    expectNear(actual[1].data, expected.gradients, 3e-6,
               std::string("gradient of ") + expected.name);
  }
};

} // namespace

TEST_F(ActivationTest, ElementwiseIsThatOfKeras) {
  Array x{{int64_t(points.size()), 1}, points};
  Array ones{x.shape, std::vector<double>(points.size(), 1.0)};
  for (const ActivationCase &expected : elementwiseCases)
    compare(expected, x, ones);
}

TEST_F(ActivationTest, OverRowsIsThatOfKeras) {
  Array x{{3, 4}, rows};
  for (const ActivationCase &expected : rowCases) {
    Array weights{{3, int64_t(expected.values.size() / 3)}, {}};
    for (int row = 0; row < 3; ++row)
      weights.data.insert(weights.data.end(), rowWeights.begin(),
                          rowWeights.begin() + weights.shape[1]);
    compare(expected, x, weights);
  }
}

TEST_F(ActivationTest, EveryNameHasACase) {
  // Second names of functions that have a case under their first.
  std::set<std::string> compared = {"swish", "hard_swish"};
  for (const auto *cases : {&elementwiseCases, &rowCases})
    for (const ActivationCase &each : *cases)
      compared.insert(each.name);
  for (StringRef name : layer::getActivationNames())
    EXPECT_TRUE(compared.contains(name.str())) << name.str();
}

} // namespace dlc::test
