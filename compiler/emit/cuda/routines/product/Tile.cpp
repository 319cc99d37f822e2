// How a product is cut: the tile of results that a block computes, and the
// slices of the depth.
#include "compiler/emit/cuda/routines/product/Tile.h"

#include <algorithm>

namespace dlc::emit::cuda::routines {
namespace {

// Shared memory gives a thread 16 bytes where it does 8 or 16 multiplications:
// the larger its share of the tile, the less it waits. Each tile's two halves
// divide evenly into 16-byte loads of all threads.
constexpr Tile tiles[] = {
    {128, 128, 8, 8, 8, 0.90}, {128, 64, 16, 8, 4, 0.80},
    {64, 128, 16, 4, 8, 0.80}, {64, 64, 16, 4, 4, 0.65},
    {128, 32, 16, 8, 4, 0.60}, {32, 128, 16, 4, 8, 0.60},
    {32, 32, 16, 4, 4, 0.40},
};

// A machine of the middle (A100); a plan may not depend on the one at hand.
constexpr int64_t processors = 108;
constexpr double productsPerCycle = 64; // of a processor
constexpr double floatsPerCycle = 250;  // of the whole memory
// What the last block of a tile reads alone, after a wait for the others.
constexpr double floatsOfBlockPerCycle = 16, waitCycles = 2000;
constexpr int64_t mostSlices = 128, mostRounds = 4, leastSteps = 4;
// Threads that keep a processor's multipliers fed.
constexpr double threadsWanted = 256;

int64_t ceilDiv(int64_t count, int64_t size) {
  return (count + size - 1) / size;
}

double predictCycles(const Tile &tile, int64_t slices, int64_t batches,
                     int64_t rows, int64_t columns, int64_t depth) {
  int64_t blocks = batches * slices * ceilDiv(rows, tile.rows) *
                   ceilDiv(columns, tile.columns);
  auto rounds = double(ceilDiv(blocks, processors));
  double busy = std::min(1.0, rounds * double(tile.threads()) / threadsWanted);
  auto steps = double(ceilDiv(depth, slices * tile.depth) * tile.depth);
  double cycles = rounds * double(tile.rows * tile.columns) * steps /
                  (productsPerCycle * tile.efficiency * busy);
  if (slices == 1)
    return cycles;
  // All write their sums; those of a tile are read by one block.
  double sums = double(slices) * double(tile.rows * tile.columns);
  double tiles = double(blocks / slices);
  return cycles + tiles * sums / floatsPerCycle + waitCycles +
         sums / floatsOfBlockPerCycle;
}

/// Slices that fill the machine `rounds` times; each of some steps, as fewer
/// are not worth its result.
int64_t slicesFor(const Tile &tile, int64_t blocks, int64_t depth,
                  int64_t rounds) {
  int64_t wanted = std::min(rounds * processors / blocks, mostSlices);
  return std::clamp<int64_t>(depth / (tile.depth * leastSteps), 1,
                             std::max<int64_t>(wanted, 1));
}

} // namespace

Plan planProduct(int64_t batches, int64_t rows, int64_t columns,
                 int64_t depth) {
  Plan best{tiles[0]};
  double least = -1;
  auto consider = [&](const Tile &tile, int64_t slices) {
    double cycles = predictCycles(tile, slices, batches, rows, columns, depth);
    if (least >= 0 && cycles >= least)
      return;
    least = cycles;
    best = {tile, slices};
  };
  for (const Tile &tile : tiles) {
    consider(tile, 1);
    int64_t blocks =
        batches * ceilDiv(rows, tile.rows) * ceilDiv(columns, tile.columns);
    for (int64_t rounds = 1; rounds <= mostRounds; ++rounds)
      consider(tile, slicesFor(tile, blocks, depth, rounds));
  }
  return best;
}

} // namespace dlc::emit::cuda::routines
