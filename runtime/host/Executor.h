// Runs the programs of an artifact on this CPU.
#pragma once

#include "runtime/artifact/Artifact.h"

#include <memory>

namespace dlc::host {

struct ExecutorOptions {
  /// 0: as many as there are cores.
  int threads = 0;
  /// Fills what a step may not read (all of the arena but the inputs, and the
  /// scratch) with NaN before each step. For tests.
  bool poison = false;
};

/// The memory and the code of an artifact. All addresses are fixed when it is
/// made: a step follows pointers and calls functions, and allocates nothing.
///
/// States keep their values from run to run; everything else is only good until
/// the next run of any program, because programs share one arena.
class Executor {
public:
  /// The artifact must be valid (artifact::validate) and outlive the executor.
  /// States are zero. Errors name programs, launches and layers.
  static Expected<Executor> create(const artifact::Artifact &artifact,
                                   const ExecutorOptions &options = {});
  Executor(Executor &&) noexcept;
  Executor &operator=(Executor &&) noexcept;
  ~Executor();

  /// Makes what a batch of `n` samples (1 to the manifest's maxBatch) needs, if
  /// it is not there from an earlier run. `run` does so too; calling it first
  /// tells errors early.
  Expected<void> prepare(size_t program, int64_t n);

  /// Runs all launches of a program, an index into Manifest::programs, on `n`
  /// samples whose inputs lie in the input buffers.
  Expected<void> run(size_t program, int64_t n);

  /// From now on the runs of this program are timed launch by launch.
  void startProfile(size_t program);
  /// Milliseconds in all runs since then, in the order of Program::launches;
  /// empty if no profile was started.
  const std::vector<double> &profile(size_t program) const;

  /// Where a buffer of a program and a state lie, 64-byte aligned.
  std::byte *buffer(size_t program, uint32_t buffer) const;
  std::byte *state(size_t state) const;

  int threads() const;
  /// The CPU level of the loaded code, "x86-64-v3".
  const std::string &cpu() const;
  /// Bytes of arena and library scratch now.
  size_t arenaBytes() const;
  /// The implementation of each library launch of a prepared batch, with the
  /// launch's name before it; for inspection and tests.
  std::vector<std::pair<std::string, std::string>>
  describeCalls(size_t program, int64_t n) const;

private:
  struct Impl;
  explicit Executor(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl;
};

} // namespace dlc::host
