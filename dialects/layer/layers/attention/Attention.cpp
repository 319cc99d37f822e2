// Attention and AdditiveAttention: one head, whose queries and keys are the
// tensors themselves (keras/src/layers/attention/attention.py).
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/attention/Scores.h"
#include "dialects/layer/layers/regularization/Dropout.h"
#include "dialects/layer/layers/reshaping/Resize.h"

using namespace mlir;
using namespace dlc;
using namespace dlc::layer;

using Dims = SmallVector<int64_t>;

static RankedTensorType typeOf(Value x) {
  return cast<RankedTensorType>(x.getType());
}

static ArrayRef<StringRef> getOneHeadCallKeys() {
  static constexpr StringRef keys[] = {"return_attention_scores",
                                       "use_causal_mask"};
  return keys;
}

static Value keyOf(ValueRange xs) { return xs.size() > 2 ? xs[2] : xs[1]; }

//===-- Shapes ------------------------------------------------------------===//

/// [n, ..., t, s]: a query of each t by a key of each s.
static RankedTensorType getScoresType(ValueRange xs) {
  SmallVector<int64_t> shape(typeOf(xs[0]).getShape().drop_back());
  shape.push_back(typeOf(xs[1]).getShape().drop_back().back());
  return RankedTensorType::get(shape, Float32Type::get(xs[0].getContext()));
}

/// Whether query [n, ..., t, c], value [n, ..., s, v] and key [n, ..., s, c]
/// are shaped so.
static bool fits(ValueRange xs) {
  ArrayRef<int64_t> query = typeOf(xs[0]).getShape();
  ArrayRef<int64_t> value = typeOf(xs[1]).getShape();
  ArrayRef<int64_t> key = typeOf(keyOf(xs)).getShape();
  return query.size() >= 3 && value.size() == query.size() &&
         key.drop_back() == value.drop_back() && key.back() == query.back() &&
         query.drop_back(2) == value.drop_back(2);
}

template <typename Layer>
static LogicalResult inferOneHead(std::optional<Location> loc,
                                  typename Layer::Adaptor layer,
                                  SmallVectorImpl<Type> &types) {
  ValueRange xs = layer.getXs();
  if (xs.size() < 2 || xs.size() > 3)
    return emitLayerError<Layer>(loc, layer, "has ", xs.size(),
                                 " inputs but takes query, value and maybe "
                                 "key; give it these");
  if (!fits(xs))
    return emitLayerError<Layer>(
        loc, layer, "is given ", xs.getTypes(),
        " but queries [n, t, c] meet keys [n, s, c] of values [n, s, v]; "
        "reshape or project them");
  double dropout = layer.getDropout();
  if (dropout < 0 || dropout > 1)
    return emitLayerError<Layer>(
        loc, layer, "dropout is ", formatNumber(dropout),
        " but a share is between 0 and 1; choose one in that range");
  SmallVector<int64_t> shape(typeOf(xs[0]).getShape().drop_back());
  shape.push_back(typeOf(xs[1]).getShape().back());
  Type f32 = Float32Type::get(xs[0].getContext());
  types.push_back(RankedTensorType::get(shape, f32));
  if (layer.getReturnAttentionScores())
    types.push_back(getScoresType(xs));
  return success();
}

//===-- Mathematics -------------------------------------------------------===//

/// x with a dimension before `dim`, repeated to `shape`.
static Value repeatBefore(ImplicitLocOpBuilder &b, Value x, int64_t dim,
                          RankedTensorType type) {
  return prim::BroadcastOp::create(b, type, x, Dims{dim});
}

// scores[n, t, s] = sum_c query[n, t, c] key[n, s, c]
static Value multiplyKeys(ImplicitLocOpBuilder &b, Value query, Value key) {
  int64_t last = typeOf(query).getRank() - 1;
  Dims beside = llvm::to_vector(llvm::seq<int64_t>(0, last - 1));
  return prim::DotOp::create(b, query, key, beside, beside, Dims{last},
                             Dims{last});
}

// y[n, t, s, c] = query[n, t, c] + key[n, s, c]
static Value addKeys(ImplicitLocOpBuilder &b, Value query, Value key) {
  SmallVector<int64_t> shape(typeOf(query).getShape());
  int64_t last = shape.size() - 1;
  shape.insert(shape.end() - 1, typeOf(key).getDimSize(last - 1));
  RankedTensorType type = typeOf(query).clone(shape);
  return prim::AddOp::create(b, repeatBefore(b, query, last, type),
                             repeatBefore(b, key, last - 1, type));
}

// The same as the one head of prim.attention, if nobody else sees the shares:
//                                     [n, t, c] [n, s, c] [n, s, v] -> [n, t,
//                                     v]
// A query may attend to the first key at least, so none is without.
static Value mixFused(ImplicitLocOpBuilder &b, Value query, Value key,
                      Value value, bool causal) {
  auto withHead = [&](Value x) {
    Dims shape(typeOf(x).getShape());
    shape.insert(shape.begin() + 2, 1);
    return reshapeTo(b, x, typeOf(x).clone(shape));
  };
  Value y = prim::AttentionOp::create(b, withHead(query), withHead(key),
                                      withHead(value), /*mask=*/Value(),
                                      APFloat(1.0F), causal, /*window=*/0,
                                      /*zero_empty=*/false)
                .getResult();
  Dims shape(typeOf(y).getShape());
  shape.erase(shape.begin() + 2);
  return reshapeTo(b, y, typeOf(y).clone(shape));
}

