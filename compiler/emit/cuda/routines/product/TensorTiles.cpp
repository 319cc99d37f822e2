// The tiles of products on tensor cores.
#include "compiler/emit/cuda/routines/product/TensorTiles.h"

#include "compiler/emit/cuda/routines/product/SharedTile.h"

namespace dlc::emit::cuda::routines {
namespace {

/// A tile of 64 bytes of depth, which is three or four stages deep: with the
/// largest a block has 72 KiB of shared memory, so that every GPU since 8.0 has
/// room for one, and for as many as are named of the others.
struct TensorTile {
  int64_t rows, columns, rowsEach, columnsEach;
  double efficiency;
  int64_t stages, blocks;
};

// Of warps with 64 x 64 results shared memory is read half as often as of those
// with 32 x 32: 16 multiplications to a byte, or 8.
constexpr TensorTile tiles[] = {
    {128, 256, 8, 16, 0.85, 3, 1}, {256, 128, 8, 16, 0.85, 3, 1},
    {128, 128, 8, 16, 0.85, 4, 2}, {128, 128, 8, 8, 0.75, 4, 1},
    {128, 64, 8, 8, 0.70, 4, 3},   {64, 128, 8, 8, 0.70, 4, 3},
    {64, 64, 4, 8, 0.55, 4, 4},    {128, 32, 4, 8, 0.50, 4, 4},
    {32, 128, 4, 8, 0.50, 4, 4},   {64, 32, 4, 8, 0.45, 4, 8},
    {32, 64, 4, 8, 0.45, 4, 8},    {32, 32, 4, 8, 0.40, 4, 8},
};

/// Fragments of two parts take twice the registers.
constexpr int64_t mostSumsOfTwoParts = 64;

} // namespace

std::vector<Tile> listTensorTiles(Precision precision) {
  std::vector<Tile> suiting;
  for (const TensorTile &tile : tiles) {
    if (precision == Precision::Tf32x3 &&
        tile.rowsEach * tile.columnsEach > mostSumsOfTwoParts)
      continue;
    int64_t depth = SharedTile::depthBytes / elementBytes(precision);
    suiting.push_back({tile.rows, tile.columns, depth, tile.rowsEach,
                       tile.columnsEach, tile.efficiency, tile.stages,
                       tile.blocks});
  }
  return suiting;
}

} // namespace dlc::emit::cuda::routines
