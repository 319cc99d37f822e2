// What runs the programs of an artifact: this CPU, a GPU, or a GPU in software.
#pragma once

#include "runtime/core/Error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace dlc {

/// The memory and the code of an artifact where they run. Programs, buffers and
/// states are indices into the artifact's manifest. States keep their values
/// from run to run; everything else is only good until the next run of any
/// program, because programs share one arena.
class Device {
public:
  virtual ~Device() = default;

  /// Makes what a batch of `n` samples needs, or says why that cannot be. `run`
  /// does so too; calling it first tells errors early.
  virtual Expected<void> prepare(size_t program, int64_t n) = 0;

  /// Makes room for `steps` steps of a program in one run, and says how many a
  /// run may then have: 1 on a device that gains nothing by more. Errors say
  /// what did not fit; the device then takes what it took before.
  virtual Expected<int64_t> reserveSteps(size_t program, int64_t steps) = 0;

  /// Host memory for what a step of the next run, counted from 0, reads from an
  /// input buffer. Good until that run.
  virtual Expected<std::byte *> stageInput(size_t program, uint32_t buffer,
                                           int64_t step) = 0;

  /// Runs a program `steps` times, one after the other, each on `n` samples,
  /// whose inputs have been staged. May return before they have ended, and so
  /// may give the error of an earlier run.
  virtual Expected<void> run(size_t program, int64_t n, int64_t steps) = 0;

  /// Waits for all runs, and gives their error.
  virtual Expected<void> finish() = 0;

  /// Copies the first bytes of a buffer out, as the last run left them.
  virtual Expected<void> readBuffer(size_t program, uint32_t buffer,
                                    std::span<std::byte> to) = 0;

  /// Copies out an output of one element as each step of the last run left it,
  /// one after the other.
  virtual Expected<void> readSteps(size_t program, uint32_t buffer,
                                   std::span<std::byte> to) = 0;

  /// Copies all of a state out or in. After a run that failed for good, the
  /// last values that are known are what is read.
  virtual Expected<void> readState(size_t state, std::span<std::byte> to) = 0;
  virtual Expected<void> writeState(size_t state,
                                    std::span<const std::byte> from) = 0;

  /// A device for this program alone that reads the same states and has all
  /// else for itself: both may run at once, on two threads, while nobody writes
  /// a state. Must not outlive this one. Null if a device can do no such thing,
  /// or the program itself writes states.
  virtual Expected<std::unique_ptr<Device>> fork(size_t program) {
    (void)program;
    return std::unique_ptr<Device>();
  }

  /// From now on the runs of this program are timed launch by launch.
  virtual void startProfile(size_t program) = 0;
  /// Milliseconds in all runs since then, in the order of the program's
  /// launches; empty if no profile was started.
  virtual const std::vector<double> &profile(size_t program) const = 0;

  /// What each library launch runs, by the launch's name; for a batch that has
  /// run.
  virtual std::vector<std::pair<std::string, std::string>>
  describeCalls(size_t program, int64_t n) const = 0;
};

} // namespace dlc
