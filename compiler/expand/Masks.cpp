// Follows masks from layer to layer.
#include "compiler/expand/Masks.h"
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Tensors.h"
#include "dialects/prim/Build.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::expand;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

//===-- What layers do with a mask ----------------------------------------===//

/// Layers whose result has the operand's mask. All but BatchNormalization
/// compute without it.
static bool passesMask(Operation *op) {
  return isa<layer::DenseOp, layer::DropoutOp, layer::SpatialDropout1DOp,
             layer::SpatialDropout2DOp, layer::GaussianDropoutOp,
             layer::GaussianNoiseOp, layer::ActivityRegularizationOp,
             layer::IdentityOp, layer::ActivationOp, layer::ReLUOp,
             layer::LeakyReLUOp, layer::ELUOp, layer::PReLUOp,
             layer::BatchNormalizationOp, layer::LayerNormalizationOp,
             layer::GroupNormalizationOp, layer::UnitNormalizationOp,
             layer::RescalingOp, layer::NormalizationOp>(op);
}

/// The mask that a call gives its layer, as Keras writes it into a file; null
/// where it gives none.
template <typename Layer> static Value findGivenMask(Layer layer) {
  return layer::Tensors(layer.getArgumentsAttr(), layer.getParameters(),
                        layer.getXs())
      .find("mask");
}

/// Pooling over the steps that a mask leaves. A mask of its input is one of
/// features where these come first.
static bool poolsSteps(Operation *op) {
  auto pool = dyn_cast<layer::GlobalAveragePooling1DOp>(op);
  return pool &&
         (pool.getDataFormat() == "channels_last" || findGivenMask(pool));
}

/// Layers that know nothing of masks, or whose result has no steps any more.
/// Functions of keras.ops neither, but for a cast, which may be no change at
/// all.
static bool dropsMask(Operation *op) {
  if (isa<layer::FlattenOp, layer::ReshapeOp, layer::PermuteOp,
          layer::RepeatVectorOp, layer::DotOp, layer::EinsumDenseOp,
          layer::RMSNormalizationOp, layer::Conv1DOp, layer::Conv2DOp,
          layer::DepthwiseConv1DOp, layer::DepthwiseConv2DOp,
          layer::SeparableConv1DOp, layer::SeparableConv2DOp,
          layer::Conv1DTransposeOp, layer::Conv2DTransposeOp,
          layer::MaxPooling1DOp, layer::MaxPooling2DOp,
          layer::AveragePooling1DOp, layer::AveragePooling2DOp,
          layer::GlobalMaxPooling1DOp, layer::GlobalMaxPooling2DOp,
          layer::GlobalAveragePooling2DOp, layer::ZeroPadding1DOp,
          layer::ZeroPadding2DOp, layer::Cropping1DOp, layer::Cropping2DOp,
          layer::UpSampling1DOp, layer::UpSampling2DOp>(op) ||
      poolsSteps(op))
    return true;
  auto object = dyn_cast<layer::KerasOpInterface>(op);
  return object && object.getKerasModule().starts_with("keras.src.ops") &&
         !isa<layer::CastNodeOp>(op);
}

/// Elementwise merges have a mask if all their operands have one.
static bool joinsMasks(Operation *op) {
  return isa<layer::AddOp, layer::SubtractOp, layer::MultiplyOp,
             layer::AverageOp, layer::MaximumOp, layer::MinimumOp>(op);
}

/// The query of attention over one dimension of places, whose mask the result
/// has; null for other layers.
static Value findQuery(Operation *op) {
  auto find = [](auto heads) -> Value {
    return layer::Tensors(heads.getArgumentsAttr(), heads.getParameters(),
                          heads.getXs())
        .find("query");
  };
  Value query =
      TypeSwitch<Operation *, Value>(op)
          .Case<layer::MultiHeadAttentionOp, layer::GroupQueryAttentionOp>(find)
          .Default([](Operation *) { return Value(); });
  return query && typeOf(query).getRank() == 3 ? query : Value();
}

/// The model that is not called by another ends in losses, which know masks.
static bool isMainOutput(Operation *op) {
  if (!isa<layer::OutputOp>(op))
    return false;
  auto model = op->getParentOfType<layer::ModelOp>();
  auto main = layer::findMainModel(op->getParentOfType<ModuleOp>());
  return succeeded(main) && *main == model;
}

