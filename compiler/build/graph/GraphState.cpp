// The builder's state: making it, and finding layers in it.
#include "compiler/build/graph/GraphState.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

std::shared_ptr<MLIRContext> build::makeContext() {
  auto context = std::make_shared<MLIRContext>();
  context->loadDialect<layer::LayerDialect>();
  return context;
}

GraphState::GraphState(std::shared_ptr<MLIRContext> shared)
    : context(std::move(shared)) {
  Location loc = UnknownLoc::get(context.get());
  module = ModuleOp::create(loc);
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  body =
      layer::ModelOp::create(b, loc, "graph", "Functional", /*trainable=*/true,
                             /*layers=*/nullptr, /*keras=*/nullptr);
  body.getBody().emplaceBlock();
}

KerasTensor build::makeTensor(std::shared_ptr<GraphState> graph, Value value) {
  return KerasTensor(std::make_shared<const TensorState>(
      TensorState{std::move(graph), value, std::nullopt}));
}

KerasTensor build::makeFailed(Error error) {
  return KerasTensor(std::make_shared<const TensorState>(
      TensorState{nullptr, Value(), std::move(error)}));
}

StringRef build::getLayerName(Operation *op) {
  if (auto call = dyn_cast<layer::CallOp>(op))
    return call.getName();
  auto layer = dyn_cast<layer::LayerOpInterface>(op);
  return layer ? layer.getName() : StringRef();
}

bool build::isLayer(Operation *op) {
  if (isa<layer::CallOp>(op))
    return true;
  auto layer = dyn_cast<layer::LayerOpInterface>(op);
  return layer && !layer.getKerasModule().starts_with("keras.src.ops");
}

SmallVector<Operation *> build::findCalls(Block &block, StringRef name) {
  SmallVector<Operation *> calls;
  for (Operation &op : block)
    if (getLayerName(&op) == name)
      calls.push_back(&op);
  return calls;
}

layer::ModelOp build::findNested(layer::CallOp call) {
  return SymbolTable::lookupNearestSymbolFrom<layer::ModelOp>(
      call->getParentOfType<layer::ModelOp>()->getParentOp(),
      call.getModelAttr());
}
