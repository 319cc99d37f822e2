// What makers say of their GPUs.
#include "runtime/core/KnownGpus.h"

#include <algorithm>

namespace dlc {

// mma.sync reaches two thirds of what wgmma and its successor do, which compute
// capabilities 9.0 and 10.0 have alone.
constexpr KnownGpu gpus[] = {
    {80, "A100", 108, 1.41e9, 1.555e12, 19.5e12, 156e12, 156e12, 2048, 32,
     164 << 10},
    {86, "RTX 3090", 82, 1.695e9, 0.936e12, 35.6e12, 35.6e12, 35.6e12, 1536, 16,
     100 << 10},
    {89, "RTX 4090", 128, 2.52e9, 1.008e12, 82.6e12, 82.6e12, 82.6e12, 1536, 24,
     100 << 10},
    {90, "H100", 132, 1.755e9, 3.352e12, 66.9e12, 320e12, 495e12, 2048, 32,
     228 << 10},
    {100, "B200", 148, 1.85e9, 8.0e12, 80e12, 700e12, 1100e12, 2048, 32,
     228 << 10},
    {120, "RTX 5090", 170, 2.41e9, 1.792e12, 104.8e12, 104.8e12, 104.8e12, 1536,
     24, 100 << 10},
};

static int64_t roundUp(int64_t count, int64_t unit) {
  return (count + unit - 1) / unit * unit;
}

const KnownGpu &findGpu(int capability) {
  const KnownGpu *found = &gpus[0];
  for (const KnownGpu &gpu : gpus)
    if (gpu.capability <= capability)
      found = &gpu;
  return *found;
}

double countOccupancy(const KnownGpu &gpu, int64_t threads, int64_t registers,
                      int64_t sharedBytes) {
  const int64_t lanes = 32, allRegisters = 64 << 10, ofDriver = 1 << 10;
  int64_t warps = roundUp(threads, lanes) / lanes;
  int64_t registersOfBlock = warps * roundUp(registers * lanes, 256);
  int64_t blocks = std::min<int64_t>(gpu.blocks, gpu.threads / lanes / warps);
  if (registersOfBlock > 0)
    blocks = std::min(blocks, allRegisters / registersOfBlock);
  blocks =
      std::min(blocks, gpu.sharedBytes / roundUp(sharedBytes + ofDriver, 128));
  return double(blocks * warps * lanes) / gpu.threads;
}

} // namespace dlc
