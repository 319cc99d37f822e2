// Pictures in another size, as PIL's Image.resize makes them.
#pragma once

#include "runtime/core/Error.h"
#include "runtime/image/Picture.h"

#include <string_view>

namespace dlc::image {

/// Keras' names for PIL's filters. All but Nearest widen with the scale, so
/// that making smaller does not alias.
enum class Interpolation { Nearest, Bilinear, Bicubic, Box, Hamming, Lanczos };

/// "nearest", "bilinear", "bicubic", "box", "hamming" or "lanczos"; an error
/// names the nearest of them.
Expected<Interpolation> parseInterpolation(std::string_view name);

std::string_view nameOf(Interpolation interpolation);

/// `picture` in `height` rows of `width` pixels, both at least 1; itself where
/// it has that size already. With `keepAspectRatio` the middle of it is cut to
/// the target's ratio first: load_img's keep_aspect_ratio. Colours with alpha
/// are weighted by it, except with Nearest.
Picture resize(Picture picture, int height, int width,
               Interpolation interpolation, bool keepAspectRatio = false);

} // namespace dlc::image
