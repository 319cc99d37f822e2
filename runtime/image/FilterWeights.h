// Which levels an output level is made of, and their weights.
#pragma once

#include "runtime/image/Resize.h"

#include <vector>

namespace dlc::image {

/// The weights of one axis. Output i is the sum over k < counts[i] of
/// weights[i * stride + k] times input starts[i] + k.
struct FilterWeights {
  int stride = 0;
  std::vector<int> starts, counts;
  std::vector<double> weights; ///< of an output they sum to 1

  int size() const { return int(starts.size()); }
};

/// The filter over input [begin, end) of `inputSize`, at `outputSize` places;
/// it is as wide as its name says in units of the larger of the two steps.
/// `interpolation` is not Nearest.
FilterWeights computeWeights(Interpolation interpolation, int inputSize,
                             int begin, int end, int outputSize);

} // namespace dlc::image
