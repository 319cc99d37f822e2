#include "runtime/image/Picture.h"

#include <algorithm>

namespace dlc::image {

void toFloats(const Picture &picture, std::span<float> floats) {
  if (picture.isDeep())
    std::ranges::copy(picture.deepPixels, floats.begin());
  else
    std::ranges::copy(picture.pixels, floats.begin());
}

} // namespace dlc::image
