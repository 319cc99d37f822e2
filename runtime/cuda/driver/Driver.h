// The CUDA driver, opened when it is first needed.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/cuda/driver/Api.h"

#include <string>

namespace dlc::cuda {

/// The addresses of the driver's functions by their names.
struct Functions {
#define DLC_CUDA_MEMBER(name, parameters) Result(*name) parameters;
  DLC_CUDA_FUNCTIONS(DLC_CUDA_MEMBER)
#undef DLC_CUDA_MEMBER
};

/// An opened and initialized driver. Each library is opened once and stays open
/// until the process ends, because drivers do not bear to be unloaded.
class Driver {
public:
  /// `library` is a path or what the loader looks for, as "libcuda.so.1".
  /// Errors say what is missing or too old and what to install.
  static Expected<const Driver *> open(const std::string &library);

  Functions call;

  /// 13000 for CUDA 13.0.
  int version() const { return cudaVersion; }

  /// `CUDA_ERROR_OUT_OF_MEMORY (out of memory)`.
  std::string describe(Result result) const;
  /// Nothing for success, else that `thing` could not be done.
  Expected<void> check(Result result, const std::string &thing) const;

  /// What a software device knows of the kernel that faulted: its name, the
  /// line of its PTX and more. Empty for hardware.
  std::string faultReport() const;

private:
  Expected<void> load(const std::string &library);

  int cudaVersion = 0;
  const char *(*report)() = nullptr;
};

/// Whether nothing works any more in a process that has seen this error.
bool isFatal(Result result);

} // namespace dlc::cuda
