// Follows the masks that Keras would attach to tensors, from layer to layer
// (keras/src/layers/layer.py: supports_masking, compute_mask).
#include "compiler/expand/CheckMasks.h"

using namespace mlir;
using namespace dlc;

/// Layers whose result has the operand's mask, and that compute without it.
static bool passesMask(Operation *op) {
  return isa<layer::DenseOp, layer::DropoutOp, layer::ActivationOp,
             layer::ReLUOp, layer::LeakyReLUOp, layer::ELUOp, layer::PReLUOp,
             layer::LayerNormalizationOp>(op);
}

/// Layers that know nothing of masks. Functions of keras.ops neither, but for a
/// cast, which may be no change at all.
static bool dropsMask(Operation *op) {
  if (isa<layer::FlattenOp, layer::ReshapeOp, layer::PermuteOp,
          layer::RepeatVectorOp, layer::DotOp>(op))
    return true;
  auto object = dyn_cast<layer::KerasOpInterface>(op);
  return object && object.getKerasModule().starts_with("keras.src.ops") &&
         !isa<layer::CastNodeOp>(op);
}

/// Elementwise merges have a mask if all their operands have one.
static bool joinsMasks(Operation *op) {
  return isa<layer::AddOp, layer::SubtractOp, layer::MultiplyOp,
             layer::AverageOp>(op);
}

LogicalResult dlc::expand::checkMasks(layer::ModelOp model) {
  // From a value to the embedding whose mask it has.
  llvm::DenseMap<Value, layer::EmbeddingOp> masks;
  for (Operation &op : model.getBody().front()) {
    if (auto embedding = dyn_cast<layer::EmbeddingOp>(op)) {
      if (embedding.getMaskZero())
        masks[embedding.getResult()] = embedding;
      continue;
    }
    auto masked = llvm::find_if(op.getOperands(),
                                [&](Value x) { return masks.contains(x); });
    if (masked == op.getOperands().end() || dropsMask(&op))
      continue;
    layer::EmbeddingOp source = masks[*masked];
    if (passesMask(&op)) {
      masks[op.getResult(0)] = source;
    } else if (joinsMasks(&op)) {
      if (llvm::all_of(op.getOperands(),
                       [&](Value x) { return masks.contains(x); }))
        masks[op.getResult(0)] = source;
    } else {
      auto error = source.emitError()
                   << "layer.embedding \"" << source.getName()
                   << "\": mask_zero is true and its mask reaches "
                   << op.getName();
      if (auto name = op.getAttrOfType<StringAttr>("name"))
        error << " " << name;
      return error << " but dlc computes no masks; build it with "
                      "mask_zero=False, or flatten what it gives";
    }
  }
  return success();
}
