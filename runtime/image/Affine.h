// An affine transform of an image, as scipy.ndimage.affine_transform makes it.
#pragma once

#include "runtime/image/Augment.h"

namespace dlc::image {

/// Output pixel (row, column) shows the input at
/// (matrix[0][0] row + matrix[0][1] column + offset[0],
///  matrix[1][0] row + matrix[1][1] column + offset[1]).
struct AffineMap {
  std::array<std::array<double, 2>, 2> matrix = {{{1, 0}, {0, 1}}};
  std::array<double, 2> offset = {0, 0};
};

/// Keras' apply_affine_transform: rotation, shift, shear and zoom, in this
/// order, about the middle of `height` rows of `width` pixels. Nothing where
/// `transform` has none of them.
std::optional<AffineMap> findMap(const Transform &transform, int height,
                                 int width);

/// All channels of `image` through `map`, with splines of order 0 or 1; what
/// lies outside is by `fillMode`, with `cval` for Constant.
void applyMap(const AffineMap &map, int order, FillMode fillMode, double cval,
              FloatImage image);

} // namespace dlc::image
