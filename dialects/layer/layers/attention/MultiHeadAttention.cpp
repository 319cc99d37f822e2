// MultiHeadAttention and GroupQueryAttention: their own keys, and heads.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/attention/Heads.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

/// The config against a query of this type. Axes below 0 count from the end;
/// those that the query does not have stay as they are.
template <typename Layer>
static Heads readMultiHead(Layer layer, RankedTensorType query) {
  Heads heads = readCommon(layer);
  int64_t rank = query.getRank();
  heads.queries = heads.keys = layer.getNumHeads();
  heads.keyDim = layer.getKeyDim();
  heads.valueDim = layer.getValueDim().value_or(heads.keyDim);
  heads.output = layer.getOutputShape().value_or(
      SmallVector<int64_t>{query.getShape().back()});
  heads.axes = layer.getAttentionAxes().value_or(
      llvm::to_vector(llvm::seq<int64_t>(1, rank - 1)));
  for (int64_t &axis : heads.axes)
    axis = axis < 0 ? axis + rank : axis;
  llvm::sort(heads.axes);
  heads.axes.erase(llvm::unique(heads.axes), heads.axes.end());
  heads.isGrouped = false;
  return heads;
}

template <typename Layer>
static Heads readGroupQuery(Layer layer, RankedTensorType query) {
  Heads heads = readCommon(layer);
  heads.queries = layer.getNumQueryHeads();
  heads.keys = layer.getNumKeyValueHeads();
  heads.keyDim = heads.valueDim = layer.getHeadDim();
  heads.output = {query.getShape().back()};
  heads.axes = {1};
  heads.isGrouped = true;
  return heads;
}

template <typename Layer, typename Read>
static LogicalResult infer(std::optional<Location> loc,
                           typename Layer::Adaptor layer, Read read,
                           SmallVectorImpl<Type> &types) {
  auto tensors = readTensors<Layer>(loc, layer, {"query", "value"});
  if (failed(tensors))
    return failure();
  RankedTensorType query = typeOf(tensors->find("query"));
  if (query.getRank() < 3)
    return emitLayerError<Layer>(
        loc, layer, "is given the query ", query,
        " but queries have the batch, places and features: a rank of at least "
        "3; reshape it");
  Heads heads = read(layer, query);
  if (std::string problem = findHeadsProblem(heads, *tensors); !problem.empty())
    return emitLayerError<Layer>(loc, layer, problem);
  llvm::append_range(types, inferHeads(heads, *tensors));
  return success();
}

template <typename Layer> static Tensors tensorsOf(Layer layer) {
  return Tensors(layer.getArgumentsAttr(), Layer::getParameters(),
                 layer.getXs());
}

/// What both classes define alike, from how their config is read.
#define DLC_HEADS_LAYER(Layer, read)                                           \
  ArrayRef<StringRef> Layer::getParameters() { return getHeadsParameters(); }  \
  ArrayRef<StringRef> Layer::getCallKeys() { return getHeadsCallKeys(); }      \
  LogicalResult Layer::inferResults(std::optional<Location> loc,               \
                                    Adaptor layer,                             \
                                    SmallVectorImpl<Type> &types) {            \
    return infer<Layer>(loc, layer, read<Adaptor>, types);                     \
  }                                                                            \
  SmallVector<WeightSpec> Layer::weights() {                                   \
    Tensors tensors = tensorsOf(*this);                                        \
    return listHeadsWeights(read(*this, typeOf(tensors.find("query"))),        \
                            tensors);                                          \
  }                                                                            \
  SmallVector<Value> Layer::expandAll(ImplicitLocOpBuilder &b,                 \
                                      ExpandContext &ctx) {                    \
    Tensors tensors = tensorsOf(*this);                                        \
    return expandHeads(b, ctx, read(*this, typeOf(tensors.find("query"))),     \
                       tensors);                                               \
  }                                                                            \
  Value Layer::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {           \
    return expandAll(b, ctx).front();                                          \
  }

DLC_HEADS_LAYER(MultiHeadAttentionOp, readMultiHead)
DLC_HEADS_LAYER(GroupQueryAttentionOp, readGroupQuery)
