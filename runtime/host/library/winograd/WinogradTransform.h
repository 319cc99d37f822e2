// The transforms of Winograd's algorithm F(4x4, 3x3): a tile of 6 by 6 pixels
// and a kernel become 36 numbers each, whose products become 4 by 4 pixels of
// the convolution (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016). Numbers are the values of polynomials at 0, 5/8, -5/8, 3/2,
// -3/2 and infinity, the points of oneDNN, which round less than 1 and 2 do.
#pragma once

#include <cstdint>

namespace dlc::host::winograd {

constexpr int64_t tileSide = 4;   // pixels that a tile gives
constexpr int64_t windowSide = 3; // of the kernel
constexpr int64_t pointsSide = tileSide + windowSide - 1;
constexpr int64_t points = pointsSide * pointsSide;

/// Channels that lie together where a product takes them as columns.
constexpr int64_t panelWidth = 16;

/// A square of an image in channels last. It may stick out of the image: such
/// pixels read as 0 and are not written.
struct Patch {
  float *image; // a sample, from the first channel that counts
  int64_t height, width;
  int64_t stride;   // floats from pixel to pixel
  int64_t channels; // that count
  int64_t row, column;

  bool holds(int64_t i, int64_t j) const {
    return row + i >= 0 && row + i < height && column + j >= 0 &&
           column + j < width;
  }
  bool holdsAll(int64_t side) const {
    return holds(0, 0) && holds(side - 1, side - 1);
  }
  float *at(int64_t i, int64_t j) const {
    return image + ((row + i) * width + column + j) * stride;
  }
};

/// Channels at each point, in panels. Transforms write whole vectors of 8
/// channels, the last of them filled up with 0.
struct Points {
  float *data;
  int64_t point; // floats from point to point
  int64_t panel; // floats from panel to panel; panelWidth: channels in a row

  float *at(int64_t index, int64_t channel) const {
    return data + index * point + channel / panelWidth * panel +
           channel % panelWidth;
  }
};

/// A 3x3 kernel as the convolution at hand sees it: `in` channels of what it
/// reads, `out` of what it gives.
struct Kernel {
  const float *data; // HWIO
  int64_t in, out;
  bool turned; // of an input gradient: rotated by 180 degrees, I is `out`
};

/// Of the 6 by 6 pixels that a tile reads.
void transformInput(const Patch &x, const Points &to);

/// Of the gradient of the 4 by 4 pixels that a tile gives.
void transformOutputGrad(const Patch &dy, const Points &to);

/// Of a panel of `out` channels into [points][in][panelWidth], `point` floats
/// from point to point.
void transformKernel(const Kernel &kernel, int64_t panel, float *to,
                     int64_t point);

/// The 4 by 4 pixels that a tile gives from its products. `bias`, if not null,
/// is added, and then negative numbers become 0 with `relu`; NaN stays NaN.
void transformOutput(const Points &from, const float *bias, bool relu,
                     const Patch &y);

/// The gradient of the 3 by 3 windows of one channel of x, one `tap` floats
/// after the other, from sums of products.
void transformKernelGrad(const Points &from, int64_t channels, float *to,
                         int64_t tap);

} // namespace dlc::host::winograd
