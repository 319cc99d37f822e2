// Tiles of attention in shared memory, lane by lane: no access of a warp meets
// a bank twice, and lanes read what tensor cores ask of them.
#include "compiler/emit/cuda/routines/attention/AttentionTile.h"

#include <gtest/gtest.h>
#include <set>

using namespace dlc::emit::cuda::routines;

namespace {

/// 16 bytes lie in four of the 32 banks.
int64_t banksOf(int64_t place) { return place / 16 % 8; }

std::vector<HeadTile> listTiles() {
  std::vector<HeadTile> tiles;
  for (int64_t bytes : {2, 4})
    for (int64_t width = 1; width <= widestTensorHead(Precision::Tf32); ++width)
      tiles.push_back({width, bytes});
  return tiles;
}

std::string describe(const HeadTile &tile) {
  return std::to_string(tile.width) + " elements of " +
         std::to_string(tile.elementBytes) + " bytes";
}

/// Calls `visit` with what eight lanes read in one pass over the banks.
template <typename Read, typename Visit> void eachPass(Read read, Visit visit) {
  for (int64_t first = 0; first < 32; first += 8) {
    std::vector<int64_t> places;
    for (int64_t lane = first; lane < first + 8; ++lane)
      places.push_back(read(lane));
    visit(places);
  }
}

void expectNoConflict(const std::vector<int64_t> &places,
                      const HeadTile &tile) {
  std::set<int64_t> banks;
  for (int64_t place : places)
    banks.insert(banksOf(place));
  EXPECT_EQ(banks.size(), 8U) << describe(tile);
}

constexpr int64_t rows = 64;

} // namespace

TEST(HeadTile, HoldsEachPieceOnce) {
  for (const HeadTile &tile : listTiles()) {
    std::set<int64_t> places;
    for (int64_t row = 0; row < rows; ++row)
      for (int64_t piece = 0; piece < tile.pieces(); ++piece)
        places.insert(tile.place(row, piece));
    EXPECT_EQ(int64_t(places.size()), rows * tile.pieces()) << describe(tile);
    EXPECT_EQ(*places.rbegin() + 16, rows * tile.rowBytes()) << describe(tile);
  }
}

// Eight threads, 128 bytes, are one pass over the banks.
TEST(HeadTile, CopiesMeetNoBankTwice) {
  for (const HeadTile &tile : listTiles())
    for (int64_t first = 0; first < rows * tile.pieces(); first += 8) {
      std::vector<int64_t> places;
      for (int64_t slot = first; slot < first + 8; ++slot)
        places.push_back(
            tile.place(slot / tile.pieces(), slot % tile.pieces()));
      expectNoConflict(places, tile);
    }
}

TEST(HeadTile, ReadsMeetNoBankTwice) {
  for (const HeadTile &tile : listTiles()) {
    auto check = [&](auto read) {
      eachPass(read, [&](const std::vector<int64_t> &places) {
        expectNoConflict(places, tile);
      });
    };
    for (int64_t unit = 0; unit < rows / 16; ++unit)
      for (int64_t step = 0; step < tile.steps(); ++step) {
        check([&](int64_t lane) { return tile.left(lane, unit, step); });
        check([&](int64_t lane) { return tile.right(lane, unit, step); });
      }
    int64_t rowsOfStep = tile.holdsHalves() ? 16 : 8;
    for (int64_t unit = 0; unit < tile.units(); ++unit)
      for (int64_t step = 0; step < rows / rowsOfStep; ++step)
        for (int64_t part = 0; part < (tile.holdsHalves() ? 1 : 2); ++part)
          check([&](int64_t lane) {
            return tile.across(lane, unit, step, part);
          });
  }
}

// ldmatrix gives a lane what the eight lanes of a matrix point to: rows of it,
// one piece each.
TEST(HeadTile, LanesPointToTheirPieces) {
  for (const HeadTile &tile : listTiles())
    for (int64_t lane = 0; lane < 32; ++lane)
      for (int64_t unit = 0; unit < 2; ++unit)
        for (int64_t step = 0; step < tile.steps(); ++step) {
          int64_t matrix = lane / 8, line = lane % 8;
          EXPECT_EQ(tile.left(lane, unit, step),
                    tile.place(unit * 16 + matrix % 2 * 8 + line,
                               step * 2 + matrix / 2));
          EXPECT_EQ(tile.right(lane, unit, step),
                    tile.place(unit * 16 + matrix / 2 * 8 + tile.rowOf(line),
                               step * 2 + matrix % 2));
        }
}

