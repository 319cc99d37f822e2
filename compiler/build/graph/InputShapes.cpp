// Infers the types of all ops again, in their order.
#include "compiler/build/graph/InputShapes.h"
#include "compiler/import/Diagnostics.h"
#include "compiler/import/InputShapes.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::build;

static std::string describe(RankedTensorType type) {
  return formatShape(Shape(type.getShape().begin(), type.getShape().end()));
}

static RankedTensorType withSample(RankedTensorType type, const Shape &shape) {
  SmallVector<int64_t> all = {type.getShape().front()};
  llvm::append_range(all, shape);
  return RankedTensorType::get(all, type.getElementType());
}

static void setShape(layer::InputOp input, RankedTensorType type) {
  Builder b(input.getContext());
  input.setShapeAttr(b.getI64ArrayAttr(type.getShape().drop_front()));
  input.getResult().setType(type);
}

/// The weights that a layer has and those that it would need now.
static Expected<void> compareWeights(const std::string &thing,
                                     ArrayRef<layer::WeightSpec> has,
                                     ArrayRef<layer::WeightSpec> needs) {
  for (auto [before, after] : llvm::zip(has, needs))
    if (before.type != after.type)
      return fail(thing,
                  "has a " + before.name.str() + " of shape " +
                      describe(before.type),
                  "inputs of this shape need " + describe(after.type),
                  "cut the model before this layer, or keep the shape");
  return {};
}

/// The result types of a layer or function that follow from its operands'.
static Expected<void> inferOp(Operation *op, const std::string &path) {
  auto *infer = op->getName().getInterface<InferTypeOpInterface>();
  if (!infer)
    return {};
  importer::DiagnosticCatcher catcher(op->getContext());
  SmallVector<Type> types;
  if (failed(infer->inferReturnTypes(op->getContext(), op->getLoc(),
                                     op->getOperands(), op->getAttrDictionary(),
                                     OpaqueProperties(nullptr), RegionRange(),
                                     types)))
    return catcher.error("layer \"" + path + "\"");
  for (auto [result, type] : llvm::zip(op->getResults(), types))
    result.setType(type);
  return {};
}

namespace {

/// Weights by path as they are before any type changes.
using Weights = std::map<std::string, SmallVector<layer::WeightSpec>>;

} // namespace

static void collectWeights(Block &block, const std::string &prefix,
                           Weights &weights) {
  for (Operation &op : block) {
    std::string path = prefix + getLayerName(&op).str();
    if (auto call = dyn_cast<layer::CallOp>(op))
      collectWeights(findNested(call).getBody().front(), path + "/", weights);
    else if (auto layer = dyn_cast<layer::LayerOpInterface>(op))
      weights[path] = layer.weights();
  }
}

static Expected<void> updateBlock(Block &block, const std::string &prefix,
                                  const Weights &weights);

/// A nested model gets the types of its arguments.
static Expected<void> updateCall(layer::CallOp call, const std::string &path,
                                 const Weights &weights) {
  layer::ModelOp model = findNested(call);
  auto inputs = model.getBody().getOps<layer::InputOp>();
  for (auto [input, operand] :
       llvm::zip(llvm::make_early_inc_range(inputs), call.getXs()))
    setShape(input, cast<RankedTensorType>(operand.getType()));
  Block &block = model.getBody().front();
  if (auto done = updateBlock(block, path + "/", weights); !done)
    return done;
  auto output = cast<layer::OutputOp>(block.getTerminator());
  for (auto [result, value] : llvm::zip(call.getResults(), output.getValues()))
    result.setType(value.getType());
  return {};
}

static Expected<void> updateBlock(Block &block, const std::string &prefix,
                                  const Weights &weights) {
  for (Operation &op : block) {
    if (isa<layer::InputOp, layer::ConstantOp, layer::OutputOp>(op))
      continue;
    std::string path = prefix + getLayerName(&op).str();
    auto call = dyn_cast<layer::CallOp>(op);
    auto done = call ? updateCall(call, path, weights) : inferOp(&op, path);
    if (!done)
      return done;
    if (auto layer = dyn_cast<layer::LayerOpInterface>(op))
      if (auto same = compareWeights("layer \"" + path + "\"", weights.at(path),
                                     layer.weights());
          !same)
        return same;
  }
  return {};
}

Expected<void>
build::setInputShapes(ModelState &model,
                      const std::map<std::string, Shape> &shapes) {
  Weights weights;
  collectWeights(model.graph->block(), "", weights);
  auto inputs = llvm::map_to_vector(model.inputs, [](Value input) {
    return input.getDefiningOp<layer::InputOp>();
  });
  for (const auto &[name, shape] : shapes) {
    Expected<layer::InputOp> input = importer::findInput(inputs, name);
    if (!input)
      return dlc::Unexpected(input.error());
    setShape(*input, withSample(input->getResult().getType(), shape));
    if (llvm::any_of(shape, [](int64_t size) { return size < 1; }))
      return fail("input shape", "is " + formatShape(shape),
                  "every dimension of a sample has a size",
                  "give the shape without the batch");
  }
  return updateBlock(model.graph->block(), "", weights);
}
