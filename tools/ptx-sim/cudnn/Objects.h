// What the handles of the stand-in are.
#pragma once

#include "runtime/cuda/library/CudnnApi.h"

namespace dlc::cuda::dnn {

struct OpaqueHandle {
  StreamHandle stream = nullptr;
};

/// Without padding between its elements, channels last; empty until it is set.
struct OpaqueTensor {
  DataType type = Float;
  int n = 0, c = 0, h = 0, w = 0;
};

/// Filter by filter, channels last; `c` is of a group.
struct OpaqueFilter {
  DataType type = Float;
  int k = 0, c = 0, h = 0, w = 0;
};

struct OpaqueConvolution {
  int padding[2] = {0, 0}, stride[2] = {0, 0}, dilation[2] = {0, 0};
  int groups = 1;
  MathType math = TensorOpMath;
};

struct OpaqueActivation {
  ActivationMode mode = Identity;
};

/// The functions by the names that the library exports.
extern "C" {
#define PTXSIM_DECLARE(result, name, parameters)                               \
  __attribute__((visibility("default"))) result name parameters;
DLC_CUDNN_FUNCTIONS(PTXSIM_DECLARE)
#undef PTXSIM_DECLARE
}

} // namespace dlc::cuda::dnn
