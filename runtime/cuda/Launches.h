// The launches of a program, bound to memory and code on a GPU.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/driver/Module.h"
#include "runtime/cuda/library/ConvolutionCall.h"
#include "runtime/cuda/library/ProductCall.h"

namespace dlc::cuda {

/// Where the regions of buffers lie on the GPU.
struct Regions {
  DevicePointer arena = 0, states = 0;

  DevicePointer address(const artifact::Buffer &buffer) const {
    return (buffer.region == artifact::Buffer::Region::State ? states : arena) +
           buffer.offset;
  }
};

/// A library in use, where an artifact wants it.
template <typename Opened, typename Handle> struct UsedLibrary {
  const Opened *opened = nullptr;
  Handle handle;
};
struct UsedLibraries {
  UsedLibrary<lt::CublasLt, lt::Library> cublasLt;
  UsedLibrary<dnn::Cudnn, dnn::Library> cudnn;
};

/// A program for a GPU, ready to be put on a stream. Addresses and functions
/// are found once; only the number of samples changes from run to run.
class Launches {
public:
  /// `program` and `libraries` must outlive the result. Errors name launches
  /// and layers.
  static Expected<Launches> bind(const Driver &driver, const Module &module,
                                 const UsedLibraries &libraries,
                                 const artifact::Program &program,
                                 const Regions &regions);

  /// Makes the calls of libraries for batches of `n` ready, if they are not;
  /// before the first `enqueue` with that many samples.
  Expected<void> prepare(int64_t n);

  /// Writes what kernels of many tensors read; before the first `enqueue`.
  Result makeTables();

  size_t size() const { return bound.size(); }
  const artifact::Launch &operator[](size_t i) const {
    return *bound[i].launch;
  }

  /// Makes the streams that launches run on beside `enqueueAll`'s own, and the
  /// events that tie them; before the first `enqueueAll`.
  Result makeStreams();

  /// Puts the stages of launch `i` on a stream, for `n` samples.
  Result enqueue(size_t i, int64_t n, StreamHandle stream) const;
  /// All launches, those of other streams on streams of their own. What comes
  /// on `stream` later finds all of them over.
  Result enqueueAll(int64_t n, StreamHandle stream) const;

private:
  struct Stage {
    const artifact::DeviceStage *stage;
    FunctionHandle function;
  };
  struct Bound {
    const artifact::Launch *launch;
    std::vector<DevicePointer> pointers;
    DevicePointer table = 0; // `pointers` in device memory, if a stage wants it
    std::vector<Stage> stages;
    std::optional<ProductCall> product;
    std::optional<ConvolutionCall> convolution;
    Event over; // recorded after it, if another stream waits for it
  };
  /// A stream beside the first, and the end of what it was given.
  struct Branch {
    Stream stream;
    Event end;
  };
  Result enqueueStages(const Bound &launch, int64_t n,
                       StreamHandle stream) const;
  Result enqueueConvolution(const Bound &launch, int64_t n,
                            StreamHandle stream) const;
  Result enqueueBeside(size_t i, int64_t n, StreamHandle stream) const;
  Launches(const Driver &driver, const artifact::Program &program)
      : driver(&driver), program(&program) {}

  const Driver *driver;
  const artifact::Program *program;
  std::vector<Bound> bound;
  DeviceMemory tables;
  std::vector<Branch> branches; // streams 1, 2, ...
  Event begin;                  // of all branches
};

} // namespace dlc::cuda
