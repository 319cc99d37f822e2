// Offsets for buffers with known lifetimes, in as small an arena as can be.
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

  bool meets(const Lifetime &other) const {
    return first <= other.last && other.first <= last;
  }
};

inline constexpr int64_t alignment = 64;

/// What a buffer takes of the arena.
inline int64_t align(int64_t bytes) {
  return (bytes + alignment - 1) / alignment * alignment;
}

/// Gives every lifetime an offset so that no two which overlap in time overlap
/// in memory; returns the bytes of the arena. Tries greedy packings in several
/// orders, repairs the best, and searches exactly where few buffers are left
/// above the bound; each stops at countMaxLive(). The same input gives the same
/// offsets: effort is counted in steps, not in time.
int64_t pack(std::vector<Lifetime> &lifetimes);

/// The most bytes that are live at one launch: no plan needs less.
int64_t countMaxLive(const std::vector<Lifetime> &lifetimes);

} // namespace dlc::plan
