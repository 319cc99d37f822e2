// Every prim's gradient agrees with finite differences of what it computes.
#include "test/dialects/prim/cases/Backward.h"
#include "test/dialects/prim/evaluate/Evaluate.h"
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;

namespace dlc::test {

static const int64_t batch = 3;

// Makes every row along the last dimension sum to 1.
static void normalize(Array &x) {
  int64_t row = x.shape.back();
  for (size_t start = 0; start < x.data.size(); start += row) {
    double sum = 0;
    for (int64_t i = 0; i < row; ++i)
      sum += x.data[start + i] = std::fabs(x.data[start + i]);
    for (int64_t i = 0; i < row; ++i)
      x.data[start + i] /= sum;
  }
}

// sum g * y over all results, whose gradient the vector-Jacobian product gives.
static double weigh(func::FuncOp forward, ArrayRef<Array> inputs,
                    ArrayRef<Array> weights) {
  auto results = evaluate(forward, inputs, batch, Precision::Double);
  EXPECT_TRUE(succeeded(results));
  double sum = 0;
  if (succeeded(results))
    for (auto [result, g] : llvm::zip_equal(*results, weights))
      for (auto [y, weight] : llvm::zip_equal(result.data, g.data))
        sum += y * weight;
  return sum;
}

static void check(const GradientCase &test) {
  OneOp forward = parse(test.arguments, test.op);
  Backward backward = differentiate(test.arguments, test.op);
  ASSERT_TRUE(forward.module && backward.parsed.module);

  std::mt19937 generator(1);
  std::vector<Array> inputs;
  for (Type type : forward.function.getArgumentTypes())
    inputs.push_back(draw(generator, type, batch, test.low, test.high));
  if (test.labels >= 0)
    normalize(inputs[test.labels]);
  std::vector<Array> g;
  for (Type type : forward.op->getResultTypes())
    g.push_back(draw(generator, type, batch, -1, 1));

  std::vector<Array> all(inputs);
  llvm::append_range(all, g);
  auto grads =
      evaluate(backward.parsed.function, all, batch, Precision::Double);
  ASSERT_TRUE(succeeded(grads));

  size_t next = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    bool isF32 = getElementTypeOrSelf(forward.op->getOperand(i)).isF32();
    if (!isF32 || test.labels == static_cast<int>(i)) {
      EXPECT_FALSE(backward.has[i]) << "operand " << i;
      continue;
    }
    Array zero{inputs[i].shape, std::vector<double>(inputs[i].data.size(), 0)};
    const Array &grad = backward.has[i] ? (*grads)[next++] : zero;
    ASSERT_EQ(grad.shape, inputs[i].shape);
    for (size_t k = 0; k < grad.data.size(); ++k) {
      const double h = 1e-5, x = inputs[i].data[k];
      inputs[i].data[k] = x + h;
      double above = weigh(forward.function, inputs, g);
      inputs[i].data[k] = x - h;
      double below = weigh(forward.function, inputs, g);
      inputs[i].data[k] = x;
      double expected = (above - below) / (2 * h);
      EXPECT_NEAR(grad.data[k], expected, 1e-6 * (1 + std::fabs(expected)))
          << "operand " << i << ", element " << k;
    }
  }
}

TEST(PrimGradients, EqualFiniteDifferences) {
  for (const GradientCase &test : getGradients()) {
    SCOPED_TRACE(test.op);
    check(test);
  }
}

// Demands a case for each op that any value test gives an f32 operand.
TEST(PrimGradients, CoverEveryOpOfFloats) {
  std::set<std::string> tested, missing;
  for (const GradientCase &test : getGradients())
    tested.insert(test.op.substr(0, test.op.find(' ')));
  for (const ValueCase &test : getAllValues()) {
    std::string name = test.op.substr(0, test.op.find(' '));
    bool readsFloats = test.arguments.find("f32") != std::string::npos;
    if (readsFloats && !tested.count(name))
      missing.insert(name);
  }
  EXPECT_GT(tested.size(), 40U);
  for (const std::string &name : missing)
    ADD_FAILURE() << name << " has no gradient test";
}

