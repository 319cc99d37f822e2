// What the CPU threads of one launch share.
#pragma once

#include "tools/ptx-sim/engine/run/KernelCode.h"

#include <atomic>
#include <mutex>
#include <optional>

namespace ptxsim {

struct LaunchContext {
  LaunchContext(const KernelCode &code, const LaunchShape &shape,
                const Options &options, const Ranges &ranges,
                const uint8_t *parameters)
      : code(code), shape(shape), options(options), ranges(ranges),
        parameters(parameters) {}

  const KernelCode &code;
  const LaunchShape &shape;
  const Options &options;
  const Ranges &ranges;
  const uint8_t *parameters;

  std::atomic<uint64_t> nextBlock{0};
  std::atomic<bool> stopped{false};
  /// Grows with all that a thread does but spin; cooperative blocks on other
  /// CPU threads are told alive by it.
  std::atomic<uint64_t> progress{0};

  /// The first fault stays.
  void stop(Fault fault) {
    std::lock_guard lock(mutex);
    if (!first)
      first = std::move(fault);
    stopped = true;
  }

  /// What one CPU thread's blocks moved.
  void add(const Traffic &traffic) {
    if (!options.traffic)
      return;
    std::lock_guard lock(mutex);
    options.traffic->wide += traffic.wide;
    options.traffic->narrow += traffic.narrow;
  }

  /// Read once all CPU threads have ended.
  std::optional<Fault> first;

private:
  std::mutex mutex;
};

} // namespace ptxsim
