// Runs kernels' text: NVRTC makes PTX of it, and ptx-sim's engine runs that.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "tools/ptx-sim/engine/Engine.h"

#include <memory>
#include <string>
#include <vector>

namespace dlc::test {

/// A device with the kernels of one text. An access outside of what it
/// allocated, a race on shared memory and the like fail the test.
class Device {
public:
  /// Null, with a failure of the test, where the text does not compile.
  static std::unique_ptr<Device> create(const std::string &text);

  /// Memory full of NaN, with nothing beside it.
  void *allocate(size_t bytes);
  void freeAll();

  void launch(const artifact::DeviceStage &stage,
              const std::vector<void *> &pointers, int64_t n, uint64_t seed);

private:
  std::unique_ptr<ptxsim::Module> module;
  ptxsim::Memory memory;
  std::vector<void *> allocations;
};

} // namespace dlc::test
