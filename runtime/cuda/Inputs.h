// Input arrays on their way to a GPU while it computes.
#pragma once

#include "runtime/artifact/Artifact.h"
#include "runtime/cuda/Launches.h"
#include "runtime/cuda/driver/Handles.h"

#include <array>

namespace dlc::cuda {

/// Two slots, each of pinned host memory and as much on the GPU, with room for
/// the inputs of one or more steps. While what was launched computes, the next
/// launch's inputs go up on a stream of their own; each step begins with a copy
/// from its slot into the arena, whose addresses are fixed.
class Inputs {
public:
  /// Slots for the largest inputs of the artifact's programs on "cuda", `steps`
  /// times over.
  static Result create(const Driver &driver, const artifact::Manifest &manifest,
                       int64_t steps, Inputs &inputs);

  /// Bytes of all slots on the GPU.
  static uint64_t bytesFor(const artifact::Manifest &manifest, int64_t steps);

  /// How many steps a slot has room for.
  int64_t steps() const { return room; }
  /// Which slot the next launch reads.
  size_t slot() const { return turn; }

  /// Finds pinned memory for a buffer of a step, in the slot of the next
  /// launch; waits until what was there has gone up. Null for a buffer that is
  /// no input.
  Result stage(const artifact::Program &program, uint32_t buffer, int64_t step,
               std::byte *&place);

  /// Sends the slot's first `steps` steps up. What is put on `stream` from now
  /// on finds them there.
  Result send(const artifact::Program &program, int64_t n, int64_t steps,
              StreamHandle stream);

  /// Puts the copies of a step's inputs into the arena on `stream`.
  Result copy(const artifact::Program &program, const Regions &regions,
              int64_t n, int64_t step, StreamHandle stream) const;

  /// Turns to the other slot: nothing that comes on `stream` reads this one.
  Result release(StreamHandle stream);

private:
  struct Slot {
    PinnedMemory host;
    DeviceMemory device;
    Event uploaded, consumed;
    bool isUploading = false, wasConsumed = false;
  };

  const Driver *driver = nullptr;
  int64_t maxBatch = 0;
  int64_t room = 0;
  uint64_t stepBytes = 0;
  Stream copies;
  std::array<Slot, 2> slots;
  size_t turn = 0;
};

} // namespace dlc::cuda
