// Fusion comes close to the best of all partitions into kernels.
#include "compiler/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Transforms/Passes.h"
#include "test/compiler/fuse/Partition.h"
#include "test/compiler/fuse/RandomGraph.h"

#include <gtest/gtest.h>

using namespace mlir;
using namespace dlc;
using namespace dlc::test;

namespace {

/// Tensors of some megabytes, which take about as long as a launch.
constexpr fuse::Machine machine{
    .bytesPerSecond = 3e12, .launchSeconds = 1e-6, .batch = 100000};

class Optimum : public testing::Test {
protected:
  Optimum() {
    context.loadDialect<arith::ArithDialect, func::FuncDialect,
                        kernel::KernelDialect, math::MathDialect,
                        prim::PrimDialect>();
    context.disableMultithreading();
  }

  static func::FuncOp getFunction(ModuleOp module) {
    return *module.getOps<func::FuncOp>().begin();
  }

  /// The time of fused kernels over the least; nothing if the graph of this
  /// seed has another number of prims.
  std::optional<double> compare(unsigned seed, unsigned size, size_t fewest,
                                size_t most) {
    OwningOpRef<ModuleOp> graph = buildRandomGraph(context, seed, size);
    PassManager clean(&context);
    clean.addPass(createCSEPass());
    clean.addPass(createCanonicalizerPass());
    EXPECT_TRUE(succeeded(clean.run(*graph)));
    size_t nodes = countNodes(getFunction(*graph));
    if (nodes < fewest || nodes > most)
      return std::nullopt;
    double least = findLeastTime(getFunction(*graph), machine);
    PassManager fuse(&context);
    fuse.addNestedPass<func::FuncOp>(createFuseKernels());
    fuse.addNestedPass<func::FuncOp>(createMergeKernels(
        {.launchBytes =
             int64_t(machine.bytesPerSecond * machine.launchSeconds)}));
    EXPECT_TRUE(succeeded(fuse.run(*graph)));
    return fuse::predictTime(getFunction(*graph), machine) / least;
  }

  /// How many of `graphs` random ones are within 5 % of the optimum. Where
  /// computing again pays, fusion may even be below it.
  int countClose(int graphs, size_t fewest, size_t most) {
    int close = 0;
    for (unsigned seed = 0; graphs > 0; ++seed)
      if (auto ratio =
              compare(seed, fewest + seed % (most + 1), fewest, most)) {
        close += *ratio <= 1.05;
        --graphs;
      }
    return close;
  }

  MLIRContext context;
};

TEST_F(Optimum, IsNearlyReachedByUpToNinePrims) {
  EXPECT_GE(countClose(200, 3, 9), 190);
}

TEST_F(Optimum, IsNearlyReachedByTwelvePrims) {
  EXPECT_GE(countClose(10, 12, 12), 9);
}

} // namespace
