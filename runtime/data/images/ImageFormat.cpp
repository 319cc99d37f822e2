// How pictures become samples of a model's input.
#include "runtime/data/images/ImageData.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

namespace dlc::data {

namespace {

using image::ColorMode;

std::optional<ColorMode> colorsOf(int64_t channels) {
  for (ColorMode mode : {ColorMode::Grayscale, ColorMode::Rgb, ColorMode::Rgba})
    if (image::channelsOf(mode) == channels)
      return mode;
  return std::nullopt;
}

} // namespace

Expected<ImageFormat> chooseFormat(const ImageSpec &spec) {
  const Shape &shape = spec.inputShape;
  const ImageOptions &options = spec.options;
  std::string thing = fmt::format("input \"{}\"", spec.input);
  bool isPicture = shape.size() == 4;
  bool isLast = isPicture && colorsOf(shape[3]);
  bool isFirst = isPicture && !isLast && colorsOf(shape[1]);
  if (!isLast && !isFirst)
    return fail(thing, fmt::format("has shape {}", formatShape(shape)),
                "pictures have a height, a width and 1, 3 or 4 channels",
                "give the data as arrays in an .npz");
  ImageFormat format;
  format.channelsFirst = isFirst;
  format.height = int(shape[isFirst ? 2 : 1]);
  format.width = int(shape[isFirst ? 3 : 2]);
  int64_t channels = shape[isFirst ? 1 : 3];
  format.colors = *colorsOf(channels);
  if (options.size && (options.size->height != format.height ||
                       options.size->width != format.width))
    return fail(
        thing,
        fmt::format("takes pictures of {}x{}", format.height, format.width),
        fmt::format("the image size is {}x{}", options.size->height,
                    options.size->width),
        "leave --image-size out, or resize the model with dlc edit "
        "--input-shape");
  if (options.colors && *options.colors != format.colors)
    return fail(thing, fmt::format("has {} channels", channels),
                fmt::format("the color mode has {}",
                            image::channelsOf(*options.colors)),
                "leave --color-mode out");
  bool needsThree = options.preprocess == Preprocess::Caffe ||
                    options.preprocess == Preprocess::Torch;
  if (needsThree && channels != 3)
    return fail(thing, fmt::format("has {} channels", channels),
                "the modes caffe and torch have means for 3",
                "use --preprocess tf or --rescale");
  format.interpolation = options.interpolation;
  format.keepAspectRatio = options.keepAspectRatio;
  format.augmentation = options.augmentation;
  format.preprocess = options.preprocess;
  format.seed = options.seed;
  auto cores = int(std::thread::hardware_concurrency());
  format.workers = options.workers > 0 ? options.workers : std::max(1, cores);
  return format;
}

} // namespace dlc::data
