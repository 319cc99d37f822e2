// What the compiler may ask of a layer, a loss, a metric, an optimizer or a
// learning-rate schedule.

#ifndef DLC_LAYER_INTERFACE
#define DLC_LAYER_INTERFACE

include "mlir/IR/OpBase.td"

// Every op that stands for a Keras object.
def KerasOpInterface : OpInterface<"KerasOpInterface"> {
  let description = [{
    An object that Keras serialises as {module, class_name, config}. The op's
    attributes are the keys of its config, so that import, export and
    verification need no code of their own; keys that dlc has no use for are kept
    in the dictionary `keras`.
  }];
  let cppNamespace = "::dlc::layer";
  let methods = [
    StaticInterfaceMethod<"The class, as in \"Conv2D\".", "::llvm::StringRef",
      "getKerasClass">,
    StaticInterfaceMethod<"Its module, as in \"keras.layers\".",
      "::llvm::StringRef", "getKerasModule">,
  ];
}

def LayerOpInterface : OpInterface<"LayerOpInterface", [KerasOpInterface]> {
  let description = [{
    One call of a Keras layer, or of a function of keras.ops. Two calls of one
    layer are two ops of the same name and the same attributes: they share their
    weights.
  }];
  let cppNamespace = "::dlc::layer";
  let methods = [
    InterfaceMethod<"The name that the user gave this layer.",
      "::llvm::StringRef", "getName">,
    InterfaceMethod<"What the layer owns, in the order in which Keras saves it.",
      "::llvm::SmallVector<::dlc::layer::WeightSpec>", "weights", (ins), "",
      "return {};">,
    InterfaceMethod<"The layer's mathematics; operands are prim values already.",
      "::mlir::Value", "expand",
      (ins "::mlir::ImplicitLocOpBuilder &":$b,
           "::dlc::layer::ExpandContext &":$ctx)>,
    InterfaceMethod<"All results, for a layer that may have several; `expand` gives the first.",
      "::llvm::SmallVector<::mlir::Value>", "expandAll",
      (ins "::mlir::ImplicitLocOpBuilder &":$b,
           "::dlc::layer::ExpandContext &":$ctx), "",
      "return {$_op.expand(b, ctx)};">,
    StaticInterfaceMethod<[{
      The parameters of Keras' `call` in its order, for a layer whose tensors go
      by name. Its operands are the first ones, or those that the attribute
      `arguments` lists.
      }], "::llvm::ArrayRef<::llvm::StringRef>", "getParameters", (ins), "",
      "return {};">,
    StaticInterfaceMethod<[{
      Attributes that are arguments of one call and no keys of the config.
      `training`, which every layer has, is not among them.
      }], "::llvm::ArrayRef<::llvm::StringRef>", "getCallKeys", (ins), "",
      "return {};">,
  ];
}

def LossOpInterface : OpInterface<"LossOpInterface", [KerasOpInterface]> {
  let description = [{
    A loss on one output of the model. Reduction over the batch, sample weights
    and loss weights are common to all and not the op's business.
  }];
  let cppNamespace = "::dlc::layer";
  let methods = [
    InterfaceMethod<"The model output it belongs to.", "::llvm::StringRef",
      "getOutput">,
    InterfaceMethod<"Its factor in the total loss.", "double",
      "getWeight">,
    InterfaceMethod<"How the losses of a batch become one: Keras' word for it.",
      "::llvm::StringRef", "getReduction">,
    InterfaceMethod<[{
      The type of the targets for predictions of this type: integer labels
      without the class dimension, or the predictions' own type.
      }], "::mlir::RankedTensorType", "getTargetType",
      (ins "::mlir::RankedTensorType":$predictions)>,
    InterfaceMethod<[{
      One f32 loss for each sample and each position before the last dimension:
      [n, ...] from targets and predictions [n, ..., c].
      }], "::mlir::Value", "buildLoss",
      (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::Value":$targets,
           "::mlir::Value":$predictions)>,
    InterfaceMethod<[{
      Labels that stand for no class: what a sample with such a label loses does
      not count. None by default.
      }], "std::optional<int64_t>", "getIgnoredLabel", (ins), "",
      "return std::nullopt;">,
  ];
}

def MetricOpInterface : OpInterface<"MetricOpInterface", [KerasOpInterface]> {
  let description = "A number about many samples, shown beside the loss.";
  let cppNamespace = "::dlc::layer";
  let methods = [
    InterfaceMethod<"The model output it belongs to.", "::llvm::StringRef",
      "getOutput">,
    InterfaceMethod<"The name that the user sees: \"accuracy\".",
      "::llvm::StringRef", "getName">,
    InterfaceMethod<"Whether samples count by their weights.", "bool",
      "getWeighted">,
    InterfaceMethod<[{
      Whether it can compare such targets with such predictions. Accuracies take
      labels and one-hot rows alike.
      }], "bool", "takesTargets",
      (ins "::mlir::RankedTensorType":$targets,
           "::mlir::RankedTensorType":$predictions), "", "return true;">,
    InterfaceMethod<[{
      One f32 value for each sample and position, of which the metric is the
      mean. Targets have the loss' target type. Null for a metric that keeps
      other sums.
      }], "::mlir::Value", "buildValues",
      (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::Value":$targets,
           "::mlir::Value":$predictions), "", "return {};">,
    InterfaceMethod<[{
      For a metric that is no mean: adds the batch to its sums and gives its
      value, an f32 scalar, by all batches since they were zero. Each sample and
      position before the last dimension counts by `weights`, or 1 if null.
      }], "::mlir::Value", "buildFromSums",
      (ins "::mlir::ImplicitLocOpBuilder &":$b,
           "::dlc::layer::MetricSums &":$sums, "::mlir::Value":$targets,
           "::mlir::Value":$predictions, "::mlir::Value":$weights), "",
      "return {};">,
  ];
}

def ScheduleOpInterface
    : OpInterface<"ScheduleOpInterface", [KerasOpInterface]> {
  let description = "A learning rate that changes from step to step.";
  let cppNamespace = "::dlc::layer";
  let methods = [
    InterfaceMethod<[{
      The rate of the step with this number, an f32 scalar. `iteration` is an i32
      scalar, 0 in the first step.
      }], "::mlir::Value", "buildRate",
      (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::Value":$iteration)>,
  ];
}

def OptimizerOpInterface
    : OpInterface<"OptimizerOpInterface", [KerasOpInterface]> {
  let description = [{
    How one weight moves. Clipping, decoupled weight decay and the order of steps
    are common to all (keras/src/optimizers/base_optimizer.py).
  }];
  let cppNamespace = "::dlc::layer";
  let methods = [
    InterfaceMethod<[{
      Names of the state tensors of a weight, in blocks as Keras saves them: all
      weights' tensors of the first block, interleaved, then the second block.
      Adam has {{"momentum", "velocity"}}, RMSprop {{"velocity"}, {"momentum"}}.
      }], "::llvm::SmallVector<::llvm::SmallVector<::llvm::StringRef>>",
      "slotBlocks">,
    InterfaceMethod<[{
      The new weight, then its new slots in the order of slotBlocks, from the
      weight, its gradient and its slots; all of the weight's type. `rate` and
      `step` (1 in the first step) are f32 scalars.
      }], "::llvm::SmallVector<::mlir::Value>", "buildUpdate",
      (ins "::mlir::ImplicitLocOpBuilder &":$b, "::mlir::Value":$rate,
           "::mlir::Value":$step, "::mlir::Value":$weight,
           "::mlir::Value":$gradient, "::mlir::ValueRange":$slots)>,
  ];
}

#endif // DLC_LAYER_INTERFACE
