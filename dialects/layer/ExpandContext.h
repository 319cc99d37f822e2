// What a layer may ask for while it expands: its inputs, its weights, its
// effects.
#pragma once

#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Value.h"

namespace dlc::layer {

/// One tensor that a layer owns.
struct WeightSpec {
  /// Its Keras name: "kernel", "moving_mean".
  llvm::StringRef name;
  mlir::RankedTensorType type;
  /// Whether the optimizer changes it while the layer is trainable.
  bool trainable = true;
  /// How Keras fills it when no file gives its values: a class name of
  /// keras.initializers or a serialised one ({class_name = ..., config = ...}).
  mlir::Attribute initializer;
  /// A serialised regulariser, or null.
  mlir::Attribute regularizer = {};
  /// The layer inside this one that holds it in Keras' weights file, as in
  /// "query_dense"; empty where the layer itself does.
  llvm::StringRef holder = {};
};

/// Everything in an expansion that is not a pure function of the operands goes
/// through here, so that autodiff sees pure values only.
class ExpandContext {
public:
  virtual ~ExpandContext() = default;

  /// A tensor that the caller feeds at every step.
  virtual mlir::Value input(llvm::StringRef name,
                            mlir::RankedTensorType type) = 0;

  /// A weight that the layer being expanded listed in weights().
  virtual mlir::Value weight(llvm::StringRef name) = 0;

  /// The mask that Keras attaches to an operand: where it counts, i1 of its
  /// shape without the last dimension. Null where nothing masks it.
  virtual mlir::Value mask(unsigned operand) = 0;

  /// Whether this call of the layer behaves as in training: dropout drops.
  virtual bool isTraining() = 0;

  /// Whether the layer's own weights may change (Keras' `trainable`). A frozen
  /// BatchNormalization uses its moving statistics even in training.
  virtual bool isTrainable() = 0;

  /// Gives a non-trainable weight of the layer a new value after this step.
  virtual void update(llvm::StringRef weight, mlir::Value value) = 0;

  /// Adds a scalar to the model's loss, in training and evaluation.
  virtual void addLoss(mlir::Value loss) = 0;

  /// Uniform numbers in [0, 1) of this type, new ones at each step.
  virtual mlir::Value randomUniform(mlir::RankedTensorType type) = 0;
};

} // namespace dlc::layer
