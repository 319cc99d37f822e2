// cuDNN, opened when an artifact wants it.
#pragma once

#include "runtime/cuda/driver/Handles.h"
#include "runtime/cuda/library/CudnnApi.h"
#include "runtime/cuda/library/Opened.h"

namespace dlc::cuda::dnn {

/// The addresses of the library's functions by their names.
struct Functions {
#define DLC_CUDNN_MEMBER(result, name, parameters) result(*name) parameters;
  DLC_CUDNN_FUNCTIONS(DLC_CUDNN_MEMBER)
#undef DLC_CUDNN_MEMBER
};

/// The library.
class Cudnn {
public:
  /// `library` is a path; empty stands for this machine's own
  /// (runtime/core/CudaLibraries.h). Errors say what to install, or to do
  /// without it.
  static Expected<const Cudnn *> open(const std::string &library);

  Functions call;

  /// `CUDNN_STATUS_NOT_SUPPORTED`.
  std::string describe(Status status) const;

  /// "/usr/lib/x86_64-linux-gnu/libcudnn.so.9"
  const std::string &path() const { return file; }

  /// For openOnce.
  void load(OpenedFile &from, const std::string &library);

private:
  std::string file;
};

using Library = OwnedOf<Cudnn, Handle, &Functions::cudnnDestroy>;
using Tensor =
    OwnedOf<Cudnn, TensorHandle, &Functions::cudnnDestroyTensorDescriptor>;
using Filter =
    OwnedOf<Cudnn, FilterHandle, &Functions::cudnnDestroyFilterDescriptor>;
using Convolution = OwnedOf<Cudnn, ConvolutionHandle,
                            &Functions::cudnnDestroyConvolutionDescriptor>;
using Activation = OwnedOf<Cudnn, ActivationHandle,
                           &Functions::cudnnDestroyActivationDescriptor>;

} // namespace dlc::cuda::dnn
