// The table of routines.
#include "compiler/emit/cuda/routines/Routines.h"

#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda {

using namespace routines;

namespace {

struct Entry {
  const char *routine;
  Emitter emitter;
};

constexpr Entry table[] = {
    {"dot", emitDot},
    {"conv2d", emitConv2D},
    {"conv2d_input_grad", emitConv2DInputGrad},
    {"conv2d_kernel_grad", emitConv2DKernelGrad},
    {"max_pool2d", emitMaxPool2D},
    {"max_pool2d_grad", emitMaxPool2DGrad},
    {"max_pool2d_pick", emitMaxPool2DPick},
    {"avg_pool2d", emitAvgPool2D},
    {"avg_pool2d_grad", emitAvgPool2DGrad},
    {"pad", emitPad},
    {"concat", emitConcat},
    {"gather", emitGather},
    {"scatter_add", emitScatterAdd},
    {"attention", emitAttention},
    {"attention_grad", emitAttentionGrad},
};

} // namespace

Expected<KernelText> emitRoutine(mlir::Operation *op, int64_t maxBatch) {
  RoutineCall call(op, maxBatch);
  for (const Entry &entry : table)
    if (call.routine == entry.routine)
      return entry.emitter(call);
  return fail(fmt::format("kernel \"{}\"",
                          op->getAttrOfType<mlir::StringAttr>("name").str()),
              fmt::format("calls \"{}\"", call.routine),
              "CUDA has no such routine", "compile for host");
}

} // namespace dlc::emit::cuda
