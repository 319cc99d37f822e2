// Simplification changes no result but by rounding, alone and before fusion.
#include "compiler/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "test/compiler/fuse/EvaluateKernels.h"
#include "test/compiler/fuse/RandomGraph.h"
#include "test/compiler/simplify/RandomNetwork.h"
#include "test/dialects/prim/evaluate/Evaluate.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

class Simplify : public testing::TestWithParam<unsigned> {
protected:
  Simplify() {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        kernel::KernelDialect, math::MathDialect,
                        prim::PrimDialect>();
    context.disableMultithreading();
  }

  static func::FuncOp getFunction(ModuleOp module) {
    return *module.getOps<func::FuncOp>().begin();
  }

  /// As Pipeline.cpp has them, without training in between.
  void addPasses(PassManager &pm) {
    pm.addNestedPass<func::FuncOp>(createFoldPadding());
    pm.addNestedPass<func::FuncOp>(createFoldScales());
    pm.addNestedPass<func::FuncOp>(createCancelBiases());
    pm.addNestedPass<func::FuncOp>(createDecomposeComposites());
    pm.addPass(createCanonicalizerPass());
    pm.addNestedPass<func::FuncOp>(createFoldAlgebra());
    pm.addNestedPass<func::FuncOp>(createFoldMovement());
    pm.addNestedPass<func::FuncOp>(createFoldConstants());
    pm.addNestedPass<func::FuncOp>(createSinkTransposes());
    pm.addPass(createCanonicalizerPass());
    pm.addPass(createCSEPass());
  }

  OwningOpRef<ModuleOp> simplify(ModuleOp graph, bool fused) {
    OwningOpRef<ModuleOp> copy = graph.clone();
    PassManager pm(&context);
    addPasses(pm);
    if (fused) {
      pm.addNestedPass<func::FuncOp>(createFuseEpilogues());
      pm.addNestedPass<func::FuncOp>(createFuseKernels());
      pm.addNestedPass<func::FuncOp>(createMergeKernels());
    }
    EXPECT_TRUE(succeeded(pm.run(*copy)));
    return copy;
  }

  static std::vector<Array> makeInputs(func::FuncOp function, int64_t n) {
    std::mt19937 random(GetParam());
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<Array> inputs;
    for (Type type : function.getArgumentTypes()) {
      Array &input = inputs.emplace_back(Array{getShape(type, n), {}});
      for (int64_t i = 0; i < count(input.shape); ++i)
        input.data.push_back(uniform(random));
    }
    return inputs;
  }

  void expectSameResults(ModuleOp graph, int64_t n) {
    ASSERT_TRUE(succeeded(verify(graph)));
    std::vector<Array> inputs = makeInputs(getFunction(graph), n);
    auto expected = evaluate(getFunction(graph), inputs, n);
    OwningOpRef<ModuleOp> simple = simplify(graph, false);
    auto actual = evaluate(getFunction(*simple), inputs, n);
    ASSERT_TRUE(succeeded(expected) && succeeded(actual));
    expectNear(*actual, *expected);
    OwningOpRef<ModuleOp> fused = simplify(graph, true);
    actual = evaluateKernels(getFunction(*fused), inputs, n);
    ASSERT_TRUE(succeeded(actual));
    expectNear(*actual, *expected);
  }

  static void expectNear(const std::vector<Array> &actual,
                         const std::vector<Array> &expected) {
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < expected.size(); ++i) {
      ASSERT_EQ(actual[i].shape, expected[i].shape);
      for (size_t k = 0; k < expected[i].data.size(); ++k) {
        double want = expected[i].data[k], got = actual[i].data[k];
        ASSERT_TRUE(want == got || std::abs(want - got) <=
                                       1e-5 * std::max(1.0, std::abs(want)))
            << "result " << i << " element " << k << ": " << want << " became "
            << got;
      }
    }
  }

  MLIRContext context;
};

TEST_P(Simplify, KeepsResultsOfGraphs) {
  OwningOpRef<ModuleOp> graph =
      buildRandomGraph(context, GetParam(), 10 + GetParam() % 50);
  expectSameResults(*graph, 1);
  expectSameResults(*graph, 3);
}

TEST_P(Simplify, KeepsResultsOfNetworks) {
  OwningOpRef<ModuleOp> network = buildRandomNetwork(context, GetParam());
  expectSameResults(*network, 1);
  expectSameResults(*network, 3);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Simplify, testing::Range(0u, 200u));

} // namespace
