// Runs the programs of an artifact on a GPU.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Device.h"

#include <memory>

namespace dlc::cuda {

struct ExecutorOptions {
  /// The driver's library: a path, or what the loader looks for.
  std::string library = "libcuda.so.1";
  /// cuBLASLt, for artifacts that want it: a path, or empty for this machine's
  /// own.
  std::string cublasLt = {};
  /// cuDNN, likewise.
  std::string cudnn = {};
  /// Which GPU, counted from 0.
  int ordinal = 0;
  /// Fills what a step may not read with NaN before each step. For tests.
  bool poison = false;
  /// How often, at most, the states are copied to the host while steps run: a
  /// GPU's memory cannot be read after a fault.
  double rescueSeconds = 60;
};

/// A GPU with an artifact's programs for "cuda". All memory is taken when it is
/// made, and all addresses are fixed then, but for those of inputs, for which
/// reserveSteps takes more.
///
/// The first run of a program on a number of samples launches kernel by kernel
/// and waits for each, so that a fault names its launch. From the second on the
/// step is a CUDA graph, captured once, and a run is one graph launch that
/// returns at once; a run of several steps is one graph of them all, which also
/// copies their inputs. CUDA_LAUNCH_BLOCKING=1 keeps to the first way.
///
/// After a fault of a kernel nothing on the GPU can be used again in this
/// process, says CUDA: runs give the error again, and states are read as they
/// were when they were last copied to the host.
class Executor final : public Device {
public:
  /// The artifact must be valid (artifact::validate) and outlive the executor.
  /// States are zero.
  static Expected<std::unique_ptr<Executor>>
  create(const artifact::Artifact &artifact,
         const ExecutorOptions &options = {});
  ~Executor() override;

  /// Checks `n` only: a graph is made when the program runs.
  Expected<void> prepare(size_t program, int64_t n) override;
  Expected<int64_t> reserveSteps(size_t program, int64_t steps) override;
  Expected<std::byte *> stageInput(size_t program, uint32_t buffer,
                                   int64_t step) override;
  Expected<void> run(size_t program, int64_t n, int64_t steps) override;
  Expected<void> finish() override;
  Expected<void> readBuffer(size_t program, uint32_t buffer,
                            std::span<std::byte> to) override;
  Expected<void> readSteps(size_t program, uint32_t buffer,
                           std::span<std::byte> to) override;
  Expected<void> readState(size_t state, std::span<std::byte> to) override;
  Expected<void> writeState(size_t state,
                            std::span<const std::byte> from) override;
  void startProfile(size_t program) override;
  const std::vector<double> &profile(size_t program) const override;
  /// The kernels of each library launch.
  std::vector<std::pair<std::string, std::string>>
  describeCalls(size_t program, int64_t n) const override;

  /// The GPU's name.
  const std::string &name() const;
  /// "sm_90" or "ptx": the code that was loaded.
  const std::string &target() const;

private:
  struct Impl;
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace dlc::cuda
