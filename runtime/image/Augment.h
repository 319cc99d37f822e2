// Random transforms of training images: Keras' ImageDataGenerator.
#pragma once

#include "runtime/core/Error.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace dlc::image {

/// What stands outside of the picture: scipy.ndimage's modes by Keras' names.
enum class FillMode { Nearest, Constant, Reflect, Wrap };

/// width_shift_range or height_shift_range.
struct ShiftRange {
  enum class Kind {
    None,
    Uniform, ///< a float f: uniform in [-f, f)
    Whole,   ///< an int n: one of 0 to n - 1, either sign
    Choice,  ///< a list: one of its elements, either sign
  };
  Kind kind = Kind::None;
  /// The one number, or the list. If the largest is under 1, they are fractions
  /// of the picture's side, else pixels.
  std::vector<double> values = {};
};

/// ImageDataGenerator's arguments, with its defaults: nothing is changed.
struct Augmentation {
  double rotationRange = 0; ///< degrees
  ShiftRange widthShiftRange, heightShiftRange;
  std::optional<std::array<double, 2>> brightnessRange;
  double shearRange = 0; ///< degrees
  std::array<double, 2> zoomRange = {1, 1};
  double channelShiftRange = 0; ///< grey levels
  FillMode fillMode = FillMode::Nearest;
  double cval = 0;
  bool horizontalFlip = false;
  bool verticalFlip = false;
  int interpolationOrder = 1; ///< 0: the nearest pixel, 1: bilinear
  double rescale = 0;         ///< 0: none
  bool samplewiseCenter = false;
  bool samplewiseStdNormalization = false;
};

/// Reads ImageDataGenerator's arguments by its names, as
/// `rotation_range=20,zoom_range=[0.8,1.2],horizontal_flip=true` (Python's
/// True, False, None and round brackets are understood) or as a JSON object.
/// Errors name the argument: unknown, with the nearest known; of a wrong type
/// or out of range; needing what dlc does not have: a fit over the data
/// (featurewise_*, zca_whitening) or a Python function.
Expected<Augmentation> parseAugmentation(const std::string &text);

/// All arguments as JSON that parseAugmentation reads back.
std::string printAugmentation(const Augmentation &augmentation);

/// What get_random_transform draws for one picture, by its names.
struct Transform {
  double theta = 0; ///< degrees
  /// Pixels. tx comes from height_shift_range and ty from width_shift_range,
  /// but Keras moves along the rows by tx and down them by ty, and so does
  /// this.
  double tx = 0, ty = 0;
  double shear = 0;      ///< degrees
  double zx = 1, zy = 1; ///< above 1 shows more of the picture
  bool flipHorizontal = false;
  bool flipVertical = false;
  std::optional<double> channelShiftIntensity;
  std::optional<double> brightness;
};

/// The parameters for sample `index` in `epoch`: a function of its arguments
/// alone, so that it does not matter which worker draws, or when.
Transform draw(const Augmentation &augmentation, int height, int width,
               uint64_t seed, uint64_t epoch, uint64_t index);

/// An image of floats in place: height * width * channels, channels innermost.
struct FloatImage {
  int height, width, channels;
  std::span<float> pixels;
};

/// ImageDataGenerator.apply_transform(x, transform): affine, channel shift,
/// flips, brightness, in this order. Of `augmentation` it reads fillMode, cval
/// and interpolationOrder.
void applyTransform(const Augmentation &augmentation,
                    const Transform &transform, FloatImage image);

/// ImageDataGenerator.standardize(x): rescale, samplewise_center,
/// samplewise_std_normalization. Validation data get this alone.
void standardize(const Augmentation &augmentation, FloatImage image);

} // namespace dlc::image
