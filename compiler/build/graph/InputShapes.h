// Other input sizes for a model that has weights.
#pragma once

#include "compiler/build/graph/GraphState.h"

namespace dlc::build {

/// Gives inputs other shapes (of one sample, by input name, "" for the only
/// one) and all layers the types that follow. A layer whose weights would have
/// other shapes is an error. The model has a graph of its own.
Expected<void> setInputShapes(ModelState &model,
                              const std::map<std::string, Shape> &shapes);

} // namespace dlc::build
