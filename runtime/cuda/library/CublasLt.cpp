// cuBLASLt, opened when an artifact wants it.
#include "runtime/cuda/library/CublasLt.h"

namespace dlc::cuda::lt {

Expected<const CublasLt *> CublasLt::open(const std::string &library) {
  static const LibraryWords words{
      "cuBLASLt", "cuBLAS of CUDA 12",
      "install cuBLAS of CUDA 12 or 13 or name its libcublasLt.so.13 in "
      "DLC_CUBLASLT, or compile the model again with --libraries none"};
  return openOnce<CublasLt>(library, cublasLtLibrary(), words);
}

void CublasLt::load(OpenedFile &from, const std::string &library) {
  file = library;
#define DLC_CUBLASLT_FIND(result, name, parameters) from.find(call.name, #name);
  DLC_CUBLASLT_FUNCTIONS(DLC_CUBLASLT_FIND)
#undef DLC_CUBLASLT_FIND
}

std::string CublasLt::describe(Status status) const {
  return call.cublasLtGetStatusName(status);
}

} // namespace dlc::cuda::lt
