// How pictures are read, from text, as the commands and the C API take it.
#include "runtime/data/images/text/Settings.h"
#include "runtime/data/images/KeptFormat.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace dlc::data {

namespace {

std::optional<double> parseNumber(std::string_view text) {
  double value = 0;
  auto [stop, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || stop != text.data() + text.size())
    return std::nullopt;
  return value;
}

/// "1/255", "1./255" or "0.5".
Expected<double> parseRescale(const std::string &text,
                              const std::string &setting) {
  size_t slash = text.find('/');
  auto above = parseNumber(std::string_view(text).substr(0, slash));
  auto below = slash == std::string::npos
                   ? std::optional(1.0)
                   : parseNumber(std::string_view(text).substr(slash + 1));
  double value = above && below ? *above / *below : 0;
  if (value == 0 || !std::isfinite(value))
    return fail(setting, fmt::format("is \"{}\"", text),
                "it is a number that pixels are multiplied by",
                "write it as 1/255");
  return value;
}

Expected<image::ColorMode> parseColors(const std::string &text,
                                       const std::string &setting) {
  if (text == "rgb")
    return image::ColorMode::Rgb;
  if (text == "grayscale")
    return image::ColorMode::Grayscale;
  if (text == "rgba")
    return image::ColorMode::Rgba;
  return fail(setting, fmt::format("is \"{}\"", text),
              "it is rgb, grayscale or rgba", "choose one of them");
}

/// Whether damaged pictures are left out.
Expected<bool> parseOnBad(const std::string &text, const std::string &setting) {
  if (text == "skip" || text == "error" || text.empty())
    return text == "skip";
  return fail(setting, fmt::format("is \"{}\"", text), "it is error or skip",
              "choose one of them");
}

/// An error about a setting is told with the setting's name: the exit code of
/// a command is then that of a wrong command line.
Unexpected<Error> failSetting(const std::string &setting, Error error) {
  error.thing = fmt::format("{}: {}", setting, error.thing);
  return Unexpected(std::move(error));
}

/// What `augment` says; samplewise statistics are then its own, too.
Expected<void> applyAugment(const std::string &text, const std::string &setting,
                            ImageOptions &options) {
  auto augmentation = image::parseAugmentation(text);
  if (!augmentation)
    return failSetting(setting, augmentation.error());
  if (augmentation->rescale == 0)
    augmentation->rescale = options.augmentation.rescale;
  else
    options.preprocess = Preprocess::None;
  options.augmentation = *std::move(augmentation);
  return {};
}

Expected<void> applyRescale(const ImageSettings &settings,
                            const std::string &setting, ImageOptions &options) {
  auto rescale = parseRescale(settings.rescale, setting);
  if (!rescale)
    return Unexpected(rescale.error());
  auto augmentation = image::parseAugmentation(settings.augment);
  if (augmentation && augmentation->rescale != 0 &&
      augmentation->rescale != *rescale)
    return fail(
        setting, fmt::format("is {}", *rescale),
        fmt::format("the augmentation says rescale={}", augmentation->rescale),
        "give one of them");
  options.augmentation.rescale = *rescale;
  return {};
}

/// What becomes of the values.
Expected<void> applyValues(const ImageSettings &settings, NameImageSetting name,
                           ImageOptions &options) {
  // Both say it: one alone leaves none of the other.
  if (!settings.rescale.empty() || !settings.preprocess.empty()) {
    options.augmentation.rescale = 0;
    options.preprocess = Preprocess::None;
  }
  if (!settings.augment.empty())
    if (auto applied = applyAugment(settings.augment, name("augment"), options);
        !applied)
      return applied;
  if (!settings.rescale.empty())
    if (auto applied = applyRescale(settings, name("rescale"), options);
        !applied)
      return applied;
  if (settings.preprocess.empty())
    return {};
  auto mode = parsePreprocess(settings.preprocess);
  if (!mode) {
    mode.error().thing = name("preprocess");
    return Unexpected(mode.error());
  }
  options.preprocess = *mode;
  return {};
}

} // namespace

Expected<std::optional<ImageOptions::Size>>
parseImageSize(const std::string &text, NameImageSetting name) {
  if (text.empty())
    return std::optional<ImageOptions::Size>();
  ImageOptions::Size size{};
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
    return fail(name("image_size"), fmt::format("is \"{}\"", text),
                fmt::format("it is a height and a width of 1 to {}", largest),
                "write it as 224x224");
  return std::optional(size);
}

Expected<ImageOptions> parseImageSettings(const ImageSettings &settings,
                                          uint64_t seed,
                                          const std::string &kept,
                                          NameImageSetting name) {
  ImageOptions options;
  if (auto applied = applyKeptFormat(kept, options); !applied)
    return Unexpected(applied.error());
  auto size = parseImageSize(settings.imageSize, name);
  if (!size)
    return Unexpected(size.error());
  options.size = *size;
  if (!settings.colorMode.empty()) {
    auto colors = parseColors(settings.colorMode, name("color_mode"));
    if (!colors)
      return Unexpected(colors.error());
    options.colors = *colors;
  }
  if (!settings.interpolation.empty()) {
    auto interpolation = image::parseInterpolation(settings.interpolation);
    if (!interpolation)
      return failSetting(name("interpolation"), interpolation.error());
    options.interpolation = *interpolation;
  }
  if (auto applied = applyValues(settings, name, options); !applied)
    return Unexpected(applied.error());
  if (settings.keepAspectRatio)
    options.keepAspectRatio = *settings.keepAspectRatio;
  auto skips = parseOnBad(settings.onBadImage, name("on_bad_image"));
  if (!skips)
    return Unexpected(skips.error());
  options.skipBad = *skips;
  options.workers = settings.workers;
  options.seed = seed;
  return options;
}

} // namespace dlc::data