//===-- Where the derivative jumps ----------------------------------------===//

// The gradients at `inputs` for a gradient of 1 in every element.
static std::vector<std::vector<double>>
getGradients(const std::string &arguments, const std::string &op,
             const std::vector<std::vector<double>> &inputs) {
  Backward backward = differentiate(arguments, op);
  if (!backward.parsed.module)
    return {};
  std::vector<Array> arrays;
  for (auto [type, data] :
       llvm::zip(backward.parsed.function.getArgumentTypes(), inputs))
    arrays.push_back({getShape(type, batch), data});
  Array g{getShape(backward.parsed.function.getArgumentTypes().back(), batch),
          {}};
  g.data.assign(count(g.shape), 1);
  arrays.push_back(g);
  auto grads = evaluate(backward.parsed.function, arrays, batch);
  EXPECT_TRUE(succeeded(grads));
  std::vector<std::vector<double>> data;
  if (succeeded(grads))
    for (const Array &grad : *grads)
      data.push_back(grad.data);
  return data;
}

using Lists = std::vector<std::vector<double>>;

TEST(PrimGradients, OperandsThatTieShare) {
  for (const char *name : {"max", "min"})
    EXPECT_EQ(getGradients("%l: tensor<1xf32>, %r: tensor<1xf32>",
                           std::string("prim.") + name +
                               " %l, %r : tensor<1xf32>, tensor<1xf32>",
                           {{3}, {3}}),
              (Lists{{0.5}, {0.5}}));
  EXPECT_EQ(getGradients("%x: tensor<4xf32>",
                         "prim.reduce_max %x over [0] : tensor<4xf32>",
                         {{1, 7, 7, 0}}),
            (Lists{{0, 0.5, 0.5, 0}}));
  EXPECT_EQ(getGradients("%x: tensor<4xf32>",
                         "prim.reduce_min %x over [0] : tensor<4xf32>",
                         {{0, 0, 7, 0}}),
            (Lists{{1.0F / 3, 1.0F / 3, 0, 1.0F / 3}}));
}

// As jax.grad has them.
TEST(PrimGradients, AtKinksAreThoseOfJax) {
  EXPECT_EQ(
      getGradients("%x: tensor<1xf32>", "prim.relu %x : tensor<1xf32>", {{0}}),
      (Lists{{0}}));
  EXPECT_EQ(
      getGradients("%x: tensor<1xf32>", "prim.abs %x : tensor<1xf32>", {{0}}),
      (Lists{{1}}));
}

// 0 ^ 0, 0 ^ 2, (-2) ^ 2
TEST(PrimGradients, OfPowersAreFinite) {
  EXPECT_EQ(getGradients("%l: tensor<3xf32>, %r: tensor<3xf32>",
                         "prim.pow %l, %r : tensor<3xf32>, tensor<3xf32>",
                         {{0, 0, -2}, {0, 2, 2}}),
            (Lists{{0, 0, -4}, {0, 0, 0}}));
}

TEST(PrimGradients, OfDenseLayersNeedNoTranspose) {
  for (const char *dims : {"tensor<?x2xf32>, tensor<2x4xf32>",
                           "tensor<?x2xf32>, tensor<4x2xf32>"}) {
    std::string types(dims);
    size_t comma = types.find(", ");
    bool isTransposed = types.find("4x2") != std::string::npos;
    Backward backward = differentiate(
        "%x: " + types.substr(0, comma) + ", %w: " + types.substr(comma + 2),
        std::string("prim.dot %x, %w batch [] x [] contract [1] x [") +
            (isTransposed ? "1" : "0") + "] : " + types);
    ASSERT_TRUE(backward.parsed.module);
    int transposes = 0, dots = 0;
    backward.parsed.function.walk([&](Operation *op) {
      transposes += isa<prim::TransposeOp>(op);
      dots += isa<prim::DotOp>(op);
    });
    EXPECT_EQ(transposes, 0);
    EXPECT_EQ(dots, 3);
  }
}

} // namespace dlc::test
