// Where Keras keeps the weights of each layer in model.weights.h5.
#pragma once

#include "dialects/layer/Layer.h"
#include "llvm/ADT/StringMap.h"

namespace dlc::layer {

/// The layers of a model in the order of `model.layers`: names without
/// repeats, functions of keras.ops left out.
llvm::SmallVector<llvm::StringRef> getLayerOrder(ModelOp model);

/// From the name of each layer of the model to its group: "layers/conv2d",
/// "layers/conv2d_1" for the second of its class. That of a nested model
/// prefixes those of its own layers: "layers/functional/layers/dense". The
/// weights are those that listDatasets names in it.
llvm::StringMap<std::string> getWeightPaths(ModelOp model);

/// A layer of the whole model: the names of the calls that lead to it, then its
/// own.
using LayerPath = llvm::SmallVector<llvm::StringRef>;

/// Where a layer's weights are.
struct WeightPlace {
  std::string name;  // before their names: "encoder/dense"
  std::string group; // in the file: "layers/functional/layers/dense"
};

/// The layer whose weights a layer of `model` has, because one object stands in
/// several models; empty for a layer with its own. A model keeps them in
/// `keras` under `shared`, as lists of names by layer.
LayerPath findOwner(ModelOp model, llvm::StringRef layer);

/// Where the weights of a layer of the whole model `main` are.
WeightPlace placeWeights(ModelOp main, const LayerPath &path);

/// Where the weights of a layer are within its group, in their order:
/// "vars/0", "vars/1", ...; those of a layer inside it are counted anew:
/// "query_dense/vars/0".
llvm::SmallVector<std::string> listDatasets(llvm::ArrayRef<WeightSpec> weights);

} // namespace dlc::layer