TEST(HeadTile, LanesPointAcross) {
  for (const HeadTile &tile : listTiles())
    for (int64_t lane = 0; lane < 32; ++lane)
      for (int64_t unit = 0; unit < tile.units(); ++unit)
        for (int64_t step = 0; step < 2; ++step) {
          if (tile.holdsHalves()) {
            int64_t matrix = lane / 8;
            EXPECT_EQ(tile.across(lane, unit, step, int64_t(0)),
                      tile.place(step * 16 + matrix % 2 * 8 + lane % 8,
                                 unit * 2 + matrix / 2));
            continue;
          }
          for (int64_t part = 0; part < 2; ++part)
            EXPECT_EQ(
                tile.across(lane, unit, step, part),
                tile.place(step * 8 + part * 4 + lane % 4,
                           unit * 8 + SharedTile::quadOf<int64_t>(lane / 4)));
        }
}

// The text is that of the same function.
TEST(HeadTile, WritesFormulas) {
  HeadTile tile{64, 2};
  EXPECT_EQ(tile.place(Formula("row"), Formula("piece")).str(),
            "((row * 8) + (piece ^ (row % 8))) * 16");
  EXPECT_EQ(tile.place<int64_t>(5, 3), (5 * 8 + (3 ^ 5)) * 16);
}

namespace {

/// What the three kernels of attention over `places` places have.
std::vector<AttentionWork> listWork(const HeadTile &tile, int64_t places) {
  int64_t columns = tile.columns(), bytes = 2 * tile.rowBytes();
  AttentionWork forward{.owned = places,
                        .met = places,
                        .sums = columns,
                        .scores = 1,
                        .ownedBytes = tile.rowBytes(),
                        .metBytes = bytes};
  AttentionWork queryGrad = forward;
  queryGrad.scores = 2;
  queryGrad.ownedBytes = bytes;
  AttentionWork keyGrad = queryGrad;
  keyGrad.sums = 2 * columns;
  keyGrad.metBytes = bytes + 8;
  return {forward, queryGrad, keyGrad};
}

Precision precisionOf(const HeadTile &tile) {
  return tile.holdsHalves() ? Precision::Bf16 : Precision::Tf32;
}

} // namespace

// A processor with the least shared memory since 8.0 gives a block 99 KiB.
TEST(AttentionTile, FitsAProcessor) {
  for (const HeadTile &tile : listTiles())
    for (int64_t places : {1, 17, 33, 64, 65, 1000})
      for (const AttentionWork &work : listWork(tile, places)) {
        auto chosen = chooseAttentionTile(work, precisionOf(tile));
        ASSERT_TRUE(chosen) << describe(tile);
        EXPECT_LE(work.sharedBytes(*chosen), 99 << 10) << describe(tile);
        EXPECT_LE(work.registers(*chosen, precisionOf(tile)), 160);
        // Half of it would be idle.
        EXPECT_LT(chosen->rows(), std::max<int64_t>(2 * places, 128));
      }
}

// 128 operations to a byte of a lane's load are what a warp needs at least;
// docs tell why it is not more.
TEST(AttentionTile, KeepsUpWithTensorCores) {
  for (int64_t width : {16, 32, 64, 80, 128})
    for (int64_t bytes : {2, 4}) {
      HeadTile tile{width, bytes};
      for (const AttentionWork &work : listWork(tile, 1000)) {
        auto chosen = chooseAttentionTile(work, precisionOf(tile));
        ASSERT_TRUE(chosen);
        // Of 16 columns by a step of 32 bytes: all products, and their reads.
        auto units = double(chosen->columns / 16);
        double products = work.scores == 1             ? 2
                          : work.sums > tile.columns() ? 4
                                                       : 3;
        double reads =
            products * units + double(work.scores * chosen->fragments);
        double operations = products * units * double(chosen->fragments) *
                            double(2 * 16 * 16 * 32 / bytes);
        EXPECT_GE(operations / reads / 16, 128) << describe(tile);
      }
    }
}

TEST(AttentionTile, LeavesRegistersToTwoParts) {
  for (int64_t width = 1; width <= widestTensorHead(Precision::Tf32x3); ++width)
    for (const AttentionWork &work : listWork({width, 4}, 1000)) {
      auto chosen = chooseAttentionTile(work, Precision::Tf32x3);
      ASSERT_TRUE(chosen);
      EXPECT_LE(work.registers(*chosen, Precision::Tf32x3), 96);
    }
}

TEST(AttentionTile, LeavesWideHeadsToOthers) {
  EXPECT_FALSE(chooseAttentionTile(listWork({256, 2}, 64)[2], Precision::Bf16));
  EXPECT_FALSE(
      chooseAttentionTile(listWork({128, 4}, 64)[2], Precision::Tf32x3));
}
