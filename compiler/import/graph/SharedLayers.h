// One layer object in several models of a file.
#pragma once

#include "compiler/import/graph/Graph.h"

namespace dlc::importer {

/// A layer of a file: the names of the models that lead to it, then its own.
using LayerNames = std::vector<std::string>;

/// Layers that are also in another model of the file, each with the first place
/// where the file has it. A layer that is called twice in one model stands
/// there once and is none of them.
using SharedLayers = std::map<LayerNames, LayerNames>;

SharedLayers findSharedLayers(const Graph &graph);

} // namespace dlc::importer