static LogicalResult refuse(Operation *source, Operation *op) {
  bool isEmbedding = isa<layer::EmbeddingOp>(source);
  auto error = source->emitError()
               << source->getName() << " " << source->getAttr("name")
               << (isEmbedding ? ": mask_zero is true and its mask reaches "
                               : ": is given a mask, which reaches ")
               << op->getName();
  if (auto name = op->getAttrOfType<StringAttr>("name"))
    error << " " << name;
  return error << " but that computes with no mask in dlc; "
               << (isEmbedding ? "build the embedding with mask_zero=False"
                               : "call the layer without a mask")
               << ", or flatten what it gives";
}

//===-- Masks of several tensors ------------------------------------------===//

/// Whether masked operands have as many dimensions as the result, so that its
/// mask is made of theirs place by place.
bool Masks::fitResult(Operation *op) const {
  int64_t rank = typeOf(op->getResult(0)).getRank();
  return llvm::all_of(op->getOperands(), [&](Value x) {
    return !masks.contains(x) || typeOf(x).getRank() == rank;
  });
}

/// What counts in any operand; null if one has no mask.
Value Masks::join(Operation *op) {
  ArrayRef<int64_t> places = typeOf(op->getResult(0)).getShape().drop_back();
  Value joined;
  for (Value x : op->getOperands()) {
    if (!masks.contains(x))
      return {};
    Value mask = layer::broadcastTo(b, find(x), places);
    joined = joined ? prim::OrOp::create(b, joined, mask).getResult() : mask;
  }
  return joined;
}

// Masks are joined as their tensors are; an operand without one counts whole.
// Along the features they fall together, as what counts in any operand
// (keras/src/layers/merging/concatenate.py: compute_mask).
Value Masks::concatenate(layer::ConcatenateOp op) {
  SmallVector<Value> parts = llvm::map_to_vector(op.getXs(), [&](Value x) {
    auto places =
        RankedTensorType::get(typeOf(x).getShape().drop_back(), b.getI1Type());
    return masks.contains(x) ? find(x) : prim::buildSplat(b, places, 1);
  });
  int64_t axis = op.getAxis(), last = op.getType().getRank() - 1;
  int64_t dim = layer::normalizeAxes(axis, last + 1).front();
  Value joined = parts.front();
  if (dim != last)
    return parts.size() == 1
               ? joined
               : prim::ConcatOp::create(b, parts, dim).getResult();
  for (Value part : ArrayRef(parts).drop_front())
    joined = prim::OrOp::create(b, joined, part);
  return joined;
}

/// Keras' MultiHeadAttention takes the masks off the tensors that it reads:
/// what reads them after it finds none.
void Masks::takeOff(ValueRange tensors) {
  for (Value tensor : tensors)
    masks.erase(tensor);
}

//===-- One op after the other --------------------------------------------===//

LogicalResult Masks::follow(Operation *op, const IRMapping &values) {
  if (auto embedding = dyn_cast<layer::EmbeddingOp>(op)) {
    if (!embedding.getMaskZero())
      return success();
    Value x = values.lookup(embedding.getX());
    Value counts = prim::CompareOp::create(b, prim::Predicate::ne, x,
                                           prim::buildSplat(b, x.getType(), 0));
    masks[embedding.getResult()] = {counts, op};
    return success();
  }
  if (auto normalization = dyn_cast<layer::BatchNormalizationOp>(op))
    if (Value given = findGivenMask(normalization)) {
      Value mask = layer::convertTo(b, values.lookup(given), b.getI1Type());
      ArrayRef<int64_t> places = normalization.getType().getShape().drop_back();
      masks[normalization.getResult()] = {layer::broadcastTo(b, mask, places),
                                          op};
      return success();
    }
  auto masked = llvm::find_if(op->getOperands(),
                              [&](Value x) { return masks.contains(x); });
  if (masked == op->getOperands().end() || dropsMask(op) || isMainOutput(op))
    return success();
  Mask mask = masks[*masked];
  if (Value query = findQuery(op)) {
    Mask ofQuery = masks.lookup(query);
    if (isa<layer::MultiHeadAttentionOp>(op))
      takeOff(op->getOperands());
    if (ofQuery.value)
      masks[op->getResult(0)] = ofQuery;
    return success();
  }
  auto concat = dyn_cast<layer::ConcatenateOp>(op);
  bool isJoined = joinsMasks(op) || concat;
  if (isJoined && fitResult(op))
    mask.value = concat ? concatenate(concat) : join(op);
  else if (isJoined || !passesMask(op))
    return refuse(mask.source, op);
  if (mask.value)
    masks[op->getResult(0)] = mask;
  return success();
}
