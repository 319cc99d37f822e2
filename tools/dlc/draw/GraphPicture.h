// The layers of a model as SVG, with the kernels that serve them.
#pragma once

#include "compiler/Compile.h"
#include "runtime/artifact/Artifact.h"

#include <string>

namespace dlc::tool {

/// The styles that a picture of a graph wants, light and dark, for a page or a
/// file of its own.
std::string graphStyle();

/// An <svg> of boxes as keras.utils.plot_model(show_shapes, expand_nested)
/// draws them: class, name, shapes; nested models in frames. With a program,
/// each box has the numbers of the launches that serve it in their colours, a
/// band joins the layers that one launch serves, and a list names the launches.
std::string drawGraph(const LayerGraph &graph,
                      const artifact::Program *program);

/// The colour of the launch of this number, for SVG and CSS.
std::string launchColour(size_t launch);

} // namespace dlc::tool
