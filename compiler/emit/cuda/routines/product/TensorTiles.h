// The tiles of products on tensor cores.
#pragma once

#include "compiler/emit/cuda/routines/product/Tile.h"

#include <vector>

namespace dlc::emit::cuda::routines {

/// Those that suit `precision`, with the depth of its elements.
std::vector<Tile> listTensorTiles(Precision precision);

} // namespace dlc::emit::cuda::routines
