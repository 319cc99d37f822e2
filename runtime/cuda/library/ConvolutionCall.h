// A convolution of an artifact as calls of cuDNN.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/library/Cudnn.h"

#include <map>

namespace dlc::cuda {

/// Where the arrays of a convolution lie: what it reads, as the launch has it
/// but for the kernel, which lies in scratch; what it writes, likewise.
struct ConvolutionPlaces {
  DevicePointer first = 0, second = 0, bias = 0, result = 0;
  DevicePointer workspace = 0;
  size_t workspaceBytes = 0;
};

/// Its kernel is the one in the library's order: the launch's stage, which
/// turns it round, is not part of it.
class ConvolutionCall {
public:
  /// `library` and `convolution` must outlive it; the convolution is valid
  /// (artifact::validate).
  ConvolutionCall(const dnn::Cudnn &opened, const dnn::Library &library,
                  const artifact::LibraryConvolution &convolution,
                  const ConvolutionPlaces &places)
      : opened(&opened), library(&library), convolution(&convolution),
        places(places) {}

  /// Whether the stage comes after the call.
  bool makesKernel() const {
    return convolution->direction ==
           artifact::LibraryConvolution::Direction::KernelGrad;
  }

  /// "cudnnConvolutionForward".
  static const char *
  nameFunction(const artifact::LibraryConvolution &convolution);

  /// Describes the arrays for `n` samples, unless that is done. The algorithm
  /// is always one that adds up in one order. An error, about `thing`, where
  /// the library refuses it or wants more to work in than there is.
  Expected<void> prepare(int64_t n, const std::string &thing);

  /// Puts the call for `n` samples, which are prepared, on a stream.
  Result enqueue(int64_t n, StreamHandle stream) const;

private:
  /// All that is the same each time that a batch of this size comes.
  struct Prepared {
    dnn::Tensor x, y, bias;
    dnn::Filter kernel;
    dnn::Convolution convolution;
    dnn::Activation activation;
    size_t workspaceBytes = 0;
  };
  dnn::Status describe(Prepared &prepared, int64_t n) const;
  dnn::Status describeImages(dnn::Tensor &tensor, int64_t n, int64_t channels,
                             int64_t rows, int64_t columns) const;
  dnn::Status describeKernel(Prepared &prepared) const;
  dnn::Status describeWindow(Prepared &prepared) const;
  dnn::Status describeBias(Prepared &prepared) const;
  dnn::Status askWorkspace(Prepared &prepared) const;
  dnn::Status call(const Prepared &prepared) const;
  dnn::Status callForward(const Prepared &prepared) const;

  const dnn::Cudnn *opened;
  const dnn::Library *library;
  const artifact::LibraryConvolution *convolution;
  ConvolutionPlaces places;
  std::map<int64_t, Prepared> sizes; // by n
};

} // namespace dlc::cuda
