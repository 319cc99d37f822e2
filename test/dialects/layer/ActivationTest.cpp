// Every activation and its gradient, kinks included, against Keras.
#include "dialects/layer/Activation.h"
#include "compiler/train/Autodiff.h"
#include "dialects/prim/Build.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "test/dialects/layer/ActivationCases.h"
#include "test/dialects/prim/evaluate/Evaluate.h"

#include <gtest/gtest.h>
#include <set>

using namespace mlir;

namespace dlc::test {

namespace {

class ActivationTest : public testing::Test {
protected:
  ActivationTest() {
    context.loadDialect<layer::LayerDialect, prim::PrimDialect,
                        func::FuncDialect, arith::ArithDialect>();
  }

  /// The function x -> (activation(x), d sum(activation(x) weights) / dx).
  std::vector<Array> run(StringRef name, const Array &x, const Array &weights) {
    Location loc = UnknownLoc::get(&context);
    Type f32 = Float32Type::get(&context);
    auto type = RankedTensorType::get({ShapedType::kDynamic, x.shape[1]}, f32);
    auto weightsType =
        RankedTensorType::get({ShapedType::kDynamic, weights.shape[1]}, f32);
    auto inputs = FunctionType::get(&context, {type, weightsType}, {});
    OwningOpRef<func::FuncOp> func = func::FuncOp::create(loc, "f", inputs);
    auto b = ImplicitLocOpBuilder::atBlockEnd(loc, func->addEntryBlock());

    Value y = layer::buildActivation(b, name, func->getArgument(0));
    Value loss =
        prim::buildSumAll(b, prim::MulOp::create(b, y, func->getArgument(1)));
    auto gradients =
        train::differentiate(loss, ValueRange{func->getArgument(0)}, b);
    EXPECT_TRUE(succeeded(gradients)) << name.str();
    SmallVector<Value> results = {y, gradients->front()};
    func::ReturnOp::create(b, results);
    func->setFunctionType(b.getFunctionType(func->getArgumentTypes(),
                                            ValueRange(results).getTypes()));
    auto values = evaluate(*func, {x, weights}, x.shape[0]);
    EXPECT_TRUE(succeeded(values)) << name.str();
    return *values;
  }

  void compare(const ActivationCase &expected, const Array &x,
               const Array &weights) {
    std::vector<Array> actual = run(expected.name, x, weights);
    ASSERT_EQ(actual[0].data.size(), expected.values.size()) << expected.name;
    for (size_t i = 0; i < expected.values.size(); ++i)
      EXPECT_NEAR(actual[0].data[i], expected.values[i],
                  2e-6 * (1 + std::abs(expected.values[i])))
          << expected.name << " at element " << i;
    ASSERT_EQ(actual[1].data.size(), expected.gradients.size());
    for (size_t i = 0; i < expected.gradients.size(); ++i)
      EXPECT_NEAR(actual[1].data[i], expected.gradients[i],
                  3e-6 * (1 + std::abs(expected.gradients[i])))
          << "gradient of " << expected.name << " at element " << i;
  }

  MLIRContext context;
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
