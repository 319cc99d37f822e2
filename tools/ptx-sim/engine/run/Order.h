// Orders of blocks and threads that a seed chooses.
#pragma once

#include <cstdint>
#include <numeric>

namespace ptxsim {

/// splitmix64: a number that looks random, from any number.
inline uint64_t scramble(uint64_t value) {
  value += 0x9e3779b97f4a7c15;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9;
  value = (value ^ value >> 27) * 0x94d049bb133111eb;
  return value ^ value >> 31;
}

/// A permutation of 0 .. count - 1: i goes to (i * step + start) mod count.
class Order {
public:
  Order(uint64_t count, uint64_t seed) : count(count) {
    uint64_t random = scramble(seed);
    start = random % count;
    step = (random >> 20) % count;
    while (std::gcd(step, count) != 1)
      step = (step + 1) % count;
    if (count == 1)
      step = 0;
  }

  uint64_t operator[](uint64_t i) const {
    return static_cast<uint64_t>(
        (static_cast<unsigned __int128>(i) * step + start) % count);
  }

private:
  uint64_t count;
  uint64_t start;
  uint64_t step;
};

} // namespace ptxsim
