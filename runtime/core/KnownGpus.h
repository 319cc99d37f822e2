// What makers say of their GPUs: what times are predicted from.
#pragma once

#include <cstdint>

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
  // What one processor holds at a time; 65536 registers besides.
  int threads, blocks;
  int64_t sharedBytes;
};

/// The newest that is not newer than the capability; the first for older ones.
const KnownGpu &findGpu(int capability);

/// The part of the threads that a processor holds at most which are there when
/// blocks of one kernel fill it: 1 if neither the registers of a thread nor the
/// shared bytes of a block keep others out. (CUDA C++ Programming Guide,
/// "Technical Specifications per Compute Capability"; registers come by 256 a
/// warp, and a kilobyte a block is the driver's.)
double countOccupancy(const KnownGpu &gpu, int64_t threads, int64_t registers,
                      int64_t sharedBytes);

} // namespace dlc
