// How attention on tensor cores is cut.
#include "compiler/emit/cuda/routines/attention/AttentionTile.h"

namespace dlc::emit::cuda::routines {
namespace {

// The more rows a warp has the more often it multiplies what it has read; and
// the more columns, the fewer are the waits.
constexpr AttentionTile tiles[] = {{2, 64}, {2, 32}, {1, 64}, {1, 32}, {1, 16}};

/// Of 255 registers; the others are for fragments and addresses.
int64_t mostRegisters(Precision precision) {
  return precision == Precision::Tf32x3 ? 96 : 160;
}
/// A block's on GPUs since 8.0 is 99 KiB, and an A100's processor has room for
/// two blocks of half of its 164 KiB.
constexpr int64_t fewSharedBytes = 80 << 10, mostSharedBytes = 99 << 10;

/// Whether a smaller tile would do.
bool isTooLarge(const AttentionTile &tile, const AttentionWork &work) {
  return (tile.fragments > 1 && work.owned <= tile.rows() / 2) ||
         (tile.columns > 16 && work.met <= tile.columns / 2);
}

} // namespace

std::optional<AttentionTile> chooseAttentionTile(const AttentionWork &work,
                                                 Precision precision) {
  int64_t registers = mostRegisters(precision);
  for (int64_t bytes : {fewSharedBytes, mostSharedBytes})
    for (const AttentionTile &tile : tiles)
      if (!isTooLarge(tile, work) &&
          work.registers(tile, precision) <= registers &&
          work.sharedBytes(tile) <= bytes)
        return tile;
  return std::nullopt;
}

} // namespace dlc::emit::cuda::routines
