// What the networks of keras.applications want done to pixels first.
#pragma once

#include "runtime/core/Error.h"

#include <span>
#include <string_view>

namespace dlc::data {

/// The modes of keras.applications.imagenet_utils.preprocess_input.
enum class Preprocess {
  None,
  Tf,    ///< to [-1, 1]: MobileNet, Inception, Xception, ResNet V2
  Caffe, ///< BGR, less ImageNet's means: VGG, ResNet
  Torch, ///< to [0, 1], less ImageNet's means, over its deviations: DenseNet
};

/// "none", "tf", "caffe" or "torch".
Expected<Preprocess> parsePreprocess(std::string_view name);
std::string_view nameOf(Preprocess mode);

/// In place, on pixels of 0 to 255 with `channels` side by side: 3, or any
/// number for Tf.
void preprocess(Preprocess mode, std::span<float> pixels, int channels);

} // namespace dlc::data
