// JPEG, PNG, GIF and BMP files become pictures, as Keras' load_img reads them.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/image/Picture.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace dlc::image {

/// Of a larger picture nothing is decoded, for a file of a few kilobytes may
/// claim any size. PIL has the same limit on pixels.
inline constexpr int64_t maxSide = 65535;
inline constexpr int64_t maxPixels = 178956970;

/// The picture in `file`, the whole bytes of one image file. The kind is told
/// by the content, not by the name; of an animation it is the first frame.
/// Colours are converted as PIL's convert("L"), ("RGB") and ("RGBA") do, which
/// ignores alpha where the mode has none, and the EXIF orientation always.
/// Gray PNG files of 16 bits stay deep in grayscale. Errors name the file by
/// `name`: of an unknown kind, larger than the limits above, damaged, cut off.
Expected<Picture> decode(std::span<const std::byte> file,
                         const std::string &name, ColorMode mode);

} // namespace dlc::image
