// Editor support for the dialects: diagnostics, hover and go-to-definition over
// the language server protocol.
#include "dialects/kernel/Kernel.h"
#include "dialects/layer/Layer.h"
#include "dialects/prim/Prim.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Tools/mlir-lsp-server/MlirLspServerMain.h"

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::math::MathDialect, dlc::layer::LayerDialect,
                  dlc::prim::PrimDialect, dlc::kernel::KernelDialect>();
  return failed(mlir::MlirLspServerMain(argc, argv, registry)) ? 1 : 0;
}
