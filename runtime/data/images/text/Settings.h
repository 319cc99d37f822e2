// How pictures are read, from text, as the commands and the C API take it.
#pragma once

#include "runtime/data/images/ImageData.h"

#include <string>
#include <string_view>

namespace dlc::data {

/// What is given for each setting, by ImageDataGenerator's names where it has
/// one; empty: not given.
struct ImageSettings {
  std::string imageSize = {}; // "224x224", height first
  std::string colorMode = {}; // "rgb", "grayscale", "rgba"
  std::string interpolation = {};
  std::string rescale = {}; // "1/255"
  std::string preprocess = {};
  std::string augment = {};    // "rotation_range=20,horizontal_flip=true"
  std::string onBadImage = {}; // "error", "skip"
  std::optional<bool> keepAspectRatio = {};
  int workers = 0;
};

/// What errors call a setting, as "--image-size" for "image_size".
using NameImageSetting = std::string (*)(std::string_view setting);

/// "224x224", or none for an empty text. The error names the setting.
Expected<std::optional<ImageOptions::Size>>
parseImageSize(const std::string &text, NameImageSetting name);

/// What the settings say; what they do not say is as `kept` has it, which a
/// trained model keeps (Session::pictureFormat), else as in Keras. Errors name
/// the setting.
Expected<ImageOptions> parseImageSettings(const ImageSettings &settings,
                                          uint64_t seed,
                                          const std::string &kept,
                                          NameImageSetting name);

} // namespace dlc::data
