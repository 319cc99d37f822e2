// Tiles in shared memory, lane by lane: no access of a warp meets a bank twice.
#include "compiler/emit/cuda/routines/product/SharedTile.h"
#include "compiler/emit/cuda/routines/product/TensorTiles.h"

#include <gtest/gtest.h>
#include <set>

using namespace dlc::emit::cuda::routines;

namespace {

/// 16 bytes lie in four of the 32 banks.
int64_t banksOf(int64_t place) { return place / 16 % 8; }

std::vector<SharedTile> listTiles() {
  std::vector<SharedTile> tiles;
  for (int64_t lines : {32, 64, 128, 256})
    for (int64_t bytes : {2, 4})
      for (bool alongDepth : {false, true})
        for (bool isLeft : {false, true})
          tiles.push_back({lines, bytes, alongDepth, isLeft});
  return tiles;
}

std::string describe(const SharedTile &tile) {
  return std::to_string(tile.lines) + " lines of " +
         std::to_string(tile.elementBytes) + " bytes, " +
         (tile.alongDepth ? "along" : "across") + " the depth, " +
         (tile.isLeft ? "left" : "right");
}

} // namespace

TEST(SharedTile, HoldsEachPieceOnce) {
  for (const SharedTile &tile : listTiles()) {
    std::set<int64_t> places;
    for (int64_t row = 0; row < tile.rows(); ++row)
      for (int64_t piece = 0; piece < tile.pieces(); ++piece)
        places.insert(tile.place(row, piece));
    EXPECT_EQ(int64_t(places.size()), tile.bytes() / 16) << describe(tile);
    EXPECT_EQ(*places.rbegin(), tile.bytes() - 16) << describe(tile);
  }
}

TEST(SharedTile, ShufflesLinesWithinGroups) {
  for (const SharedTile &tile : listTiles()) {
    std::set<int64_t> lines;
    for (int64_t row = 0; row < tile.lines; ++row) {
      lines.insert(tile.lineOf(row));
      EXPECT_EQ(tile.lineOf(row) / 32, row / 32);
    }
    EXPECT_EQ(int64_t(lines.size()), tile.lines) << describe(tile);
  }
}

// Eight threads, 128 bytes, are one pass over the banks.
TEST(SharedTile, CopiesMeetNoBankTwice) {
  for (const SharedTile &tile : listTiles())
    for (int64_t first = 0; first < tile.bytes() / 16; first += 8) {
      std::set<int64_t> banks;
      for (int64_t slot = first; slot < first + 8; ++slot)
        banks.insert(
            banksOf(tile.place(slot / tile.pieces(), slot % tile.pieces())));
      EXPECT_EQ(banks.size(), 8U) << describe(tile);
    }
}

// A matrix of ldmatrix, or a quarter of a warp that reads 16 bytes a lane.
TEST(SharedTile, ReadsMeetNoBankTwice) {
  for (const SharedTile &tile : listTiles())
    for (int64_t warp = 0; warp < tile.lines; warp += 32)
      for (int64_t unit = 0; unit < 32 / tile.linesOfLoad(); ++unit)
        for (int64_t step = 0; step < SharedTile::stepsOfTile; ++step)
          for (int64_t part = 0; part < tile.loadsOfStep(); ++part) {
            auto [turned, moved] = tile.shift(unit, step, part);
            for (int64_t first = 0; first < 32; first += 8) {
              std::set<int64_t> banks;
              for (int64_t lane = first; lane < first + 8; ++lane) {
                int64_t place = (tile.laneBegin(lane, warp) ^ turned) + moved;
                EXPECT_LT(place, tile.bytes()) << describe(tile);
                banks.insert(banksOf(place));
              }
              EXPECT_EQ(banks.size(), 8U) << describe(tile);
            }
          }
}

// The text is that of the same function.
TEST(SharedTile, WritesFormulas) {
  SharedTile tile{64, 4, true, true};
  EXPECT_EQ(tile.place(Formula("tileRow"), Formula("inRow")).str(),
            "((tileRow * 4) + (inRow ^ ((tileRow / 2) % 4))) * 16");
  EXPECT_EQ(tile.place<int64_t>(5, 3), ((5 * 4) + (3 ^ 2)) * 16);
  EXPECT_EQ((Formula(3) * Formula(4) + Formula(0)).str(), "12");
}

// A processor of compute capability 8.0 has 512 multipliers of tf32 or 1024 of
// halves, and reads 128 bytes of shared memory in a cycle: with fewer
// operations to a byte tensor cores would wait for it. Why not 128 is told in
// docs/compiler/EmitCudaRoutines.md.
TEST(TensorTiles, KeepUpWithTensorCores) {
  for (Precision precision :
       {Precision::Tf32, Precision::Tf32x3, Precision::Bf16, Precision::F16})
    for (const Tile &tile : listTensorTiles(precision)) {
      double products = precision == Precision::Tf32x3 ? 3 : 1;
      double operations = 2 * products *
                          double(tile.warpRows() * tile.warpColumns()) /
                          double((tile.warpRows() + tile.warpColumns()) *
                                 elementBytes(precision));
      double perCycle = takesHalves(precision) ? 2048 : 1024;
      EXPECT_GE(operations, perCycle / 128)
          << tile.rows << " x " << tile.columns << " by " << nameOf(precision);
    }
}

// What tiles take of a processor with the least shared memory since 8.0: a
// block 99 KiB, all blocks 100; and of its 65,536 registers.
TEST(TensorTiles, FitAProcessor) {
  for (Precision precision :
       {Precision::Tf32, Precision::Tf32x3, Precision::Bf16, Precision::F16})
    for (const Tile &tile : listTensorTiles(precision)) {
      int64_t bytes = (tile.rows + tile.columns) * SharedTile::depthBytes;
      EXPECT_GE(tile.stages, 3);
      // Sums of columns take a line for each eight rows of a warp beside.
      int64_t lines = tile.rows / tile.rowsEach * tile.columns * 4;
      EXPECT_LE(bytes * tile.stages + lines, 99 << 10);
      EXPECT_EQ(tile.depth * elementBytes(precision), SharedTile::depthBytes);
      EXPECT_EQ(tile.rows % tile.warpRows(), 0);
      EXPECT_EQ(tile.columns % tile.warpColumns(), 0);
      // All threads copy the same number of pieces, and reach all columns.
      EXPECT_EQ(tile.rows * 4 % tile.threads(), 0);
      EXPECT_EQ(tile.columns * 4 % tile.threads(), 0);
      EXPECT_GE(tile.threads(), tile.columns);
      int64_t perThread = 65536 / (tile.blocks * tile.threads());
      EXPECT_GE(perThread, tile.rowsEach * tile.columnsEach + 64);
    }
}
