// Layers become prims. In the order in which a model meets them; examples are tests.

#ifndef DLC_EXPAND_PASSES
#define DLC_EXPAND_PASSES

include "mlir/Pass/PassBase.td"

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
    arguments `dlc.state = "seed"` and `dlc.state = "step"`, i32 scalars. From
    test/compiler/expand/expand-layers.mlir:

    ```mlir
    layer.model @dense {
      %x = layer.input "x" {shape = [5, 3]}
      %y = layer.dense "fc" %x {units = 4, use_bias = false} : tensor<?x5x3xf32>
      layer.output %y : tensor<?x5x4xf32>
    }
    // becomes, and @forward alike
    func.func @predict(%x: tensor<?x5x3xf32> {dlc.input = "x"},
                       %w: tensor<3x4xf32> {dlc.state = "fc/kernel", ...})
        -> (tensor<?x5x4xf32> {dlc.output = "fc"}) {
      %y = prim.dot %x, %w batch [] x [] contract [2] x [0] : ...
      return %y : tensor<?x5x4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::func::FuncDialect",
                           "::dlc::prim::PrimDialect"];
}

#endif // DLC_EXPAND_PASSES
