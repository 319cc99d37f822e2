// Fusion changes no result, computes nothing twice, and leaves no prim.
#include "compiler/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "test/compiler/fuse/EvaluateKernels.h"
#include "test/compiler/fuse/RandomGraph.h"
#include "test/dialects/prim/evaluate/Evaluate.h"

#include <gtest/gtest.h>

#include <cmath>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

class Fuse : public testing::TestWithParam<unsigned> {
protected:
  Fuse() {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        kernel::KernelDialect, math::MathDialect,
                        prim::PrimDialect>();
    context.disableMultithreading();
    graph = buildRandomGraph(context, GetParam(), 10 + GetParam() % 50);
    // What nothing reads is not fusion's business.
    PassManager clean(&context);
    clean.addPass(createCSEPass());
    clean.addPass(createCanonicalizerPass());
    EXPECT_TRUE(succeeded(verify(*graph)));
    EXPECT_TRUE(succeeded(clean.run(*graph)));
  }

  OwningOpRef<ModuleOp> fuse(bool on, bool chains = false) {
    OwningOpRef<ModuleOp> copy = graph->clone();
    PassManager pm(&context);
    if (on)
      pm.addNestedPass<func::FuncOp>(createFuseEpilogues());
    pm.addNestedPass<func::FuncOp>(createFuseKernels({.fuse = on}));
    if (on)
      pm.addNestedPass<func::FuncOp>(createMergeKernels());
    pm.addNestedPass<func::FuncOp>(createCSEPass());
    if (chains)
      pm.addNestedPass<func::FuncOp>(createChainKernels());
    EXPECT_TRUE(succeeded(pm.run(*copy)));
    return copy;
  }

  static func::FuncOp getFunction(ModuleOp module) {
    return *module.getOps<func::FuncOp>().begin();
  }

  std::vector<Array> makeInputs(int64_t n) {
    std::mt19937 random(GetParam());
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<Array> inputs;
    for (Type type : getFunction(*graph).getArgumentTypes()) {
      Array &input = inputs.emplace_back(Array{getShape(type, n), {}});
      for (int64_t i = 0; i < count(input.shape); ++i)
        input.data.push_back(uniform(random));
    }
    return inputs;
  }

  void expectSameResults(ModuleOp kernels, int64_t n) {
    std::vector<Array> inputs = makeInputs(n);
    auto expected = evaluate(getFunction(*graph), inputs, n);
    auto actual = evaluateKernels(getFunction(kernels), inputs, n);
    ASSERT_TRUE(succeeded(expected));
    ASSERT_TRUE(succeeded(actual));
    ASSERT_EQ(expected->size(), actual->size());
    for (size_t i = 0; i < expected->size(); ++i) {
      ASSERT_EQ((*expected)[i].shape, (*actual)[i].shape);
      for (size_t k = 0; k < (*expected)[i].data.size(); ++k) {
        double want = (*expected)[i].data[k], got = (*actual)[i].data[k];
        // The evaluators add up in one order, so only the library's differs.
        ASSERT_TRUE(want == got || std::abs(want - got) <=
                                       1e-5 * std::max(1.0, std::abs(want)))
            << "result " << i << " element " << k << ": " << want << " became "
            << got;
      }
    }
  }

  template <typename Op> static size_t countOps(ModuleOp module) {
    size_t ops = 0;
    module.walk([&](Op) { ++ops; });
    return ops;
  }

  MLIRContext context;
  OwningOpRef<ModuleOp> graph;
};

TEST_P(Fuse, KeepsResults) {
  OwningOpRef<ModuleOp> fused = fuse(true);
  expectSameResults(*fused, 1);
  expectSameResults(*fused, 3);
}

TEST_P(Fuse, KeepsResultsInChains) {
  OwningOpRef<ModuleOp> chained = fuse(true, /*chains=*/true);
  expectSameResults(*chained, 3);
  EXPECT_EQ(countOps<kernel::FusedOp>(*chained) +
                countOps<kernel::LibraryOp>(*chained),
            countOps<kernel::FusedOp>(*fuse(true)) +
                countOps<kernel::LibraryOp>(*fuse(true)));
}

TEST_P(Fuse, KeepsResultsWhenOff) {
  OwningOpRef<ModuleOp> unfused = fuse(false);
  expectSameResults(*unfused, 2);
}

TEST_P(Fuse, LeavesNoPrimAndNamesKernelsInOrder) {
  OwningOpRef<ModuleOp> fused = fuse(true);
  unsigned next = 0;
  for (Operation &op : getFunction(*fused).getOps()) {
    EXPECT_FALSE(isa<prim::PrimDialect>(op.getDialect()));
    if (auto name = op.getAttrOfType<StringAttr>("name"))
      EXPECT_EQ(name.str(), "f_k" + std::to_string(next++));
  }
}

TEST_P(Fuse, ComputesNothingTwice) {
  OwningOpRef<ModuleOp> fused = fuse(true);
  EXPECT_LE(countOps<math::TanhOp>(*fused), countOps<prim::TanhOp>(*graph));
  EXPECT_LE(countOps<kernel::ReduceOp>(*fused),
            countOps<prim::ReduceSumOp>(*graph) +
                countOps<prim::ReduceMaxOp>(*graph));
}

TEST_P(Fuse, NeedsFewerKernels) {
  OwningOpRef<ModuleOp> fused = fuse(true), unfused = fuse(false);
  EXPECT_LE(countOps<kernel::FusedOp>(*fused),
            countOps<kernel::FusedOp>(*unfused));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Fuse, testing::Range(0u, 300u));

} // namespace
