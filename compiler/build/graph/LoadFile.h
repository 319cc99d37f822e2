// A model's file as a graph that can be edited.
#pragma once

#include "compiler/build/graph/GraphState.h"

namespace dlc::build {

/// The model of a file in a graph of its own. Of `load.inputShapes` it takes
/// the sizes that the file leaves free.
Expected<std::shared_ptr<ModelState>>
loadFile(const std::filesystem::path &file, const LoadOptions &load);

} // namespace dlc::build
