// A model becomes its training step. In the order in which a model meets them; examples are tests.

#ifndef DLC_TRAIN_PASSES
#define DLC_TRAIN_PASSES

include "mlir/Pass/PassBase.td"

def TrainStep : Pass<"train-step", "::mlir::ModuleOp"> {
  let summary = "Functions that train and evaluate, from the forward ones";
  let description = [{
    From `layer.compile`, `@predict` and `@forward` come `@evaluate` (loss and
    metrics) and `@train` (loss, gradients, clipping, optimizer, metrics; it
    replaces `@forward`), and on demand `@gradients`; the option `programs` leaves
    out what a command does not run. Targets become arguments
    with `dlc.target = "output name"` (`dlc.classes` where it holds labels,
    `dlc.loss_class` for the loss that takes it), the weight of each sample one with
    `dlc.sample_weight`. States that a function changes are results with `dlc.state`; the batch's loss is `dlc.output =
    "loss"`. From test/compiler/train/train-step.mlir:

    ```mlir
    func.func @forward(%x, %w) -> (%y {dlc.output = "fc"})
    layer.compile @m {
      layer.optimizer_sgd {learning_rate = 0.5, momentum = 0.9}
      layer.loss_mean_squared_error
    }
    // becomes
    func.func @train(%x, %w,
        %t: tensor<?x2xf32> {dlc.loss_class = "mean_squared_error",
                             dlc.target = "fc"},
        %s: tensor<?xf32> {dlc.sample_weight = "sample_weight"},
        ... %m: tensor<3x2xf32> {dlc.state = "optimizer/fc/kernel/momentum"})
        -> (tensor<f32> {dlc.output = "loss"},
            tensor<3x2xf32> {dlc.state = "fc/kernel"}, ...) {
      %y = prim.dot %x, %w ...
      ...
      %dw = prim.dot %x, %dy batch [] x [] contract [0] x [0] : ...
    }
    ```
  }];
  let options = [ListOption<"programs", "programs", "std::string",
                            "The functions to make or keep: train, evaluate, "
                            "predict, gradients. None: the first three">];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::dlc::prim::PrimDialect"];
}

#endif // DLC_TRAIN_PASSES
