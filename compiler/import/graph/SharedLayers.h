// One layer object in several models of a file.
#pragma once

#include "compiler/import/graph/Graph.h"
#include "runtime/keras/KerasFile.h"

namespace dlc::importer {

/// A layer of a file: the names of the models that lead to it, then its own.
using LayerNames = std::vector<std::string>;

/// Layers that are also in another model of the file. A layer that is called
/// twice in one model stands there once and is none of them.
struct SharedLayers {
  /// The first place where the file has the object.
  std::map<LayerNames, LayerNames> places;
  /// The several places that may be that one: objects that differ in their
  /// weights alone. Of layers without weights that says nothing.
  std::map<LayerNames, std::vector<LayerNames>> unclear;
};

/// `weights` are those of the file, if it has some.
SharedLayers findSharedLayers(const Graph &graph,
                              const keras::WeightMap &weights);

} // namespace dlc::importer
