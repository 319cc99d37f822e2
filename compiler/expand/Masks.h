// Masks of time steps, which Keras attaches to tensors.
#pragma once

#include "dialects/layer/Layer.h"
#include "mlir/IR/IRMapping.h"

namespace dlc::expand {

/// The masks of a model's tensors while it is expanded: which elements before
/// the last dimension count. An Embedding with `mask_zero` makes one; layers
/// hand it on or drop it (keras/src/layers/layer.py: supports_masking,
/// compute_mask).
class Masks {
public:
  explicit Masks(mlir::ImplicitLocOpBuilder &b) : b(b) {}

  /// Takes notice of an op of the model, whose operands and results are prims
  /// in `values`. An error names the layer that made a mask, and the one it
  /// reaches that would compute with it in Keras only, or a nested model's
  /// border.
  llvm::LogicalResult follow(mlir::Operation *op,
                             const mlir::IRMapping &values);

  /// i1 [n, ...] without the dimension of features, or null.
  mlir::Value find(mlir::Value tensor) const {
    return masks.lookup(tensor).value;
  }

private:
  struct Mask {
    mlir::Value value;
    mlir::Operation *source = nullptr; // the layer that made it
  };

  bool fitResult(mlir::Operation *op) const;
  mlir::Value join(mlir::Operation *op);
  mlir::Value concatenate(layer::ConcatenateOp op);
  void takeOff(mlir::ValueRange tensors);

  mlir::ImplicitLocOpBuilder &b;
  llvm::DenseMap<mlir::Value, Mask> masks;
};

} // namespace dlc::expand
