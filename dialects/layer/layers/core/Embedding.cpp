// Embedding: rows of a learnt table, looked up by whole numbers.
#include "dialects/layer/Layer.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/prim/Prim.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

FailureOr<Type> EmbeddingOp::inferResult(std::optional<Location> loc,
                                         Adaptor layer) {
  auto check = [&](StringRef key, int64_t value) -> LogicalResult {
    if (value >= 1)
      return success();
    return emitLayerError<EmbeddingOp>(
        loc, layer, key, " is ", value,
        " but must be at least 1; give a positive size");
  };
  if (failed(check("input_dim", layer.getInputDim())) ||
      failed(check("output_dim", layer.getOutputDim())))
    return failure();
  auto x = cast<RankedTensorType>(layer.getX().getType());
  SmallVector<int64_t> shape(x.getShape());
  shape.push_back(layer.getOutputDim());
  return Type(RankedTensorType::get(shape, Float32Type::get(x.getContext())));
}

// embeddings [input_dim, output_dim]
SmallVector<WeightSpec> EmbeddingOp::weights() {
  auto table =
      RankedTensorType::get({int64_t(getInputDim()), int64_t(getOutputDim())},
                            Float32Type::get(getContext()));
  return {{"embeddings", table, true, getEmbeddingsInitializer(),
           getEmbeddingsRegularizerAttr()}};
}

// y[i..., c] = embeddings[int(x[i...]), c]; fractions are cut off
Value EmbeddingOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  Value indices = convertTo(b, getX(), b.getI32Type());
  return prim::GatherOp::create(b, ctx.weight("embeddings"), indices);
}
