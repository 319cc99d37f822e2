// What each step of a launch of several left: the losses of its batches.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/Launches.h"
#include "runtime/cuda/driver/Handles.h"

namespace dlc::cuda {

/// A place on the GPU for each output of one element of each step of a launch.
/// The next step overwrites an output in the arena; here it can be read when
/// all steps have run.
class StepResults {
public:
  static Result create(const Driver &driver, const artifact::Manifest &manifest,
                       int64_t steps, StepResults &results);
  static uint64_t bytesFor(const artifact::Manifest &manifest, int64_t steps);

  /// Puts the copies of the outputs as the step left them on `stream`.
  Result keep(const artifact::Program &program, const Regions &regions,
              int64_t step, StreamHandle stream) const;

  /// The values of an output, step by step; 0 for what is not kept.
  DevicePointer find(const artifact::Program &program, uint32_t buffer) const;

private:
  const Driver *driver = nullptr;
  int64_t room = 0;
  DeviceMemory memory;
};

} // namespace dlc::cuda
