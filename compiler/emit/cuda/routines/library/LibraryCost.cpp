// What a product is predicted to take on a GPU: by our kernel, and by a
// library.
#include "compiler/emit/cuda/routines/library/LibraryCost.h"
#include "compiler/emit/cuda/routines/Counts.h"

#include <algorithm>

namespace dlc::emit::cuda::routines {
namespace {

/// A library's tiles; of its largest ones it realises what a GPU does of its
/// rates. Threads have as many results as in ours.
struct LibraryTile {
  int64_t rows, columns, rowsEach, columnsEach;
  double efficiency;
};

constexpr LibraryTile tiles[] = {
    {256, 128, 8, 16, realised},       {128, 256, 8, 16, realised},
    {128, 128, 8, 8, 0.95 * realised}, {128, 64, 8, 8, 0.85 * realised},
    {64, 128, 8, 8, 0.85 * realised},  {64, 64, 4, 8, 0.7 * realised},
};

constexpr int64_t mostRounds = 2; // of slices

/// A rate of the GPU's beside that of an A100, a processor and cycle.
Machine describe(const KnownGpu &gpu, double tf32PerSecond) {
  const KnownGpu &middle = findGpu(80);
  auto each = [](const KnownGpu &of, double rate) {
    return rate / (of.processors * of.hertz);
  };
  Machine machine;
  machine.processors = gpu.processors;
  machine.ordinary =
      each(gpu, gpu.floatsPerSecond) / each(middle, middle.floatsPerSecond);
  machine.tensor =
      each(gpu, tf32PerSecond) / each(middle, middle.tf32PerSecond);
  machine.floatsPerCycle =
      realised * gpu.bytesPerSecond / gpu.hertz / double(sizeof(float));
  return machine;
}

} // namespace

std::optional<artifact::LibraryProduct::Compute>
toCompute(Precision precision) {
  using Compute = artifact::LibraryProduct::Compute;
  switch (precision) {
  case Precision::Ieee:
    return Compute::Ieee;
  case Precision::Tf32:
    return Compute::Tf32;
  case Precision::Bf16:
    return Compute::Bf16;
  case Precision::F16:
    return Compute::F16;
  case Precision::Tf32x3:
    return std::nullopt;
  }
  return std::nullopt;
}

double predictOwn(const KnownGpu &gpu, const ProductSizes &sizes,
                  Precision precision, bool hasEpilogue) {
  return predictCycles(planProduct(sizes, precision, hasEpilogue), sizes,
                       describe(gpu, gpu.tf32PerSecond)) /
         gpu.hertz;
}

double predictLibrary(const KnownGpu &gpu, const ProductSizes &sizes,
                      Precision precision, int64_t workspace) {
  const Machine machine = describe(gpu, gpu.tf32ByLibrary);
  const int64_t results = sizes.batches * sizes.rows * sizes.columns;
  double least = -1;
  for (const LibraryTile &one : tiles) {
    int64_t stages = precision == Precision::Ieee ? 0 : 4;
    Plan plan{{one.rows, one.columns, 64 / elementBytes(precision),
               one.rowsEach, one.columnsEach, one.efficiency, stages},
              precision};
    for (int64_t rounds = 0; rounds <= mostRounds; ++rounds) {
      if (rounds)
        plan.slices = slicesFor(plan.tile, sizes.tilesOf(plan.tile),
                                sizes.depth, rounds, machine);
      // Sums of slices lie in the workspace.
      if (plan.slices > 1 &&
          plan.slices * results * int64_t(sizeof(float)) > workspace)
        continue;
      double cycles = predictCycles(plan, sizes, machine);
      if (least < 0 || cycles < least)
        least = cycles;
    }
  }
  return least / gpu.hertz;
}

} // namespace dlc::emit::cuda::routines
