// What dlc needs of cuBLASLt, declared here so that dlc builds where no CUDA
// is. A test compares it with cublasLt.h where there is one.
#pragma once

#include "runtime/cuda/driver/Api.h"

namespace dlc::cuda::lt {

/// cublasStatus_t. The library may give values that are not named here.
enum Status : int {
  Success = 0,
  NotInitialized = 1,
  AllocFailed = 3,
  InvalidValue = 7,
  ArchMismatch = 8,
  ExecutionFailed = 13,
  InternalError = 14,
  NotSupported = 15,
};

/// cublasComputeType_t, cudaDataType_t, cublasOperation_t.
enum ComputeType : int { Compute32F = 68, Compute32FFastTf32 = 77 };
enum DataType : int { Real32F = 0, Real16F = 2, Real16BF = 14 };
enum Operation : int { OperationN = 0, OperationT = 1 };

/// cublasLtMatmulDescAttributes_t, cublasLtMatrixLayoutAttribute_t,
/// cublasLtMatmulPreferenceAttributes_t, each with what it is set by.
enum MatmulAttribute : int {
  TransA = 3,      // Operation
  TransB = 4,      // Operation
  Epilogue = 7,    // EpilogueKind
  BiasPointer = 8, // DevicePointer
};
enum LayoutAttribute : int {
  BatchCount = 5,         // int32_t
  StridedBatchOffset = 6, // int64_t, in elements
};
enum PreferenceAttribute : int {
  MaxWorkspaceBytes = 1,   // uint64_t
  ReductionSchemeMask = 3, // uint32_t
  MinAlignmentA = 5,       // uint32_t, as those of B, C and D
  MinAlignmentB = 6,
  MinAlignmentC = 7,
  MinAlignmentD = 8,
};

/// cublasLtEpilogue_t.
enum EpilogueKind : int {
  EpilogueNone = 1,
  EpilogueRelu = 2,
  EpilogueBias = 4,
  EpilogueReluBias = 6,
};

/// cublasLtReductionScheme_t: how slices of the depth are added up.
enum ReductionScheme : uint32_t { ReduceInSecondStep = 2 };

/// cublasLtMatmulAlgo_t and cublasLtMatmulHeuristicResult_t.
struct Algorithm {
  uint64_t data[8];
};
struct Heuristic {
  Algorithm algorithm;
  size_t workspaceBytes;
  Status status;
  float waves;
  int reserved[4];
};

using Handle = struct OpaqueHandle *;
using MatmulHandle = struct OpaqueMatmul *;
using LayoutHandle = struct OpaqueLayout *;
using PreferenceHandle = struct OpaquePreference *;

} // namespace dlc::cuda::lt

/// Every function of the library that the runtime calls, once: F(result, name,
/// (parameters)), by the names that it exports.
#define DLC_CUBLASLT_FUNCTIONS(F)                                              \
  F(size_t, cublasLtGetVersion, ())                                            \
  F(const char *, cublasLtGetStatusName, (Status status))                      \
  F(Status, cublasLtCreate, (Handle * handle))                                 \
  F(Status, cublasLtDestroy, (Handle handle))                                  \
  F(Status, cublasLtMatmulDescCreate,                                          \
    (MatmulHandle * matmul, ComputeType compute, DataType scale))              \
  F(Status, cublasLtMatmulDescDestroy, (MatmulHandle matmul))                  \
  F(Status, cublasLtMatmulDescSetAttribute,                                    \
    (MatmulHandle matmul, MatmulAttribute attribute, const void *value,        \
     size_t bytes))                                                            \
  F(Status, cublasLtMatrixLayoutCreate,                                        \
    (LayoutHandle * layout, DataType type, uint64_t rows, uint64_t columns,    \
     int64_t leading))                                                         \
  F(Status, cublasLtMatrixLayoutDestroy, (LayoutHandle layout))                \
  F(Status, cublasLtMatrixLayoutSetAttribute,                                  \
    (LayoutHandle layout, LayoutAttribute attribute, const void *value,        \
     size_t bytes))                                                            \
  F(Status, cublasLtMatmulPreferenceCreate, (PreferenceHandle * preference))   \
  F(Status, cublasLtMatmulPreferenceDestroy, (PreferenceHandle preference))    \
  F(Status, cublasLtMatmulPreferenceSetAttribute,                              \
    (PreferenceHandle preference, PreferenceAttribute attribute,               \
     const void *value, size_t bytes))                                         \
  F(Status, cublasLtMatmulAlgoGetHeuristic,                                    \
    (Handle handle, MatmulHandle matmul, LayoutHandle a, LayoutHandle b,       \
     LayoutHandle c, LayoutHandle d, PreferenceHandle preference, int wanted,  \
     Heuristic *found, int *count))                                            \
  F(Status, cublasLtMatmul,                                                    \
    (Handle handle, MatmulHandle matmul, const void *alpha, const void *a,     \
     LayoutHandle aLayout, const void *b, LayoutHandle bLayout,                \
     const void *beta, const void *c, LayoutHandle cLayout, void *d,           \
     LayoutHandle dLayout, const Algorithm *algorithm, void *workspace,        \
     size_t workspaceBytes, StreamHandle stream))
