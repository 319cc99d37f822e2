// The decoder of each kind of file, and what they have in common.
#pragma once

#include "runtime/image/Decode.h"

#include <string_view>

namespace dlc::image {

using Bytes = std::span<const std::byte>;

/// Each decodes one whole file that starts as its kind does.
Expected<Picture> decodeJpeg(Bytes file, const std::string &name,
                             ColorMode mode);
Expected<Picture> decodePng(Bytes file, const std::string &name,
                            ColorMode mode);
Expected<Picture> decodeGif(Bytes file, const std::string &name,
                            ColorMode mode);
Expected<Picture> decodeBmp(Bytes file, const std::string &name,
                            ColorMode mode);

/// Refuses pictures without pixels and those larger than Decode.h's limits.
/// Called before anything of a picture's size is allocated.
Expected<void> checkSize(int64_t height, int64_t width,
                         const std::string &name);

/// A picture of 8 bits, black, with a color mode's channels.
Picture makePicture(int height, int width, ColorMode mode);

/// The errors of a file that has a kind but is not right: `why` is what a
/// library said or what was found.
Unexpected<Error> failDamaged(const std::string &name, std::string_view why);
Unexpected<Error> failCutOff(const std::string &name);
Unexpected<Error> failUnsupported(const std::string &name, std::string what);

} // namespace dlc::image
