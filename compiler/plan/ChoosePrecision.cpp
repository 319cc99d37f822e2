// Says how contractions of float32 are multiplied on a GPU.
#include "compiler/Passes.h"
#include "dialects/kernel/Kernel.h"

namespace dlc {
#define GEN_PASS_DEF_CHOOSEPRECISION
#include "compiler/Passes.h.inc"
} // namespace dlc

using namespace mlir;
using namespace dlc;

/// Whether it is a sum of products of two arrays of float32.
static bool isContraction(kernel::LibraryOp call) {
  StringRef routine = call.getRoutine();
  bool known = routine == "dot" || routine == "conv2d" ||
               routine == "conv2d_input_grad" ||
               routine == "conv2d_kernel_grad";
  return known && llvm::all_of(call.getInputs().take_front(2), [](Value value) {
           return cast<RankedTensorType>(value.getType())
               .getElementType()
               .isF32();
         });
}

namespace {

struct ChoosePrecisionPass
    : dlc::impl::ChoosePrecisionBase<ChoosePrecisionPass> {
  using ChoosePrecisionBase::ChoosePrecisionBase;

  void runOnOperation() override {
    if (precision == "ieee")
      return;
    getOperation().walk([&](kernel::LibraryOp call) {
      if (!isContraction(call))
        return;
      NamedAttrList config(call.getConfig());
      config.set("precision", StringAttr::get(call.getContext(), precision));
      call.setConfigAttr(config.getDictionary(call.getContext()));
    });
  }
};

} // namespace
