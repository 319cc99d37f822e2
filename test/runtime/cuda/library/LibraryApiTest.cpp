// Our declarations of cuBLASLt against those of cublasLt.h, where a toolkit is,
// and against the library's own names.
#include "runtime/core/CudaLibraries.h"
#include "runtime/cuda/library/CublasLt.h"
#include "test/runtime/cuda/Alike.h"

#include <gtest/gtest.h>

#ifdef DLC_TEST_CUBLASLT_H

#include DLC_TEST_CUBLASLT_H

namespace dlc::cuda::lt {
namespace {

#define DLC_COMPARE(result, name, parameters)                                  \
  static_assert(test::Alike<result parameters, decltype(::name)>::value,       \
                #name " differs from cublasLt.h");
DLC_CUBLASLT_FUNCTIONS(DLC_COMPARE)
#undef DLC_COMPARE

#define DLC_COMPARE(ours, theirs)                                              \
  static_assert(int(ours) == int(theirs), #ours " differs from cublasLt.h");
DLC_COMPARE(Success, CUBLAS_STATUS_SUCCESS)
DLC_COMPARE(NotInitialized, CUBLAS_STATUS_NOT_INITIALIZED)
DLC_COMPARE(AllocFailed, CUBLAS_STATUS_ALLOC_FAILED)
DLC_COMPARE(InvalidValue, CUBLAS_STATUS_INVALID_VALUE)
DLC_COMPARE(ArchMismatch, CUBLAS_STATUS_ARCH_MISMATCH)
DLC_COMPARE(ExecutionFailed, CUBLAS_STATUS_EXECUTION_FAILED)
DLC_COMPARE(InternalError, CUBLAS_STATUS_INTERNAL_ERROR)
DLC_COMPARE(NotSupported, CUBLAS_STATUS_NOT_SUPPORTED)
DLC_COMPARE(Compute32F, CUBLAS_COMPUTE_32F)
DLC_COMPARE(Compute32FFastTf32, CUBLAS_COMPUTE_32F_FAST_TF32)
DLC_COMPARE(Real32F, CUDA_R_32F)
DLC_COMPARE(Real16F, CUDA_R_16F)
DLC_COMPARE(Real16BF, CUDA_R_16BF)
DLC_COMPARE(OperationN, CUBLAS_OP_N)
DLC_COMPARE(OperationT, CUBLAS_OP_T)
DLC_COMPARE(TransA, CUBLASLT_MATMUL_DESC_TRANSA)
DLC_COMPARE(TransB, CUBLASLT_MATMUL_DESC_TRANSB)
DLC_COMPARE(Epilogue, CUBLASLT_MATMUL_DESC_EPILOGUE)
DLC_COMPARE(BiasPointer, CUBLASLT_MATMUL_DESC_BIAS_POINTER)
DLC_COMPARE(BatchCount, CUBLASLT_MATRIX_LAYOUT_BATCH_COUNT)
DLC_COMPARE(StridedBatchOffset, CUBLASLT_MATRIX_LAYOUT_STRIDED_BATCH_OFFSET)
DLC_COMPARE(MaxWorkspaceBytes, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES)
DLC_COMPARE(ReductionSchemeMask, CUBLASLT_MATMUL_PREF_REDUCTION_SCHEME_MASK)
DLC_COMPARE(MinAlignmentA, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES)
DLC_COMPARE(MinAlignmentB, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES)
DLC_COMPARE(MinAlignmentC, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES)
DLC_COMPARE(MinAlignmentD, CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES)
DLC_COMPARE(EpilogueNone, CUBLASLT_EPILOGUE_DEFAULT)
DLC_COMPARE(EpilogueRelu, CUBLASLT_EPILOGUE_RELU)
DLC_COMPARE(EpilogueBias, CUBLASLT_EPILOGUE_BIAS)
DLC_COMPARE(EpilogueReluBias, CUBLASLT_EPILOGUE_RELU_BIAS)
DLC_COMPARE(ReduceInSecondStep, CUBLASLT_REDUCTION_SCHEME_COMPUTE_TYPE)
#undef DLC_COMPARE

static_assert(sizeof(Algorithm) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(Heuristic) == sizeof(cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(Heuristic, algorithm) ==
              offsetof(cublasLtMatmulHeuristicResult_t, algo));
static_assert(offsetof(Heuristic, status) ==
              offsetof(cublasLtMatmulHeuristicResult_t, state));

} // namespace
} // namespace dlc::cuda::lt

#endif

namespace dlc::cuda::lt {
namespace {

// The machine's own where it has one, else the stand-in.
TEST(LibraryApi, IsWhatTheLibraryExports) {
  auto found = findLibrary(cublasLtLibrary());
  std::string path = found ? found->string() : DLC_TEST_CUBLASLT;
  auto opened = CublasLt::open(path);
  ASSERT_TRUE(opened) << opened.error().message();
  EXPECT_GE((*opened)->call.cublasLtGetVersion(), 110000u);
  EXPECT_EQ((*opened)->describe(NotSupported), "CUBLAS_STATUS_NOT_SUPPORTED");
  // Once is enough.
  EXPECT_EQ(*CublasLt::open(path), *opened);
}

TEST(LibraryApi, ErrorsSayWhatToDo) {
  auto absent = CublasLt::open("/nowhere/libcublasLt.so.13");
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().thing, "cuBLASLt /nowhere/libcublasLt.so.13");
  EXPECT_EQ(absent.error().value.find("cannot be opened: "), 0u);
  EXPECT_NE(absent.error().remedy.find("--libraries none"), std::string::npos);
  auto other = CublasLt::open(DLC_TEST_PTX_SIM);
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().value, "lacks cublasLtGetVersion");
}

} // namespace
} // namespace dlc::cuda::lt
