// What a layer's dtype policy does to the tensors and weights that it reads.
#include "compiler/expand/Autocast.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/prim/Element.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::expand;

Value expand::widen(ImplicitLocOpBuilder &b, Value x) {
  if (!x || !isa<FloatType>(getElementTypeOrSelf(x.getType())))
    return x;
  return layer::convertTo(b, x, b.getF32Type());
}

Autocast::Autocast(layer::LayerOpInterface layer) {
  if (layer.getKerasModule().starts_with("keras.src.ops") ||
      isa<layer::InputOp>(layer.getOperation()))
    return;
  compute = layer::getComputeType(
      layer->getContext(), layer::getPolicyName(layer->getAttr("dtype")));
  // These have `autocast` off, or make their weights with it off.
  castsOperands = !isa<layer::LayerNormalizationOp, layer::GroupNormalizationOp,
                       layer::EmbeddingOp>(layer.getOperation());
  castsWeights =
      castsOperands && !isa<layer::BatchNormalizationOp>(layer.getOperation());
}

Value Autocast::round(ImplicitLocOpBuilder &b, Value x) const {
  if (!compute || !isa<FloatType>(getElementTypeOrSelf(x.getType())))
    return x;
  return layer::convertTo(b, x, compute);
}

Value Autocast::castOperand(ImplicitLocOpBuilder &b, Value x) const {
  return widen(b, castsOperands ? round(b, x) : x);
}

Value Autocast::castWeight(ImplicitLocOpBuilder &b, Value w) const {
  return widen(b, castsWeights ? round(b, w) : w);
}

/// What takes halves without losing more than Keras does: a table that is read
/// at some rows is better not copied for it.
static bool isNarrowed(prim::LibraryOpInterface call) {
  return call.getRoutine() != "gather" && call.getRoutine() != "scatter_add";
}

static Value narrow(ImplicitLocOpBuilder &b, Value x, Type half) {
  if (!getElementTypeOrSelf(x.getType()).isF32())
    return x;
  auto type = cast<RankedTensorType>(x.getType()).clone(half);
  return b.createOrFold<prim::ConvertOp>(type, x);
}

SmallVector<Value> Autocast::narrowCalls(Block &block, Operation *before,
                                         SmallVector<Value> results) const {
  if (!compute || !prim::isHalf(compute) || !castsWeights)
    return results;
  auto first = std::next(before->getIterator());
  SmallVector<prim::LibraryOpInterface> calls;
  for (Operation &op : llvm::make_range(first, block.end()))
    if (auto call = dyn_cast<prim::LibraryOpInterface>(op);
        call && isNarrowed(call))
      calls.push_back(call);
  for (prim::LibraryOpInterface call : calls) {
    ImplicitLocOpBuilder b(call.getLoc(), call);
    for (OpOperand &operand : call->getOpOperands())
      operand.set(narrow(b, operand.get(), compute));
    // Sums that a routine gives beside its result stay f32.
    Value result = call->getResult(0);
    auto type = cast<RankedTensorType>(result.getType());
    if (!type.getElementType().isF32())
      continue;
    result.setType(type.clone(compute));
    b.setInsertionPointAfter(call);
    auto wide = prim::ConvertOp::create(b, type, result);
    result.replaceAllUsesExcept(wide, wide);
    std::replace(results.begin(), results.end(), result, Value(wide));
  }
  return results;
}
