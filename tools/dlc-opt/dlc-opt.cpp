// Runs one pass at a time, for lit tests.
#include "compiler/Passes.h"
#include "compiler/Pipeline.h"
#include "dialects/kernel/Kernel.h"
#include "dialects/layer/Layer.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::math::MathDialect, dlc::layer::LayerDialect,
                  dlc::prim::PrimDialect, dlc::kernel::KernelDialect>();
  mlir::registerTransformsPasses();
  dlc::registerDlcPasses();
  dlc::registerPipelines();
  return mlir::asMainReturnCode(
      mlir::MlirOptMain(argc, argv, "dlc optimizer driver\n", registry));
}
