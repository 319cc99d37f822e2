#include "runtime/image/formats/Decoders.h"

#include <algorithm>
#include <fmt/format.h>

namespace dlc::image {

namespace {

constexpr const char *replaceIt =
    "replace the file or leave it out of the data";

/// Libraries quote files: what is no plain character would break the line.
std::string onOneLine(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(line, [](char c) { return c < ' ' || c > '~'; }, '?');
  return line;
}

} // namespace

Expected<void> checkSize(int64_t height, int64_t width,
                         const std::string &name) {
  if (height < 1 || width < 1)
    return fail(name, fmt::format("has {} rows of {} pixels", height, width),
                "a picture has at least one of each", replaceIt);
  if (height > maxSide || width > maxSide || height * width > maxPixels)
    return fail(
        name, fmt::format("has {} rows of {} pixels", height, width),
        fmt::format("a side may have {} and a picture {}", maxSide, maxPixels),
        "make it smaller or leave it out of the data");
  return {};
}

Picture makePicture(int height, int width, ColorMode mode) {
  Picture picture{height, width, channelsOf(mode), {}, {}};
  picture.pixels.resize(picture.count());
  return picture;
}

Unexpected<Error> failDamaged(const std::string &name, std::string_view why) {
  return fail(name, fmt::format("is damaged ({})", onOneLine(why)),
              "only whole pictures are trained on", replaceIt);
}

Unexpected<Error> failCutOff(const std::string &name) {
  return fail(name, "ends before its picture does",
              "only whole pictures are trained on", replaceIt);
}

Unexpected<Error> failUnsupported(const std::string &name, std::string what) {
  return fail(name, std::move(what), "Keras reads none such either",
              "convert it or leave it out of the data");
}

} // namespace dlc::image
