// Offsets for buffers with known lifetimes: greedy by size.
#pragma once

#include <cstdint>
#include <vector>

namespace dlc::plan {

/// Bytes that are needed from launch `first` to launch `last`, both included.
struct Lifetime {
  int64_t first = 0;
  int64_t last = 0;
  int64_t bytes = 0;
  int64_t offset = 0; // the answer, a multiple of `alignment`
};

inline constexpr int64_t alignment = 64;

/// Gives every lifetime an offset so that no two which overlap in time overlap
/// in memory; returns the bytes of the arena. The largest buffer is placed
/// first, each at the lowest gap that holds it: within 2.3 % of the lower bound
/// on training schedules (docs/compiler/Plan.md).
int64_t pack(std::vector<Lifetime> &lifetimes);

/// The most bytes that are live at one launch: no plan needs less.
int64_t countMaxLive(const std::vector<Lifetime> &lifetimes);

} // namespace dlc::plan
