// The product itself, on the simulated device's memory.
#pragma once

#include "tools/ptx-sim/cublaslt/Objects.h"

#include <string>

namespace dlc::cuda::lt {

/// d = a * b, then bias and ReLU: all that a call says, as it was when it was
/// called.
struct Product {
  OpaqueMatmul matmul;
  OpaqueLayout aLayout, bLayout, dLayout;
  const void *a = nullptr, *b = nullptr;
  void *d = nullptr;

  uint64_t rows() const { return dLayout.rows; }
  uint64_t columns() const { return dLayout.columns; }
  uint64_t depth() const {
    return matmul.transA == OperationT ? aLayout.rows : aLayout.columns;
  }
  /// Whether sizes and types fit each other.
  bool fits() const;

  /// Which of the arrays does not lie in one allocation, or is written while it
  /// is read; "" for none.
  std::string findMistake() const;
  /// Sums are of float32 in the order of the depth.
  void compute() const;
};

} // namespace dlc::cuda::lt
