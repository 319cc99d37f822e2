// Which pictures cannot be decoded.
#pragma once

#include "runtime/data/images/ImageFiles.h"
#include "runtime/image/Picture.h"

#include <functional>

namespace dlc::data {

/// Decodes every picture on `workers` threads; for each, whether that failed.
/// `onBad` is told why, in the order of the names.
Expected<std::vector<bool>>
findDamaged(const ImageFiles &images, image::ColorMode colors, int workers,
            const std::function<void(const Error &)> &onBad);

} // namespace dlc::data