// y = shares value, shares = softmax(scores, masked places lowered by 1e9)
//     [n, t, s] [n, s, v] -> [n, t, v]
template <typename Layer>
static SmallVector<Value> mixValues(ImplicitLocOpBuilder &b, ExpandContext &ctx,
                                    Layer layer, Value scores, Value value) {
  Formula f(b);
  RankedTensorType type = typeOf(scores);
  if (layer.getUseCausalMask()) {
    ScoreMask mask(b, type);
    mask.addCausal();
    scores = f.select(mask.get(), scores, f.add(scores, -1e9));
  }
  int64_t last = type.getRank() - 1;
  Value shares = prim::SoftmaxOp::create(b, scores, last);
  shares = buildDropout(b, ctx, shares, layer.getDropout(), type.getShape());
  Dims beside = llvm::to_vector(llvm::seq<int64_t>(0, last - 1));
  SmallVector<Value> results = {prim::DotOp::create(
      b, shares, value, beside, beside, Dims{last}, Dims{last - 1})};
  if (layer.getReturnAttentionScores())
    results.push_back(shares);
  return results;
}

namespace {

/// Query, value and key as f32.
struct Inputs {
  Value query, value, key;

  Inputs(ImplicitLocOpBuilder &b, ValueRange xs)
      : query(convertTo(b, xs[0], b.getF32Type())),
        value(convertTo(b, xs[1], b.getF32Type())),
        key(xs.size() > 2 ? convertTo(b, xs[2], b.getF32Type()) : value) {}
};

} // namespace

//===-- Attention ---------------------------------------------------------===//

ArrayRef<StringRef> AttentionOp::getCallKeys() { return getOneHeadCallKeys(); }

LogicalResult AttentionOp::inferResults(std::optional<Location> loc,
                                        Adaptor layer,
                                        SmallVectorImpl<Type> &types) {
  if (layer.getScoreMode() != "dot" && layer.getScoreMode() != "concat")
    return emitLayerError<AttentionOp>(
        loc, layer, "score_mode is \"", layer.getScoreMode(),
        "\" but Keras knows dot and concat; choose one of these");
  return inferOneHead<AttentionOp>(loc, layer, types);
}

// Scalars.
SmallVector<WeightSpec> AttentionOp::weights() {
  auto scalar = RankedTensorType::get({}, Float32Type::get(getContext()));
  auto ones = StringAttr::get(getContext(), "ones");
  SmallVector<WeightSpec> weights;
  if (getUseScale())
    weights.push_back({"scale", scalar, true, ones});
  if (getScoreMode() == "concat")
    weights.push_back({"concat_score_weight", scalar, true, ones});
  return weights;
}

// dot:    scores = scale query key^T
// concat: scores = weight sum tanh(scale (query + key))
SmallVector<Value> AttentionOp::expandAll(ImplicitLocOpBuilder &b,
                                          ExpandContext &ctx) {
  Formula f(b);
  Inputs x(b, getXs());
  auto times = [&](Value y, StringRef weight) {
    return f.mul(y, prim::buildBroadcast(b, ctx.weight(weight), y.getType()));
  };
  bool sums = getScoreMode() == "concat";
  bool drops = getDropout() > 0 && ctx.isTraining();
  if (!sums && !drops && !getReturnAttentionScores() &&
      typeOf(x.query).getRank() == 3) {
    Value query = getUseScale() ? times(x.query, "scale") : x.query;
    return {mixFused(b, query, x.key, x.value, getUseCausalMask())};
  }
  Value scores =
      sums ? addKeys(b, x.query, x.key) : multiplyKeys(b, x.query, x.key);
  if (getUseScale())
    scores = times(scores, "scale");
  if (sums) {
    Value tanh = f.apply<prim::TanhOp>(scores);
    scores =
        prim::ReduceSumOp::create(b, tanh, Dims{typeOf(tanh).getRank() - 1});
    scores = times(scores, "concat_score_weight");
  }
  return mixValues(b, ctx, *this, scores, x.value);
}

Value AttentionOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandAll(b, ctx).front();
}

//===-- AdditiveAttention -------------------------------------------------===//

ArrayRef<StringRef> AdditiveAttentionOp::getCallKeys() {
  return getOneHeadCallKeys();
}

LogicalResult AdditiveAttentionOp::inferResults(std::optional<Location> loc,
                                                Adaptor layer,
                                                SmallVectorImpl<Type> &types) {
  return inferOneHead<AdditiveAttentionOp>(loc, layer, types);
}

// scale [c]
SmallVector<WeightSpec> AdditiveAttentionOp::weights() {
  if (!getUseScale())
    return {};
  auto type = RankedTensorType::get({typeOf(getXs()[0]).getShape().back()},
                                    Float32Type::get(getContext()));
  return {
      {"scale", type, true, StringAttr::get(getContext(), "glorot_uniform")}};
}

// scores[n, t, s] = sum_c scale[c] tanh(query[n, t, c] + key[n, s, c])
SmallVector<Value> AdditiveAttentionOp::expandAll(ImplicitLocOpBuilder &b,
                                                  ExpandContext &ctx) {
  Formula f(b);
  Inputs x(b, getXs());
  Value y = f.apply<prim::TanhOp>(addKeys(b, x.query, x.key));
  int64_t last = typeOf(y).getRank() - 1;
  if (getUseScale())
    y = f.mul(y, broadcastAlong(b, ctx.weight("scale"), typeOf(y), last));
  Value scores = prim::ReduceSumOp::create(b, y, Dims{last});
  return mixValues(b, ctx, *this, scores, x.value);
}

Value AdditiveAttentionOp::expand(ImplicitLocOpBuilder &b, ExpandContext &ctx) {
  return expandAll(b, ctx).front();
}
