// What a scalar body may ask of the loops around it.
#pragma once

#include "mlir/IR/Value.h"

namespace dlc::prim {

/// The point of a loop nest at which LoopOpInterface::buildScalar builds.
class LoopScope {
public:
  virtual ~LoopScope() = default;

  /// The position along dimension `dim` of the prim's own space, as i32.
  virtual mlir::Value index(unsigned dim) = 0;

  /// The number of samples in the batch at hand, as f32.
  virtual mlir::Value batchSize() = 0;
};

} // namespace dlc::prim
