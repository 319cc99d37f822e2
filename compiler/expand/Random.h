// Random numbers for initializers: the same bits on every machine.
#pragma once

#include <cstdint>
#include <random>
#include <string_view>

namespace dlc::expand {

/// A stream of numbers that depends on a seed and a name. Uses only what the
/// C++ standard fixes to the bit: the engine, not its distributions.
class RandomStream {
public:
  RandomStream(uint64_t seed, std::string_view name);

  /// In [0, 1).
  double uniform();
  /// Mean 0, standard deviation 1 (Box and Muller, 1958).
  double normal();
  /// A normal number within two standard deviations of 0.
  double truncatedNormal();

private:
  std::mt19937_64 engine;
};

} // namespace dlc::expand
