// cuBLASLt, opened when an artifact wants it.
#pragma once

#include "runtime/cuda/driver/Handles.h"
#include "runtime/cuda/library/Api.h"
#include "runtime/cuda/library/Opened.h"

namespace dlc::cuda::lt {

/// The addresses of the library's functions by their names.
struct Functions {
#define DLC_CUBLASLT_MEMBER(result, name, parameters) result(*name) parameters;
  DLC_CUBLASLT_FUNCTIONS(DLC_CUBLASLT_MEMBER)
#undef DLC_CUBLASLT_MEMBER
};

/// The library.
class CublasLt {
public:
  /// `library` is a path; empty stands for this machine's own
  /// (runtime/core/CudaLibraries.h). Errors say what to install, or to do
  /// without it.
  static Expected<const CublasLt *> open(const std::string &library);

  Functions call;

  /// `CUBLAS_STATUS_NOT_SUPPORTED`.
  std::string describe(Status status) const;

  /// "/usr/local/cuda/lib64/libcublasLt.so.13"
  const std::string &path() const { return file; }

  /// For openOnce.
  void load(OpenedFile &from, const std::string &library);

private:
  std::string file;
};

using Library = OwnedOf<CublasLt, Handle, &Functions::cublasLtDestroy>;
using Matmul =
    OwnedOf<CublasLt, MatmulHandle, &Functions::cublasLtMatmulDescDestroy>;
using Layout =
    OwnedOf<CublasLt, LayoutHandle, &Functions::cublasLtMatrixLayoutDestroy>;
using Preference = OwnedOf<CublasLt, PreferenceHandle,
                           &Functions::cublasLtMatmulPreferenceDestroy>;

} // namespace dlc::cuda::lt
