// How a product is cut: the tile of results that a block computes, and the
// slices of the depth.
#include "compiler/emit/cuda/routines/product/Tile.h"

#include "compiler/emit/cuda/routines/Counts.h"
#include "compiler/emit/cuda/routines/product/TensorTiles.h"

#include <algorithm>

namespace dlc::emit::cuda::routines {
namespace {

// Shared memory gives a thread 16 bytes where it does 8 or 16 multiplications:
// the larger its share of the tile, the less it waits. Each tile's two halves
// divide evenly into 16-byte loads of all threads.
constexpr Tile tiles[] = {
    {128, 128, 8, 8, 8, 0.90, 0, 1}, {128, 64, 16, 8, 4, 0.80, 0, 2},
    {64, 128, 16, 4, 8, 0.80, 0, 2}, {64, 64, 16, 4, 4, 0.65, 0, 2},
    {128, 32, 16, 8, 4, 0.60, 0, 2}, {32, 128, 16, 4, 8, 0.60, 0, 2},
    {32, 32, 16, 4, 4, 0.40, 0, 4},
};

// What the last block of a tile reads alone, after a wait for the others.
constexpr double floatsOfBlockPerCycle = 16, waitCycles = 2000;
constexpr int64_t mostSlices = 128, mostRounds = 4, leastSteps = 4;
// Threads that keep a processor's multipliers fed.
constexpr double threadsWanted = 256;
// On tensor cores, whose warps have more to do between two waits.
constexpr double threadsWantedByTensorCores = 192;
// Of the second-level cache, for one of the processors.
constexpr double bytesPerCycle = 40;
// Until the first tile of a block has come.
constexpr double fillCycles = 600;

/// Multiplications of a processor in a cycle.
double productsPerCycle(Precision precision) {
  switch (precision) {
  case Precision::Ieee:
    return 64;
  case Precision::Tf32:
    return 512;
  case Precision::Tf32x3:
    return 512.0 / 3;
  case Precision::Bf16:
  case Precision::F16:
    return 1024;
  }
  return 64;
}

/// Of the steps of `rounds` blocks, one after the other or side by side.
double predictSteps(const Plan &plan, double rounds, double depth,
                    const Machine &machine) {
  const Tile &tile = plan.tile;
  bool tensor = tile.onTensorCores();
  double wanted = tensor ? threadsWantedByTensorCores : threadsWanted;
  double busy = std::min(1.0, rounds * double(tile.threads()) / wanted);
  double products = rounds * double(tile.rows * tile.columns) * depth /
                    (productsPerCycle(plan.precision) * tile.efficiency * busy *
                     (tensor ? machine.tensor : machine.ordinary));
  if (!tensor)
    return products;
  double bytes = rounds * double(tile.rows + tile.columns) * depth *
                 double(elementBytes(plan.precision));
  return std::max(products, bytes / bytesPerCycle) + fillCycles;
}

} // namespace

int64_t ProductSizes::tilesOf(const Tile &tile) const {
  return batches * ceilDiv(rows, tile.rows) * ceilDiv(columns, tile.columns);
}

double predictCycles(const Plan &plan, const ProductSizes &sizes,
                     const Machine &machine) {
  const Tile &tile = plan.tile;
  int64_t slices = plan.slices;
  int64_t blocks = slices * sizes.tilesOf(tile);
  auto rounds = double(ceilDiv(blocks, machine.processors));
  auto depth = double(ceilDiv(sizes.depth, slices * tile.depth) * tile.depth);
  double cycles = predictSteps(plan, rounds, depth, machine);
  if (slices == 1)
    return cycles;
  // All write their sums; those of a tile are read by one block.
  double sums = double(slices) * double(tile.rows * tile.columns);
  double tiles = double(blocks / slices);
  return cycles + tiles * sums / machine.floatsPerCycle + waitCycles +
         sums / floatsOfBlockPerCycle;
}

int64_t slicesFor(const Tile &tile, int64_t blocks, int64_t depth,
                  int64_t rounds, const Machine &machine) {
  int64_t wanted = std::min(rounds * machine.processors / blocks, mostSlices);
  return std::clamp<int64_t>(depth / (tile.depth * leastSteps), 1,
                             std::max<int64_t>(wanted, 1));
}

Plan planProduct(const ProductSizes &sizes, Precision precision,
                 bool hasEpilogue) {
  Plan best{tiles[0]};
  double least = -1;
  auto consider = [&](const Tile &tile, Precision by) {
    int64_t blocks = sizes.tilesOf(tile);
    // Next to so many sums there are no registers to add up slices, or for an
    // epilogue.
    bool isFull = tile.rowsEach * tile.columnsEach > 64;
    if (isFull && hasEpilogue)
      return;
    for (int64_t rounds = 0; rounds <= (isFull ? 0 : mostRounds); ++rounds) {
      Plan plan{tile, by,
                rounds ? slicesFor(tile, blocks, sizes.depth, rounds) : 1};
      double cycles = predictCycles(plan, sizes);
      if (least >= 0 && cycles >= least)
        continue;
      least = cycles;
      best = plan;
    }
  };
  // Halves are multiplied by tensor cores only.
  if (elementBytes(precision) == 4)
    for (const Tile &tile : tiles)
      consider(tile, Precision::Ieee);
  if (precision != Precision::Ieee)
    for (const Tile &tile : listTensorTiles(precision))
      consider(tile, precision);
  return best;
}

} // namespace dlc::emit::cuda::routines
