// Options for data that are pictures.
#pragma once

#include "tools/dlc/options/Options.h"

namespace dlc::tool {

/// Adds --image-size, --color-mode, --interpolation, --keep-aspect-ratio,
/// --rescale, --preprocess, --workers, --on-bad-image, and for training
/// --augment. They are stored as text until the data are opened.
void addImageOptions(CLI::App &app, RunOptions &options, bool isTraining);

} // namespace dlc::tool
