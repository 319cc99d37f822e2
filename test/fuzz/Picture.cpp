// Fuzzes the decoders of image files, and the resizing of what they give. The
// color mode and the filter come from the last byte, which no decoder needs.
#include "runtime/image/Decode.h"
#include "runtime/image/Resize.h"
#include "test/fuzz/Temporary.h"

using namespace dlc;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  const unsigned choice = size ? data[size - 1] : 0;
  constexpr image::ColorMode modes[] = {image::ColorMode::Grayscale,
                                        image::ColorMode::Rgb,
                                        image::ColorMode::Rgba};
  auto picture = image::decode(std::as_bytes(std::span(data, size)), "fuzz.img",
                               modes[choice % 3]);
  fuzz::checkError(picture);
  if (!picture)
    return 0;
  if (picture->channels != image::channelsOf(modes[choice % 3]) ||
      std::max(picture->pixels.size(), picture->deepPixels.size()) !=
          picture->count())
    std::abort();
  // Large ones are decoded, but their resizing takes longer than it shows.
  if (picture->count() > 1 << 20)
    return 0;
  auto interpolation = image::Interpolation(choice / 3 % 6);
  auto small = image::resize(std::move(*picture), 7, 9, interpolation,
                             choice / 18 % 2 == 1);
  if (std::max(small.pixels.size(), small.deepPixels.size()) !=
      size_t(7 * 9 * small.channels))
    std::abort();
  return 0;
}
