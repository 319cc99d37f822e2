// The layer dialect itself.
#include "dialects/layer/Layer.h"

using namespace dlc::layer;

#include "dialects/layer/LayerDialect.cpp.inc"
#include "dialects/layer/LayerInterface.cpp.inc"

mlir::DictionaryAttr dlc::layer::getSharedConfig(mlir::Operation *op) {
  mlir::NamedAttrList attributes(op->getAttrDictionary());
  attributes.erase("training");
  if (auto layer = llvm::dyn_cast<LayerOpInterface>(op))
    for (llvm::StringRef key : layer.getCallKeys())
      attributes.erase(key);
  op->getName().populateDefaultAttrs(attributes);
  return attributes.getDictionary(op->getContext());
}

llvm::SmallVector<llvm::StringRef>
dlc::layer::nameOperands(mlir::ArrayAttr arguments,
                         llvm::ArrayRef<llvm::StringRef> parameters,
                         size_t count) {
  if (arguments)
    return llvm::to_vector(arguments.getAsValueRange<mlir::StringAttr>());
  return llvm::to_vector(parameters.take_front(count));
}

void LayerDialect::initialize() {
  registerModelOps();
  registerLayerOps();
  registerSpatialOps();
  registerNormalizationOps();
  registerAttentionOps();
  registerNodeOps();
  registerTrainOps();
}
