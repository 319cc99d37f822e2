// What the networks of keras.applications want done to pixels first. The
// numbers, and the order of the operations, are those of
// keras/src/applications/imagenet_utils.py.
#include "runtime/data/images/Preprocess.h"

#include <fmt/format.h>

#include <utility>

namespace dlc::data {

namespace {

constexpr std::pair<std::string_view, Preprocess> modes[] = {
    {"none", Preprocess::None},
    {"tf", Preprocess::Tf},
    {"caffe", Preprocess::Caffe},
    {"torch", Preprocess::Torch}};

} // namespace

Expected<Preprocess> parsePreprocess(std::string_view name) {
  for (const auto &[known, mode] : modes)
    if (known == name)
      return mode;
  return fail("preprocess", fmt::format("is \"{}\"", name),
              "the modes of keras.applications are tf, caffe and torch",
              "give one of these, or none");
}

std::string_view nameOf(Preprocess mode) {
  for (const auto &[name, known] : modes)
    if (known == mode)
      return name;
  return {};
}

void preprocess(Preprocess mode, std::span<float> pixels, int channels) {
  constexpr float bgrMeans[] = {103.939f, 116.779f, 123.68f};
  constexpr float means[] = {0.485f, 0.456f, 0.406f};
  constexpr float deviations[] = {0.229f, 0.224f, 0.225f};
  switch (mode) {
  case Preprocess::None:
    return;
  case Preprocess::Tf:
    for (float &pixel : pixels)
      pixel = pixel / 127.5f - 1.0f;
    return;
  case Preprocess::Caffe:
    for (size_t i = 0; i + 3 <= pixels.size(); i += size_t(channels)) {
      std::swap(pixels[i], pixels[i + 2]);
      for (size_t c = 0; c < 3; ++c)
        pixels[i + c] -= bgrMeans[c];
    }
    return;
  case Preprocess::Torch:
    for (size_t i = 0; i + 3 <= pixels.size(); i += size_t(channels))
      for (size_t c = 0; c < 3; ++c)
        pixels[i + c] = (pixels[i + c] / 255.0f - means[c]) / deviations[c];
    return;
  }
}

} // namespace dlc::data
