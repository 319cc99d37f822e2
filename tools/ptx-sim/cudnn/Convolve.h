// The convolution itself, on the simulated device's memory.
#pragma once

#include "tools/ptx-sim/cudnn/Objects.h"

#include <string>

namespace dlc::cuda::dnn {

/// y from x and w, dx from dy and w, or dw from x and dy: all that a call says,
/// as it was when it was called.
struct Convolved {
  enum class Direction { Forward, Data, Filter };
  Direction direction;
  OpaqueTensor xTensor, yTensor;
  OpaqueFilter wFilter;
  OpaqueConvolution window;
  /// One of them is written.
  void *x = nullptr, *w = nullptr, *y = nullptr;
  const void *bias = nullptr; // null for none
  bool relu = false;
  void *workspace = nullptr;
  size_t workspaceBytes = 0;

  /// Whether sizes and types fit each other.
  bool fits() const;
  /// What it works in: a kernel of float32.
  size_t neededBytes() const;

  /// Which of the arrays does not lie in one allocation, or is written while it
  /// is read; "" for none.
  std::string findMistake() const;
  /// Sums are of float32, in one order. What it may work in is filled with NaN.
  void compute() const;
};

} // namespace dlc::cuda::dnn
