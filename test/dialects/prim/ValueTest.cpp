// Every prim computes the right numbers and survives printing and parsing.
#include "mlir/Parser/Parser.h"
#include "test/dialects/prim/cases/Cases.h"
#include "test/dialects/prim/evaluate/Evaluate.h"
#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;

namespace dlc::test {

static const int64_t batch = 2;

TEST(PrimValues, AreRight) {
  for (const ValueCase &test : getAllValues()) {
    SCOPED_TRACE(test.op);
    OneOp parsed = parse(test.arguments, test.op);
    ASSERT_TRUE(parsed.module);
    std::vector<Array> inputs;
    for (auto [type, data] :
         llvm::zip_equal(parsed.function.getArgumentTypes(), test.inputs)) {
      inputs.push_back({getShape(type, batch), data});
      ASSERT_EQ(count(inputs.back().shape), int64_t(data.size()));
    }
    auto results = evaluate(parsed.function, inputs, batch);
    ASSERT_TRUE(succeeded(results));
    std::vector<double> actual;
    for (const Array &result : *results)
      llvm::append_range(actual, result.data);
    ASSERT_EQ(actual.size(), test.expected.size());
    for (auto [i, expected] : llvm::enumerate(test.expected)) {
      if (std::isfinite(expected))
        EXPECT_NEAR(actual[i], expected, 1e-6 * (1 + std::fabs(expected)))
            << "element " << i;
      else
        EXPECT_TRUE(std::isnan(expected) ? std::isnan(actual[i])
                                         : actual[i] == expected)
            << "element " << i << " is " << actual[i];
    }
  }
}

TEST(PrimValues, CoverEveryOp) {
  std::set<std::string> missing = getOpNames();
  ASSERT_GT(missing.size(), 40U);
  for (const ValueCase &test : getAllValues())
    missing.erase(test.op.substr(0, test.op.find(' ')));
  for (const std::string &name : missing)
    ADD_FAILURE() << name << " has no value test";
}

TEST(PrimText, PrintsWhatItParses) {
  for (const ValueCase &test : getAllValues()) {
    SCOPED_TRACE(test.op);
    OneOp parsed = parse(test.arguments, test.op);
    ASSERT_TRUE(parsed.module);
    std::string first, second;
    llvm::raw_string_ostream(first) << *parsed.module;
    EXPECT_NE(first.find(test.op.substr(0, test.op.find(' '))),
              std::string::npos)
        << first;
    auto again = parseSourceString<ModuleOp>(first, &getContext());
    ASSERT_TRUE(again) << first;
    llvm::raw_string_ostream(second) << *again;
    EXPECT_EQ(first, second);
  }
}

} // namespace dlc::test
