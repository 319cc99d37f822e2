// Options for data that are pictures.
#include "tools/dlc/images/ImageFlags.h"
#include "runtime/data/images/KeptFormat.h"
#include "tools/dlc/show/Line.h"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

namespace dlc::tool {

namespace {

/// "224x224": height and width.
Expected<data::ImageOptions::Size> parseSize(const std::string &text) {
  data::ImageOptions::Size size{};
  const char *end = text.data() + text.size();
  auto [x, error] = std::from_chars(text.data(), end, size.height);
  bool isRight = error == std::errc() && x != end && *x == 'x';
  if (isRight) {
    auto [stop, wrong] = std::from_chars(x + 1, end, size.width);
    isRight = wrong == std::errc() && stop == end;
  }
  constexpr int largest = 1 << 15;
  if (!isRight || size.height < 1 || size.width < 1 || size.height > largest ||
      size.width > largest)
    return fail("--image-size", fmt::format("is \"{}\"", text),
                fmt::format("it is a height and a width of 1 to {}", largest),
                "write it as 224x224");
  return size;
}

/// "1/255", "1./255" or "0.5".
Expected<double> parseRescale(const std::string &text) {
  auto number = [](std::string_view part) -> std::optional<double> {
    double value = 0;
    auto [stop, error] =
        std::from_chars(part.data(), part.data() + part.size(), value);
    if (part.empty() || error != std::errc() ||
        stop != part.data() + part.size())
      return std::nullopt;
    return value;
  };
  size_t slash = text.find('/');
  auto above = number(std::string_view(text).substr(0, slash));
  auto below = slash == std::string::npos
                   ? std::optional(1.0)
                   : number(std::string_view(text).substr(slash + 1));
  double value = above && below ? *above / *below : 0;
  if (value == 0 || !std::isfinite(value))
    return fail("--rescale", fmt::format("is \"{}\"", text),
                "it is a number that pixels are multiplied by",
                "write it as 1/255");
  return value;
}

image::ColorMode parseColors(const std::string &text) {
  return text == "grayscale" ? image::ColorMode::Grayscale
         : text == "rgba"    ? image::ColorMode::Rgba
                             : image::ColorMode::Rgb;
}

/// An error about an option is told with the option's name: its exit code is
/// that of a wrong command line.
Unexpected<Error> failOption(const char *option, Error error) {
  error.thing = fmt::format("{}: {}", option, error.thing);
  return Unexpected(std::move(error));
}

/// What --augment says; samplewise statistics are then its own, too.
Expected<void> applyAugment(const std::string &text,
                            data::ImageOptions &options) {
  auto augmentation = image::parseAugmentation(text);
  if (!augmentation)
    return failOption("--augment", augmentation.error());
  if (augmentation->rescale == 0)
    augmentation->rescale = options.augmentation.rescale;
  else
    options.preprocess = data::Preprocess::None;
  options.augmentation = *std::move(augmentation);
  return {};
}

Expected<void> applyRescale(const ImageFlags &flags,
                            data::ImageOptions &options) {
  auto rescale = parseRescale(flags.rescale);
  if (!rescale)
    return Unexpected(rescale.error());
  auto augmentation = image::parseAugmentation(flags.augment);
  if (augmentation && augmentation->rescale != 0 &&
      augmentation->rescale != *rescale)
    return fail("--rescale", fmt::format("is {}", *rescale),
                fmt::format("--augment says rescale={}", augmentation->rescale),
                "give one of them");
  options.augmentation.rescale = *rescale;
  return {};
}

} // namespace

Expected<data::ImageOptions> parseImageFlags(const ImageFlags &flags,
                                             uint64_t seed,
                                             const std::string &kept) {
  data::ImageOptions options;
  if (auto applied = data::applyKeptFormat(kept, options); !applied)
    return Unexpected(applied.error());
  if (!flags.size.empty()) {
    auto size = parseSize(flags.size);
    if (!size)
      return Unexpected(size.error());
    options.size = *size;
  }
  if (!flags.colors.empty())
    options.colors = parseColors(flags.colors);
  if (!flags.interpolation.empty()) {
    auto interpolation = image::parseInterpolation(flags.interpolation);
    if (!interpolation)
      return failOption("--interpolation", interpolation.error());
    options.interpolation = *interpolation;
  }
  // Both say what becomes of the values: one alone leaves none of the other.
  if (!flags.rescale.empty() || !flags.preprocess.empty()) {
    options.augmentation.rescale = 0;
    options.preprocess = data::Preprocess::None;
  }
  if (!flags.augment.empty())
    if (auto applied = applyAugment(flags.augment, options); !applied)
      return Unexpected(applied.error());
  if (!flags.rescale.empty())
    if (auto applied = applyRescale(flags, options); !applied)
      return Unexpected(applied.error());
  if (!flags.preprocess.empty()) {
    auto mode = data::parsePreprocess(flags.preprocess);
    if (!mode)
      return Unexpected(mode.error());
    options.preprocess = *mode;
  }
  if (flags.keepAspectRatio)
    options.keepAspectRatio = *flags.keepAspectRatio;
  options.workers = flags.workers;
  options.skipBad = flags.onBad == "skip";
  options.seed = seed;
  options.onBad = [](const Error &error) {
    fmt::print(stderr, "dlc: note: {}: {}; it is left out\n",
               toLine(error.thing), toLine(error.value));
  };
  return options;
}

void addImageOptions(CLI::App &app, RunOptions &options, bool isTraining) {
  ImageFlags &flags = options.images;
  const char *group = "Pictures";
  app.add_option("--image-size", flags.size,
                 "height and width that pictures are resized to, as in 224x224 "
                 "(default: what the model takes)")
      ->group(group);
  app.add_option("--color-mode", flags.colors,
                 "rgb, grayscale or rgba (default: by the model's channels)")
      ->check(CLI::IsMember({"rgb", "grayscale", "rgba"}))
      ->group(group);
  app.add_option(
         "--interpolation", flags.interpolation,
         "nearest, bilinear, bicubic, box, hamming or lanczos (default: as "
         "the model was trained, else nearest)")
      ->group(group);
  app.add_flag_function(
         "--keep-aspect-ratio,!--no-keep-aspect-ratio",
         [&flags](int64_t times) { flags.keepAspectRatio = times > 0; },
         "cut the middle out of pictures of another shape (default: as the "
         "model was trained, else no)")
      ->group(group);
  app.add_option("--rescale", flags.rescale,
                 "what pixels of 0 to 255 are multiplied by, as in 1/255 "
                 "(default: as the model was trained, else nothing)")
      ->group(group);
  app.add_option("--preprocess", flags.preprocess,
                 "what a network of keras.applications wants: tf (to [-1, 1]), "
                 "caffe or torch, as its preprocess_input does; or none "
                 "(default: as the model was trained, else none)")
      ->check(CLI::IsMember({"tf", "caffe", "torch", "none"}))
      ->group(group);
  if (isTraining)
    app.add_option("--augment", flags.augment,
                   "ImageDataGenerator's arguments, for training alone, as in "
                   "rotation_range=20,horizontal_flip=true")
        ->group(group);
  app.add_option("--on-bad-image", flags.onBad,
                 "error: a damaged picture ends the run; skip: all are decoded "
                 "first, and the damaged ones left out (default: error)")
      ->check(CLI::IsMember({"error", "skip"}))
      ->group(group);
  app.add_option("--workers", flags.workers,
                 "threads that decode ahead of the steps; results do not "
                 "depend on it (default: as many as there are cores)")
      ->check(CLI::Range(1, 1024))
      ->group(group);
  // What the file leaves free is then known before the model is compiled.
  app.parse_complete_callback([&options] {
    auto size = parseSize(options.images.size);
    bool isFree = options.model.inputShapes.empty() &&
                  !options.model.model.ends_with(".dlc");
    if (size && isFree)
      options.model.inputShapes[""] = {size->height, size->width, batchDim};
  });
}

} // namespace dlc::tool
