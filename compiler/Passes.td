// The passes in the order in which a model meets them; examples are their tests.

#ifndef DLC_PASSES
#define DLC_PASSES

include "mlir/Pass/PassBase.td"

//===-- expand ------------------------------------------------------------===//

def ExpandLayers : Pass<"expand-layers", "::mlir::ModuleOp"> {
  let summary = "layer becomes prim: each layer states its mathematics";
  let description = [{
    The module's main `layer.model` becomes two functions: `@predict`, as the
    model behaves in inference, and `@forward`, as it behaves in training.
    Nested models are expanded where they are called. Inputs and the weights of
    layers become arguments in the order of the layers; `layer.compile` stays.

    Arguments carry `dlc.input = "name"` or `dlc.state = "layer/weight"` (with
    `dlc.trainable` where the optimizer may change it, and `dlc.h5` for its place
    in model.weights.h5). Results of both functions are the model's outputs with
    `dlc.output = "name"`; those of `@forward` go on with new values of states
    (`dlc.state = "bn/moving_mean"`) and scalar losses of layers and regularisers
    (`dlc.loss = "fc/kernel"`). A layer that draws random numbers takes the
    arguments `dlc.state = "seed"` and `dlc.state = "step"`, i32 scalars.
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::dlc::prim::PrimDialect"];
}

//===-- train -------------------------------------------------------------===//

def TrainStep : Pass<"train-step", "::mlir::ModuleOp"> {
  let summary = "Functions that train and evaluate, from the forward ones";
  let description = [{
    From `layer.compile`, `@predict` and `@forward` come `@evaluate` (loss and
    metrics) and `@train` (loss, gradients, clipping, optimizer, metrics; it
    replaces `@forward`), and on demand `@gradients`. Targets become arguments
    with `dlc.target = "output name"` (`dlc.classes` where it holds labels), the
    weight of each sample one with `dlc.sample_weight`. States that a function
    changes are results with `dlc.state`; the batch's loss is `dlc.output =
    "loss"`.
  }];
  let options = [Option<"gradients", "gradients", "bool", "false",
                        "Also make @gradients: the loss and its gradients">];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::dlc::prim::PrimDialect"];
}

//===-- simplify ----------------------------------------------------------===//

def DecomposeComposites : Pass<"decompose-composites", "::mlir::func::FuncOp"> {
  let summary = "Composite prims become their definitions once gradients are taken";
  let dependentDialects = ["::dlc::prim::PrimDialect"];
}

//===-- fuse --------------------------------------------------------------===//

def FuseKernels : Pass<"fuse-kernels", "::mlir::func::FuncOp"> {
  let summary = "prim becomes kernel: loop nests that share a space are fused";
  let options = [Option<"fuse", "fuse", "bool", "true",
                        "Off: every prim is a kernel of its own">];
  let dependentDialects = ["::dlc::kernel::KernelDialect",
                           "::mlir::arith::ArithDialect",
                           "::mlir::math::MathDialect"];
}

//===-- plan --------------------------------------------------------------===//

def AssignStates : Pass<"assign-states", "::mlir::func::FuncOp"> {
  let summary = "Every new value of a state is written by a kernel in place";
  let description = [{
    A kernel may write a state's new value over the old one if nothing reads the
    old one later and the kernel itself reads each element just before it writes
    it. Where that does not hold, the value stays in the arena and a kernel at the
    end of the step copies it.
  }];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def ScheduleHost : Pass<"schedule-host", "::mlir::func::FuncOp"> {
  let summary = "Every kernel gets its parallel loops and its scratch on a CPU";
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

def PlanMemory : Pass<"plan-memory", "::mlir::ModuleOp"> {
  let summary = "Every tensor gets a place: states are shared, the arena reused";
  let options = [Option<"maxBatch", "max-batch", "int64_t", "32",
                        "The largest batch that fits the plan">,
                 Option<"reuse", "reuse", "bool", "true",
                        "Off: no two tensors share a place">];
  let dependentDialects = ["::dlc::kernel::KernelDialect"];
}

#endif // DLC_PASSES
