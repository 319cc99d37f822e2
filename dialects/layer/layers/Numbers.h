// Numbers of a config that broadcast against a tensor: 0.5, [1, 2], [[1], [2]],
// and arrays of numpy that hold such lists.
#pragma once

#include "dialects/layer/Layer.h"

namespace dlc::layer {

/// A number, or a list of lists of one shape, in row-major order.
struct Numbers {
  llvm::SmallVector<int64_t> shape;
  llvm::SmallVector<double> values;
};

/// Failure if lists of one depth differ in length, are empty, or hold anything
/// but numbers.
llvm::FailureOr<Numbers> readNumbers(mlir::Attribute attribute);

/// Numbers and lists of them as Python writes them, for messages; anything else
/// as MLIR does.
std::string formatNumbers(mlir::Attribute attribute);

/// The same numbers as an f32 tensor of their shape.
mlir::Value buildNumbers(mlir::ImplicitLocOpBuilder &b, const Numbers &numbers);

} // namespace dlc::layer
