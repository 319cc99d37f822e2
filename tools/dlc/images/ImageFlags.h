// Options for data that are pictures.
#pragma once

#include "runtime/data/images/ImageData.h"
#include "tools/dlc/Options.h"

namespace dlc::tool {

/// Adds --image-size, --color-mode, --interpolation, --keep-aspect-ratio,
/// --rescale, --preprocess, --workers, --on-bad-image, and for training
/// --augment. They are stored as text until the data are opened.
void addImageOptions(CLI::App &app, RunOptions &options, bool isTraining);

/// What the options say; what they do not say is as `kept` has it, which a
/// trained model keeps (Session::pictureFormat), else as in Keras.
Expected<data::ImageOptions> parseImageFlags(const ImageFlags &flags,
                                             uint64_t seed,
                                             const std::string &kept);

} // namespace dlc::tool
