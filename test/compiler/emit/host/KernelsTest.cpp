// Host code against the meaning of kernels: every pattern, odd sizes, and the
// same bits however iterations are shared out.
#include "test/compiler/emit/host/Evaluate.h"
#include "test/compiler/emit/host/HostCode.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

struct Case {
  const char *name;
  const char *text;
};

} // namespace

static const Case cases[] = {
#include "test/compiler/emit/host/KernelCases.inc"
};

static void expectClose(const Array &actual, const Array &expected,
                        const std::string &what) {
  ASSERT_EQ(actual.size(), expected.size());
  for (int64_t i = 0; i < actual.size(); ++i) {
    double x = actual.get(i), y = expected.get(i);
    if (std::isnan(x) && std::isnan(y))
      continue;
    ASSERT_LE(std::abs(x - y), 2e-5 * (std::abs(y) + 1))
        << what << " element " << i << ": " << x << " but " << y;
  }
}

/// Runs one kernel for one batch in several splits.
static void check(kernel::FusedOp kernel, const LoadedCode &code, int64_t n,
                  const std::string &what) {
  std::mt19937 random(n);
  std::vector<Array> inputs;
  for (Type type : kernel.getInputs().getTypes())
    inputs.emplace_back(type, n).randomise(random);
  std::vector<Array> expected = evaluate(kernel, inputs, n);
  std::vector<Array> whole;
  for (int64_t parts : {1, 2, 3, 7}) {
    std::vector<Array> outputs;
    std::vector<char *> buffers;
    for (const Array &input : inputs)
      buffers.push_back(input.data());
    for (Type type : kernel.getOutputs().getTypes())
      buffers.push_back(outputs.emplace_back(type, n).data());
    runKernel(code, kernel, buffers, n, parts);
    for (auto [i, output] : llvm::enumerate(outputs)) {
      expectClose(output, expected[i], what + " output " + std::to_string(i));
      EXPECT_TRUE(output.isIntact()) << what;
      if (parts > 1)
        EXPECT_EQ(std::memcmp(output.data(), whole[i].data(), output.bytes()),
                  0)
            << what << " differs in " << parts << " parts";
    }
    if (parts == 1)
      whole = outputs;
  }
}

class Kernels : public testing::TestWithParam<Case> {};

TEST_P(Kernels, MeanWhatTheySay) {
  auto context = makeContext();
  OwningOpRef<ModuleOp> module = parseScheduled(*context, GetParam().text);
  ASSERT_TRUE(module);
  auto objects = emit::host::emitHost(*module, listLevels());
  ASSERT_TRUE(succeeded(objects));
  for (const emit::host::Object &object : *objects) {
    LoadedCode code(object.sharedObject);
    for (int64_t n : {1, 3, 7, 40})
      module->walk([&](kernel::FusedOp kernel) {
        check(kernel, code, n,
              object.cpu + " " + kernel.getName().str() +
                  " n = " + std::to_string(n));
      });
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Kernels, testing::ValuesIn(cases),
                         [](const testing::TestParamInfo<Case> &info) {
                           return std::string(info.param.name);
                         });
