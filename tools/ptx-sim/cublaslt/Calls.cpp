// The functions of cuBLASLt that dlc's runtime calls. They refuse what the
// library would, or would take without a word: sizes that do not fit, an
// algorithm that was chosen for another product or other addresses.
#include "tools/ptx-sim/cublaslt/Multiply.h"
#include "tools/ptx-sim/driver/PtxSim.h"

#include <algorithm>
#include <cstring>
#include <memory>

namespace dlc::cuda::lt {
namespace {

/// What an algorithm was chosen for.
struct Choice {
  uint64_t rows, columns, depth, workspaceBytes;
  uint32_t alignments[4];
  uint32_t variant; // operations, epilogue, type and compute type
  int32_t count;
};
static_assert(sizeof(Choice) <= sizeof(Algorithm));

uint32_t variantOf(const Product &product) {
  return uint32_t(product.matmul.transA) |
         uint32_t(product.matmul.transB) << 1 |
         uint32_t(product.matmul.epilogue) << 8 |
         uint32_t(product.aLayout.type) << 16 |
         uint32_t(product.matmul.compute) << 24;
}

template <typename Value>
Status read(Value &to, const void *value, size_t bytes) {
  if (!value || bytes != sizeof to)
    return InvalidValue;
  std::memcpy(&to, value, sizeof to);
  return Success;
}

template <typename Object> Status destroy(Object *object) {
  delete object;
  return Success;
}

bool isAligned(const void *address, uint32_t alignment) {
  return reinterpret_cast<uintptr_t>(address) % alignment == 0;
}

/// A product that is on a stream.
struct Waiting {
  Product product;
  std::string mistake;
};

const char *run(void *data) {
  auto *waiting = static_cast<Waiting *>(data);
  waiting->mistake = waiting->product.findMistake();
  if (!waiting->mistake.empty())
    return waiting->mistake.c_str();
  waiting->product.compute();
  return nullptr;
}

void drop(void *data) { delete static_cast<Waiting *>(data); }

} // namespace

size_t cublasLtGetVersion() { return 130000; }

const char *cublasLtGetStatusName(Status status) {
  switch (status) {
  case Success:
    return "CUBLAS_STATUS_SUCCESS";
  case NotInitialized:
    return "CUBLAS_STATUS_NOT_INITIALIZED";
  case AllocFailed:
    return "CUBLAS_STATUS_ALLOC_FAILED";
  case InvalidValue:
    return "CUBLAS_STATUS_INVALID_VALUE";
  case ArchMismatch:
    return "CUBLAS_STATUS_ARCH_MISMATCH";
  case ExecutionFailed:
    return "CUBLAS_STATUS_EXECUTION_FAILED";
  case InternalError:
    return "CUBLAS_STATUS_INTERNAL_ERROR";
  case NotSupported:
    return "CUBLAS_STATUS_NOT_SUPPORTED";
  }
  return "CUBLAS_STATUS_UNKNOWN";
}

Status cublasLtCreate(Handle *handle) {
  *handle = new OpaqueHandle;
  return Success;
}
Status cublasLtDestroy(Handle handle) { return destroy(handle); }

Status cublasLtMatmulDescCreate(MatmulHandle *matmul, ComputeType compute,
                                DataType scale) {
  bool known = compute == Compute32F || compute == Compute32FFastTf32;
  if (!matmul || !known || scale != Real32F)
    return InvalidValue;
  *matmul = new OpaqueMatmul{compute};
  return Success;
}
Status cublasLtMatmulDescDestroy(MatmulHandle matmul) {
  return destroy(matmul);
}

Status cublasLtMatmulDescSetAttribute(MatmulHandle matmul,
                                      MatmulAttribute attribute,
                                      const void *value, size_t bytes) {
  switch (attribute) {
  case TransA:
    return read(matmul->transA, value, bytes);
  case TransB:
    return read(matmul->transB, value, bytes);
  case Epilogue:
    return read(matmul->epilogue, value, bytes);
  case BiasPointer:
    return read(matmul->bias, value, bytes);
  }
  return InvalidValue;
}

Status cublasLtMatrixLayoutCreate(LayoutHandle *layout, DataType type,
                                  uint64_t rows, uint64_t columns,
                                  int64_t leading) {
  *layout = new OpaqueLayout{type, rows, columns, leading};
  return Success;
}
Status cublasLtMatrixLayoutDestroy(LayoutHandle layout) {
  return destroy(layout);
}

Status cublasLtMatrixLayoutSetAttribute(LayoutHandle layout,
                                        LayoutAttribute attribute,
                                        const void *value, size_t bytes) {
  switch (attribute) {
  case BatchCount:
    return read(layout->count, value, bytes);
  case StridedBatchOffset:
    return read(layout->stride, value, bytes);
  }
  return InvalidValue;
}

Status cublasLtMatmulPreferenceCreate(PreferenceHandle *preference) {
  *preference = new OpaquePreference;
  return Success;
}
Status cublasLtMatmulPreferenceDestroy(PreferenceHandle preference) {
  return destroy(preference);
}

Status cublasLtMatmulPreferenceSetAttribute(PreferenceHandle preference,
                                            PreferenceAttribute attribute,
                                            const void *value, size_t bytes) {
  switch (attribute) {
  case MaxWorkspaceBytes:
    return read(preference->workspaceBytes, value, bytes);
  case ReductionSchemeMask:
    return read(preference->reductionSchemes, value, bytes);
  case MinAlignmentA:
  case MinAlignmentB:
  case MinAlignmentC:
  case MinAlignmentD:
    return read(preference->alignments[attribute - MinAlignmentA], value,
                bytes);
  }
  return InvalidValue;
}

Status cublasLtMatmulAlgoGetHeuristic(Handle handle, MatmulHandle matmul,
                                      LayoutHandle a, LayoutHandle b,
                                      LayoutHandle c, LayoutHandle d,
                                      PreferenceHandle preference, int wanted,
                                      Heuristic *found, int *count) {
  if (!handle || !matmul || !a || !b || !c || !d || !preference || wanted < 1 ||
      !found || !count)
    return InvalidValue;
  *count = 0;
  Product product{*matmul, *a, *b, *d};
  // This one adds up in one order: it has nothing for a caller who takes sums
  // in any.
  if (!product.fits() || preference->reductionSchemes & 1)
    return NotSupported;
  Choice choice{product.rows(),
                product.columns(),
                product.depth(),
                preference->workspaceBytes,
                {},
                variantOf(product),
                d->count};
  std::ranges::copy(preference->alignments, choice.alignments);
  *found = {};
  std::memcpy(&found->algorithm, &choice, sizeof choice);
  *count = 1;
  return Success;
}

Status cublasLtMatmul(Handle handle, MatmulHandle matmul, const void *alpha,
                      const void *a, LayoutHandle aLayout, const void *b,
                      LayoutHandle bLayout, const void *beta, const void *c,
                      LayoutHandle cLayout, void *d, LayoutHandle dLayout,
                      const Algorithm *algorithm, void *workspace,
                      size_t workspaceBytes, StreamHandle stream) {
  if (!handle || !matmul || !alpha || !beta || !aLayout || !bLayout ||
      !cLayout || !dLayout || !algorithm || c != d ||
      *static_cast<const float *>(alpha) != 1 ||
      *static_cast<const float *>(beta) != 0)
    return InvalidValue;
  auto waiting = std::make_unique<Waiting>();
  waiting->product = {*matmul, *aLayout, *bLayout, *dLayout, a, b, d};
  const Product &product = waiting->product;
  Choice choice;
  std::memcpy(&choice, algorithm, sizeof choice);
  const uint32_t *alignments = choice.alignments;
  if (!product.fits() || choice.rows != product.rows() ||
      choice.columns != product.columns() || choice.depth != product.depth() ||
      choice.count != dLayout->count || choice.variant != variantOf(product) ||
      workspaceBytes < choice.workspaceBytes || !isAligned(a, alignments[0]) ||
      !isAligned(b, alignments[1]) || !isAligned(c, alignments[2]) ||
      !isAligned(d, alignments[3]) || !isAligned(workspace, 256) ||
      (workspaceBytes > 0 && !ptxSimHolds(workspace, workspaceBytes)) ||
      !product.findMistake().empty())
    return InvalidValue;
  PtxSimWork work{run, drop, waiting.release()};
  switch (ptxSimEnqueue(stream, &work)) {
  case cuda::Success:
    return Success;
  case cuda::InvalidHandle:
    return InvalidValue;
  default:
    return ExecutionFailed;
  }
}

} // namespace dlc::cuda::lt
