// What a metric keeps from batch to batch.
#pragma once

#include "mlir/IR/Value.h"

namespace dlc::layer {

/// Sums by name, which are zero when an epoch begins. They are states of the
/// compiled step, and stay on the device.
class MetricSums {
public:
  virtual ~MetricSums() = default;
  /// Adds to a sum, an f32 tensor of the amount's type and no batch; what it is
  /// then.
  virtual mlir::Value add(llvm::StringRef name, mlir::Value amount) = 0;
};

} // namespace dlc::layer
