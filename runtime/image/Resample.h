// Weighted sums of neighbouring levels, along rows and then along columns.
#pragma once

#include "runtime/image/Resize.h"

namespace dlc::image {

/// A part of a picture: rows [top, bottom), columns [left, right).
struct Box {
  int left, top, right, bottom;
};

/// The pixels of `box` in another size by one of the filters that weigh, which
/// is all but Nearest.
Picture resample(const Picture &picture, Box box, int height, int width,
                 Interpolation interpolation);

} // namespace dlc::image
