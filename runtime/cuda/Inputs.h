// Input arrays on their way to a GPU while it computes.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/Handles.h"
#include "runtime/cuda/Launches.h"

#include <array>

namespace dlc::cuda {

/// Two slots, each of pinned host memory and as much on the GPU. While a step
/// computes, the next one's inputs go up on a stream of their own; the step
/// begins with a copy from its slot into the arena, whose addresses are fixed.
class Inputs {
public:
  /// Slots for the largest inputs of the artifact's programs on "cuda".
  static Expected<Inputs> create(const Driver &driver,
                                 const artifact::Manifest &manifest);

  /// Bytes of all slots on the GPU.
  static uint64_t bytesFor(const artifact::Manifest &manifest);

  /// Finds pinned memory for a buffer in the slot of the next step; waits until
  /// what was there has gone up. Null for a buffer that is no input.
  Result stage(const artifact::Program &program, uint32_t buffer,
               std::byte *&place);

  /// Sends the slot up, puts the copies into the arena on `stream`, and turns
  /// to the other slot.
  Result send(const artifact::Program &program, const Regions &regions,
              int64_t n, StreamHandle stream);

private:
  struct Slot {
    PinnedMemory host;
    DeviceMemory device;
    Event uploaded, consumed;
    bool isUploading = false, wasConsumed = false;
  };
  explicit Inputs(const Driver &driver) : driver(&driver) {}

  const Driver *driver;
  int64_t maxBatch = 0;
  Stream copies;
  std::array<Slot, 2> slots;
  size_t turn = 0;
};

} // namespace dlc::cuda
