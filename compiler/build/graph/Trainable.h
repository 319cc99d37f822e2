// Freezing layers.
#pragma once

#include "compiler/build/graph/GraphState.h"

namespace dlc::build {

/// Sets `trainable` of the model's layers whose path ("conv1", "base/conv1")
/// matches a shell pattern, in which * stops at a slash. A nested model takes
/// its layers along; a layer that is to train takes the models around it along.
Expected<void> setTrainable(ModelState &model, const std::string &pattern,
                            bool trainable);

} // namespace dlc::build
