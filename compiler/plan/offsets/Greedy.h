// One buffer after the other, each into a gap that holds it.
#pragma once

#include "compiler/plan/offsets/Packing.h"

#include <cstddef>

namespace dlc::plan {

/// Which gap: the lowest, or the one that leaves the least.
enum class Fit { First, Best };

/// Places the lifetimes in this order; returns the bytes of the arena. Takes
/// what it does from `steps`.
int64_t packInOrder(std::vector<Lifetime> &lifetimes,
                    const std::vector<size_t> &order, Fit fit, int64_t &steps);

/// Packs in orders by size, area, length of life and time with both fits, then
/// moves what lies on top of the best to the front of its order, until the
/// arena has `bound` bytes or the steps are used up.
int64_t packGreedily(std::vector<Lifetime> &lifetimes, int64_t bound,
                     int64_t steps);

} // namespace dlc::plan
