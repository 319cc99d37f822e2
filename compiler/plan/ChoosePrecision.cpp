// Says how contractions are multiplied on a GPU.
#include "compiler/Passes.h"
#include "dialects/kernel/Kernel.h"
#include "mlir/IR/TypeUtilities.h"

namespace dlc {
#define GEN_PASS_DEF_CHOOSEPRECISION
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// Whether it sums products of two arrays.
static bool isContraction(kernel::LibraryOp call) {
  static constexpr StringLiteral routines[] = {
      "dot",       "conv2d",        "conv2d_input_grad", "conv2d_kernel_grad",
      "attention", "attention_grad"};
  return llvm::is_contained(routines, call.getRoutine());
}

namespace {

struct ChoosePrecisionPass
    : dlc::impl::ChoosePrecisionBase<ChoosePrecisionPass> {
  using ChoosePrecisionBase::ChoosePrecisionBase;

  /// Of the type of what is multiplied; halves leave no choice.
  StringRef choose(kernel::LibraryOp call) const {
    Type element = getElementTypeOrSelf(call.getInputs().front().getType());
    if (element.isF32())
      return precision;
    return element.isBF16() ? "bf16" : "f16";
  }

  void runOnOperation() override {
    getOperation().walk([&](kernel::LibraryOp call) {
      if (!isContraction(call) || choose(call) == "ieee")
        return;
      NamedAttrList config(call.getConfig());
      config.set("precision", StringAttr::get(call.getContext(), choose(call)));
      call.setConfigAttr(config.getDictionary(call.getContext()));
    });
  }
};

} // namespace
