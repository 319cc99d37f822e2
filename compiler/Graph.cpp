// Walks a model and the models that it calls.
#include "compiler/Graph.h"
#include "dialects/layer/Layer.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace dlc;

/// layer.constant is a number, not a layer.
static StringRef nameOf(Operation &op) {
  if (auto call = dyn_cast<layer::CallOp>(op))
    return call.getName();
  auto layerOp = dyn_cast<layer::LayerOpInterface>(op);
  return layerOp ? layerOp.getName() : StringRef();
}

static void addShapes(std::vector<Shape> &shapes, TypeRange types) {
  for (Type type : types) {
    Shape &shape = shapes.emplace_back();
    for (int64_t size : cast<RankedTensorType>(type).getShape())
      shape.push_back(ShapedType::isDynamic(size) ? batchDim : size);
  }
}

static std::vector<LayerNode> listLayers(layer::ModelOp model,
                                         const std::string &prefix) {
  std::vector<LayerNode> layers;
  llvm::StringMap<size_t> indices;
  for (Operation &op : model.getBody().front()) {
    StringRef name = nameOf(op);
    if (name.empty())
      continue;
    auto [entry, isNew] = indices.try_emplace(name, layers.size());
    if (isNew) {
      LayerNode &node = layers.emplace_back();
      node.name = name.str();
      node.path = prefix + node.name;
      if (auto call = dyn_cast<layer::CallOp>(op)) {
        auto callee = SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
            call, call.getModelAttr());
        node.kerasClass = callee.getKind().str();
        node.layers = listLayers(callee, node.path + "/");
      } else {
        node.kerasClass =
            cast<layer::KerasOpInterface>(op).getKerasClass().str();
      }
    }
    LayerNode &node = layers[entry->second];
    addShapes(node.inputShapes, op.getOperandTypes());
    addShapes(node.outputShapes, op.getResultTypes());
    for (Value operand : op.getOperands()) {
      StringRef source = nameOf(*operand.getDefiningOp());
      if (source.empty())
        continue;
      size_t index = indices.at(source);
      // A shared layer that reads what it made itself has no arrow.
      if (index != entry->second && !llvm::is_contained(node.reads, index))
        node.reads.push_back(index);
    }
  }
  return layers;
}

LayerGraph dlc::describeModule(ModuleOp module) {
  layer::ModelOp model = *layer::findMainModel(module);
  return {model.getSymName().str(), listLayers(model, "")};
}
