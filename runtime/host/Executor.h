// Runs the programs of an artifact on this CPU.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/core/Device.h"

#include <memory>

namespace dlc::host {

struct ExecutorOptions {
  /// 0: as many as there are cores.
  int threads = 0;
  /// Fills what may not be read with NaN: before each step all of the arena but
  /// the inputs, after each launch what no later one needs, and the scratch
  /// each time. For tests: a plan that gives bytes away too early changes
  /// results.
  bool poison = false;
};

/// This CPU. All addresses are fixed when it is made: a step follows pointers
/// and calls functions, and allocates nothing. Programs for other devices are
/// not run.
class Executor final : public Device {
public:
  /// The artifact must be valid (artifact::validate) and outlive the executor.
  /// States are zero. Errors name programs, launches and layers.
  static Expected<Executor> create(const artifact::Artifact &artifact,
                                   const ExecutorOptions &options = {});
  Executor(Executor &&) noexcept;
  Executor &operator=(Executor &&) noexcept;
  ~Executor() override;

  Expected<void> prepare(size_t program, int64_t n) override;
  /// 1: a step costs no launch from afar, and one set of inputs stays in cache.
  Expected<int64_t> reserveSteps(size_t program, int64_t steps) override;
  /// The input buffer itself.
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
  /// Takes memory for the program's arena, and for the library's scratch.
  Expected<std::unique_ptr<Device>> fork(size_t program) override;
  void startProfile(size_t program) override;
  const std::vector<double> &profile(size_t program) const override;

  /// Where a buffer of a program and a state lie, 64-byte aligned.
  std::byte *buffer(size_t program, uint32_t buffer) const;
  std::byte *state(size_t state) const;

  int threads() const;
  /// The CPU level of the loaded code, "x86-64-v3".
  const std::string &cpu() const;
  /// Bytes of arena and library scratch now.
  size_t arenaBytes() const;
  /// The implementation of each library launch of a prepared batch.
  std::vector<std::pair<std::string, std::string>>
  describeCalls(size_t program, int64_t n) const override;

private:
  struct Impl;
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace dlc::host
