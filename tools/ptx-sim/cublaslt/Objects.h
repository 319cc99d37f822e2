// What the handles of the stand-in are.
#pragma once

#include "runtime/cuda/library/Api.h"

namespace dlc::cuda::lt {

struct OpaqueHandle {};

struct OpaqueMatmul {
  ComputeType compute = Compute32F;
  Operation transA = OperationN, transB = OperationN;
  EpilogueKind epilogue = EpilogueNone;
  DevicePointer bias = 0;
};

/// Column by column, `leading` elements apart.
struct OpaqueLayout {
  DataType type = Real32F;
  uint64_t rows = 0, columns = 0;
  int64_t leading = 0;
  int32_t count = 1;
  int64_t stride = 0;
};

struct OpaquePreference {
  uint64_t workspaceBytes = 0;
  uint32_t reductionSchemes = 7;
  uint32_t alignments[4] = {256, 256, 256, 256}; // of a, b, c and d
};

/// The functions by the names that the library exports.
extern "C" {
#define PTXSIM_DECLARE(result, name, parameters)                               \
  __attribute__((visibility("default"))) result name parameters;
DLC_CUBLASLT_FUNCTIONS(PTXSIM_DECLARE)
#undef PTXSIM_DECLARE
}

} // namespace dlc::cuda::lt
