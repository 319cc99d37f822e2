// Every prim and every gradient computes what it should, as machine code of
// this CPU and as PTX on ptx-sim.
#include "dialects/kernel/Kernel.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "test/compiler/programs/Programs.h"
#include "test/dialects/prim/cases/Backward.h"
#include "test/dialects/prim/evaluate/Evaluate.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <random>

using namespace mlir;

namespace dlc::test {

// A machine plans with the batch as the first dimension of a tensor, or none.
static bool isPlannable(func::FuncOp function) {
  bool plannable = true;
  auto look = [&](Type type) {
    ArrayRef<int64_t> shape = cast<RankedTensorType>(type).getShape();
    if (shape.size() > 1)
      plannable &= llvm::none_of(shape.drop_front(), ShapedType::isDynamic);
  };
  llvm::for_each(function.getArgumentTypes(), look);
  function.walk([&](Operation *op) {
    if (op != function)
      llvm::for_each(op->getResultTypes(), look);
  });
  return plannable;
}

static double findLargest(const Array &array) {
  double largest = 0;
  for (double value : array.data)
    if (std::isfinite(value))
      largest = std::max(largest, std::fabs(value));
  return largest;
}

// Within 2e-5 of each element, or of `size` where that is larger.
static void expectNear(const Array &actual, const Array &expected,
                       double size = 0) {
  ASSERT_EQ(actual.shape, expected.shape);
  ASSERT_EQ(actual.data.size(), expected.data.size());
  for (size_t i = 0; i < expected.data.size(); ++i) {
    double want = expected.data[i], got = actual.data[i];
    if (std::isfinite(want))
      EXPECT_NEAR(got, want, 2e-5 * (1 + std::max(std::fabs(want), size)))
          << "element " << i;
    else
      EXPECT_TRUE(std::isnan(want) ? std::isnan(got) : got == want)
          << "element " << i << " is " << got << " but should be " << want;
  }
}

namespace {

// Functions on their way into one module, and what to run them on.
class PrimsTest : public testing::TestWithParam<Place> {
protected:
  PrimsTest() {
    getContext().loadDialect<kernel::KernelDialect>();
    all = ModuleOp::create(UnknownLoc::get(&getContext()));
  }

  // Copies the function under a name of its own; its number, or nothing if no
  // machine plans it.
  std::optional<size_t> add(func::FuncOp function) {
    if (!isPlannable(function))
      return std::nullopt;
    auto copy = cast<func::FuncOp>(function->clone());
    copy.setName("f" + std::to_string(added));
    all->push_back(copy);
    return added++;
  }

  OwningOpRef<ModuleOp> all;
  size_t added = 0;
};

} // namespace

TEST_P(PrimsTest, ValuesAreRight) {
  const int64_t batch = 2;
  std::vector<ValueCase> tests = getAllValues();
  std::vector<std::optional<size_t>> numbers;
  std::vector<OneOp> parsed;
  for (const ValueCase &test : tests) {
    parsed.push_back(parse(test.arguments, test.op));
    ASSERT_TRUE(parsed.back().module);
    numbers.push_back(add(parsed.back().function));
  }
  EXPECT_GT(added + 5, tests.size());
  std::unique_ptr<Programs> programs = Programs::compile(*all, 4, GetParam());
  ASSERT_TRUE(programs);

  for (auto [test, number, one] : llvm::zip_equal(tests, numbers, parsed)) {
    if (!number)
      continue;
    SCOPED_TRACE(test.op);
    std::vector<Array> inputs;
    for (auto [type, data] :
         llvm::zip_equal(one.function.getArgumentTypes(), test.inputs))
      inputs.push_back({getShape(type, batch), data});
    std::vector<Array> results = programs->run(*number, inputs, batch);
    ASSERT_EQ(results.size(), one.op->getNumResults());
    auto expected = test.expected.begin();
    for (auto [result, type] : llvm::zip(results, one.op->getResultTypes())) {
      auto shape = getShape(type, batch);
      auto end = expected + count(shape);
      expectNear(result, {shape, {expected, end}});
      expected = end;
    }
  }
}

// In turn for the largest batch, one sample, and a batch between.
TEST_P(PrimsTest, GradientsAreThoseOfTheInterpreter) {
  std::vector<GradientCase> tests = getGradients();
  std::vector<std::optional<size_t>> numbers;
  std::vector<Backward> backwards;
  for (const GradientCase &test : tests) {
    backwards.push_back(differentiate(test.arguments, test.op));
    ASSERT_TRUE(backwards.back().parsed.module);
    bool any = llvm::is_contained(backwards.back().has, true);
    numbers.push_back(any ? add(backwards.back().parsed.function)
                          : std::nullopt);
  }
  EXPECT_GT(added + 10, tests.size());
  std::unique_ptr<Programs> programs = Programs::compile(*all, 5, GetParam());
  ASSERT_TRUE(programs);

  for (auto [test, number, backward] :
       llvm::zip_equal(tests, numbers, backwards)) {
    if (!number)
      continue;
    SCOPED_TRACE(test.op);
    // Of its own, so that a new case changes no other.
    std::seed_seq seed(test.op.begin(), test.op.end());
    std::mt19937 generator(seed);
    for (int64_t n : {5, 1, 3}) {
      std::vector<Array> inputs;
      for (Type type : backward.parsed.function.getArgumentTypes())
        inputs.push_back(draw(generator, type, n, test.low, test.high));
      auto expected = evaluate(backward.parsed.function, inputs, n);
      ASSERT_TRUE(succeeded(expected));
      std::vector<Array> actual = programs->run(*number, inputs, n);
      ASSERT_EQ(actual.size(), expected->size());
      for (auto [got, want] : llvm::zip_equal(actual, *expected))
        // A sum of large terms may be small.
        expectNear(got, want, findLargest(want));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Places, PrimsTest,
                         testing::Values(Place::Host, Place::Sim),
                         [](const testing::TestParamInfo<Place> &info) {
                           return info.param == Place::Host ? "Host" : "Sim";
                         });

} // namespace dlc::test
