// Follows masks from layer to layer.
#include "compiler/expand/Masks.h"
#include "dialects/layer/layers/Tensors.h"
#include "dialects/prim/Build.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::expand;

/// Layers whose result has the operand's mask, and that compute without it.
static bool passesMask(Operation *op) {
  return isa<layer::DenseOp, layer::DropoutOp, layer::SpatialDropout1DOp,
             layer::SpatialDropout2DOp, layer::GaussianDropoutOp,
             layer::GaussianNoiseOp, layer::ActivityRegularizationOp,
             layer::IdentityOp, layer::ActivationOp, layer::ReLUOp,
             layer::LeakyReLUOp, layer::ELUOp, layer::PReLUOp,
             layer::LayerNormalizationOp, layer::GroupNormalizationOp,
             layer::UnitNormalizationOp, layer::RescalingOp,
             layer::NormalizationOp>(op);
}

/// Whether the call gives the layer its mask, as Keras writes it into a file.
static bool isGivenMask(Operation *op) {
  auto pool = dyn_cast<layer::GlobalAveragePooling1DOp>(op);
  return pool && layer::Tensors(pool.getArgumentsAttr(), pool.getParameters(),
                                pool.getXs())
                     .find("mask");
}

/// Layers that know nothing of masks, or have theirs. Functions of keras.ops
/// neither, but for a cast, which may be no change at all.
static bool dropsMask(Operation *op) {
  if (isa<layer::FlattenOp, layer::ReshapeOp, layer::PermuteOp,
          layer::RepeatVectorOp, layer::DotOp, layer::RMSNormalizationOp,
          layer::Conv1DOp, layer::Conv2DOp, layer::DepthwiseConv2DOp,
          layer::SeparableConv2DOp, layer::Conv2DTransposeOp,
          layer::MaxPooling1DOp, layer::MaxPooling2DOp,
          layer::AveragePooling1DOp, layer::AveragePooling2DOp,
          layer::GlobalMaxPooling1DOp, layer::GlobalMaxPooling2DOp,
          layer::GlobalAveragePooling2DOp, layer::ZeroPadding1DOp,
          layer::ZeroPadding2DOp, layer::Cropping1DOp, layer::Cropping2DOp,
          layer::UpSampling1DOp, layer::UpSampling2DOp>(op) ||
      isGivenMask(op))
    return true;
  auto object = dyn_cast<layer::KerasOpInterface>(op);
  return object && object.getKerasModule().starts_with("keras.src.ops") &&
         !isa<layer::CastNodeOp>(op);
}

/// Elementwise merges have a mask if all their operands have one: what counts
/// in any of them.
static bool joinsMasks(Operation *op) {
  return isa<layer::AddOp, layer::SubtractOp, layer::MultiplyOp,
             layer::AverageOp, layer::MaximumOp, layer::MinimumOp>(op);
}

/// The model that is not called by another ends in losses, which know masks.
static bool isMainOutput(Operation *op) {
  if (!isa<layer::OutputOp>(op))
    return false;
  auto model = op->getParentOfType<layer::ModelOp>();
  auto main = layer::findMainModel(op->getParentOfType<ModuleOp>());
  return succeeded(main) && *main == model;
}

LogicalResult Masks::follow(Operation *op, const IRMapping &values) {
  if (auto embedding = dyn_cast<layer::EmbeddingOp>(op)) {
    if (!embedding.getMaskZero())
      return success();
    Value x = values.lookup(embedding.getX());
    Value counts = prim::CompareOp::create(b, prim::Predicate::ne, x,
                                           prim::buildSplat(b, x.getType(), 0));
    masks[embedding.getResult()] = {counts, embedding};
    return success();
  }
  auto masked = llvm::find_if(op->getOperands(),
                              [&](Value x) { return masks.contains(x); });
  if (masked == op->getOperands().end() || dropsMask(op) || isMainOutput(op))
    return success();
  Mask mask = masks[*masked];
  if (passesMask(op)) {
    masks[op->getResult(0)] = mask;
    return success();
  }
  if (joinsMasks(op)) {
    for (Value x : op->getOperands()) {
      if (!masks.contains(x))
        return success();
      if (Value other = masks[x].value; other != mask.value)
        mask.value = prim::OrOp::create(b, mask.value, other);
    }
    masks[op->getResult(0)] = mask;
    return success();
  }
  auto error = mask.source.emitError()
               << "layer.embedding \"" << mask.source.getName()
               << "\": mask_zero is true and its mask reaches "
               << op->getName();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    error << " " << name;
  return error << " but that computes with no mask in dlc; build the embedding "
                  "with mask_zero=False, or flatten what it gives";
}
