// The window of a convolution: configuration and shapes, read and checked.
#pragma once

#include "compiler/emit/cuda/routines/RoutineCall.h"

namespace dlc::emit::cuda::routines {

/// y[image, oh, ow, o] = sum over tap rows p, tap columns q and channels c of
/// x[image, oh * strides[0] + p * dilation[0] - low[0], ..., group * channels +
/// c] * kernel[p, q, c, o], zeros outside of x. Images are channels last.
struct Conv {
  std::array<int64_t, 2> strides, dilation, low;
  std::array<int64_t, 2> in, out, window; // height and width
  int64_t groups;
  int64_t inChannels, outChannels; // of all groups
  int64_t channels, filters;       // of one group

  /// Whether each group has one input channel, of several.
  bool isDepthwise() const { return groups > 1 && channels == 1; }
  /// Whether a pixel of y is that pixel of x times a matrix.
  bool isPointwise() const;
  /// Whether a window at some pixel of y reaches outside of x along `dim`.
  bool reachesBefore(int dim) const { return low[dim] > 0; }
  bool reachesBehind(int dim) const;
  std::string describe() const;
};

Expected<Conv> readConv(RoutineCall &call, const Array &x, const Array &kernel,
                        const Array &y);

/// The width of accesses to images or kernels whose neighbours are these
/// channels of one group.
int64_t widthOf(RoutineCall &call, int64_t channelsOfGroup);

/// The condition that `row` and `column`, of x, are in the image, where windows
/// can reach outside of it.
std::string insideImage(const Conv &conv, const std::string &row,
                        const std::string &column);

/// Depthwise convolutions, which are no matrix products.
Expected<KernelText> writeDepthwise(RoutineCall &call, Code &code,
                                    const Conv &conv, bool bias, bool relu);
Expected<KernelText> writeDepthwiseInputGrad(RoutineCall &call, Code &code,
                                             const Conv &conv);
Expected<KernelText> writeDepthwiseKernelGrad(RoutineCall &call, Code &code,
                                              const Conv &conv);

} // namespace dlc::emit::cuda::routines
