// A Mersenne twister keyed by name, and the distributions that Keras draws
// from.
#include "compiler/expand/Random.h"

#include <cmath>
#include <numbers>

using namespace dlc::expand;

/// FNV-1a, which is the same everywhere; std::hash is not.
static uint64_t hashName(uint64_t seed, std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325u ^ (seed * 0x9e3779b97f4a7c15u);
  for (unsigned char c : name)
    hash = (hash ^ c) * 0x100000001b3u;
  return hash;
}

RandomStream::RandomStream(uint64_t seed, std::string_view name)
    : engine(hashName(seed, name)) {}

double RandomStream::uniform() { return double(engine() >> 11) * 0x1.0p-53; }

double RandomStream::normal() {
  double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
  return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

double RandomStream::truncatedNormal() {
  double x = normal();
  while (std::abs(x) > 2.0)
    x = normal();
  return x;
}
