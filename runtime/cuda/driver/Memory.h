// All memory that an artifact takes on a GPU, and what is said if it lacks.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/Inputs.h"
#include "runtime/cuda/StepResults.h"
#include "runtime/cuda/driver/Context.h"

namespace dlc::cuda {

/// States and the arena, whose addresses never change, and the inputs and
/// results of the steps of a launch, of which there may be more later.
class Memory {
public:
  /// Both must outlive it.
  Memory(const Context &context, const artifact::Manifest &manifest)
      : context(context), driver(context.driver), manifest(manifest) {}

  /// Takes all, with room for one step at a launch.
  Expected<void> take();

  /// Makes room for so many steps at a launch, which nothing may use meanwhile.
  /// If they do not fit there is room for as many as before. Addresses of
  /// inputs and results change.
  Expected<void> reserveSteps(int64_t steps);

  /// Like Driver::check; if memory lacks, the error says all that is needed.
  Expected<void> check(Result result, const std::string &thing) const;

  const Regions &regions() const { return addresses; }
  uint64_t arenaBytes() const { return bytesOfArena; }

  Inputs inputs;
  StepResults results;

private:
  struct Free {
    size_t bytes = 0, total = 0;
  };
  Expected<Free> ask() const;
  Error explain(const std::string &thing, Free free, int64_t steps) const;
  Result makeRoom(int64_t steps);

  const Context &context;
  const Driver &driver;
  const artifact::Manifest &manifest;
  DeviceMemory states, arena;
  Regions addresses;
  uint64_t bytesOfArena = 0;
  uint64_t held = 0; // of what explain() counts
};

} // namespace dlc::cuda
