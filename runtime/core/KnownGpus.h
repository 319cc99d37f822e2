// What makers say of their GPUs: what times are predicted from.
#pragma once

namespace dlc {

/// One GPU for all of its compute capability. Rates count a multiplication and
/// an addition as two operations.
struct KnownGpu {
  int capability; // 90 for 9.0
  const char *name;
  int processors;
  double hertz;
  double bytesPerSecond;
  double floatsPerSecond; // operations of float32, no tensor cores
  double tf32PerSecond; // on tensor cores by mma.sync; of halves twice as many
  double tf32ByLibrary; // by the instructions that libraries use
};

/// The newest that is not newer than the capability; the first for older ones.
const KnownGpu &findGpu(int capability);

} // namespace dlc
