// Exhaustive search for offsets below a given height.
#pragma once

#include "compiler/plan/offsets/Packing.h"

namespace dlc::plan {

/// Whether the lifetimes fit in `capacity` bytes; then they have such offsets.
/// False also if `steps` were used up before an answer was found.
bool packExactly(std::vector<Lifetime> &lifetimes, int64_t capacity,
                 int64_t steps);

} // namespace dlc::plan
