// What a layer's dtype policy does to the tensors and weights that it reads.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::expand {

/// Casts as Keras' Layer.__call__ does: float tensors, and float weights, come
/// in the type in which the layer computes (keras/src/layers/layer.py).
class Autocast {
public:
  explicit Autocast(layer::LayerOpInterface layer);

  /// An operand as the layer's expansion gets it. Where the layer computes in
  /// f32 for itself, what it gets is rounded first.
  mlir::Value castOperand(mlir::ImplicitLocOpBuilder &b, mlir::Value x) const;
  mlir::Value castWeight(mlir::ImplicitLocOpBuilder &b, mlir::Value w) const;

  /// Products, convolutions and windows that the layer's expansion built behind
  /// `before` take and give halves if the
  /// layer computes in these, as they do in Keras: there sums are in f32, and
  /// what they give is rounded. Returns `results` in f32 again.
  llvm::SmallVector<mlir::Value>
  narrowCalls(mlir::Block &block, mlir::Operation *before,
              llvm::SmallVector<mlir::Value> results) const;

private:
  mlir::Value round(mlir::ImplicitLocOpBuilder &b, mlir::Value x) const;

  mlir::Type compute; // null for a function of keras.ops, which casts nothing
  bool castsOperands = true, castsWeights = true;
};

/// x as f32 if it is of another float type; null stays null.
mlir::Value widen(mlir::ImplicitLocOpBuilder &b, mlir::Value x);

} // namespace dlc::expand
