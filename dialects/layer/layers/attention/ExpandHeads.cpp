// The mathematics of heads, as prims.
#include "dialects/layer/layers/Axes.h"
#include "dialects/layer/layers/Broadcast.h"
#include "dialects/layer/layers/Regularizer.h"
#include "dialects/layer/layers/Scalars.h"
#include "dialects/layer/layers/attention/Heads.h"
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

static Dims range(int64_t from, int64_t to) {
  return llvm::to_vector(llvm::seq(from, to));
}

namespace {

class HeadsExpander {
public:
  HeadsExpander(ImplicitLocOpBuilder &b, ExpandContext &ctx, const Heads &heads,
                const Tensors &tensors)
      : b(b), ctx(ctx), f(b), heads(heads), tensors(tensors),
        rank(typeOf(tensors.find("query")).getRank()) {
    for (int64_t dim = 0; dim < rank; ++dim)
      if (!llvm::is_contained(heads.axes, dim))
        beside.push_back(dim);
  }

  SmallVector<Value> run();

private:
  Value project(Value x, StringRef name, int64_t count, int64_t size);
  Value split(Value x, int64_t count, int64_t size);
  Value repeatHeads(Value x);
  Value findMask(StringRef tensor);
  SmallVector<Value> alignMasks(int64_t scoresRank);
  Value buildMask(RankedTensorType scores);
  bool isViaSoftmax() const {
    return heads.dropout > 0 || heads.returnScores || rank != 3;
  }
  Value attend(Value scores, Value &shares);
  bool mayFuse() const;
  Value joinMasks();
  Value mixFused(Value q, Value k, Value v);
  Value mix(Value q, Value k, Value v, Value &shares);
  Value orderPlaces(Value x);
  Value projectOutput(Value x, Value gate, bool inOrder);

  ImplicitLocOpBuilder &b;
  ExpandContext &ctx;
  Formula f;
  const Heads &heads;
  const Tensors &tensors;
  int64_t rank;
  /// The dimensions of [n, ..., heads, size] over which heads do not attend;
  /// the last one is that of the heads.
  Dims beside;
  /// The activity regularizer over all projections but the last.
  Value activity;
};

} // namespace

// y = x kernel + bias       [n, d..., f] [f, heads size] -> [n, d..., heads
// size]
//
// As one matrix, so that it is a Dense layer's product.
Value HeadsExpander::project(Value x, StringRef name, int64_t count,
                             int64_t size) {
  x = convertTo(b, x, b.getF32Type());
  Type f32 = b.getF32Type();
  int64_t features = typeOf(x).getShape().back(), last = rank - 1;
  Value kernel =
      reshapeTo(b, ctx.weight((name + "/kernel").str()),
                RankedTensorType::get({features, count * size}, f32));
  Value y =
      prim::DotOp::create(b, x, kernel, Dims{}, Dims{}, Dims{last}, Dims{0});
  if (!heads.useBias)
    return y;
  Value bias = reshapeTo(b, ctx.weight((name + "/bias").str()),
                         RankedTensorType::get({count * size}, f32));
  return f.add(y, broadcastAlong(b, bias, typeOf(y), last));
}

//                                  [n, d..., heads size] -> [n, d..., heads,
//                                  size]
Value HeadsExpander::split(Value x, int64_t count, int64_t size) {
  Dims shape(typeOf(x).getShape().drop_back());
  shape.append({count, size});
  return reshapeTo(b, x, typeOf(x).clone(shape));
}

// Each head of keys and values serves the next queries / keys heads.
//                              [n, s, keys, size] -> [n, s, queries, size]
Value HeadsExpander::repeatHeads(Value x) {
  int64_t times = heads.queries / heads.keys;
  if (times == 1)
    return x;
  Dims shape(typeOf(x).getShape());
  shape.insert(shape.end() - 1, times);
  Value repeated = prim::BroadcastOp::create(b, typeOf(x).clone(shape), x,
                                             Dims{int64_t(shape.size()) - 2});
  Dims joined(typeOf(x).getShape());
  joined[joined.size() - 2] = heads.queries;
  return reshapeTo(b, repeated, typeOf(x).clone(joined));
}

// That of the call, or else of the tensor: [n, places], or null.
Value HeadsExpander::findMask(StringRef tensor) {
  Value given = tensors.find((tensor + "_mask").str());
  if (given || rank != 3)
    return given;
  size_t index = llvm::find(tensors.names, tensor) - tensors.names.begin();
  return index < tensors.names.size() ? ctx.mask(index) : Value();
}

// The masks of the call and its tensors, as many dimensions as scores and 1
// where a mask has none.
SmallVector<Value> HeadsExpander::alignMasks(int64_t scoresRank) {
  SmallVector<Value> masks;
  for (StringRef tensor : {"query", "value", "key"})
    if (Value mask = findMask(tensor)) {
      int64_t n = typeOf(mask).getDimSize(0),
              places = typeOf(mask).getDimSize(1);
      Dims shape =
          tensor == "query" ? Dims{n, 1, places, 1} : Dims{n, 1, 1, places};
      masks.push_back(reshapeTo(b, mask, typeOf(mask).clone(shape)));
    }
  if (Value mask = tensors.find("attention_mask")) {
    int64_t places = 2 * heads.axes.size();
    Dims shape(typeOf(mask).getShape());
    shape.insert(shape.end() - places, scoresRank - typeOf(mask).getRank(), 1);
    masks.push_back(reshapeTo(b, mask, typeOf(mask).clone(shape)));
  }
  return masks;
}

Value HeadsExpander::buildMask(RankedTensorType scores) {
  ScoreMask mask(b, scores);
  for (Value part : alignMasks(scores.getRank()))
    mask.add(part);
  if (heads.causal)
    mask.addCausal();
  if (heads.window)
    mask.addWindow(*heads.window);
  return mask.get();
}

// shares = softmax(mask ? scores : a large negative number) over the keys
//
// Keras has two ways. Its layer Softmax also gives nothing to a query that may
// attend to no key; dot_product_attention of JAX, which it takes where nothing
// asks for the shares themselves, gives all keys the same to such a one.
Value HeadsExpander::attend(Value scores, Value &shares) {
  RankedTensorType type = typeOf(scores);
  bool viaSoftmax = isViaSoftmax();
  Value mask = buildMask(type);
  if (mask)
    scores =
        f.select(mask, scores,
                 f.splat(scores, viaSoftmax ? -1e9 : -0.7 * 0x1.fffffep127));
  int64_t places = heads.axes.size();
  shares =
      buildSoftmax(b, scores, range(type.getRank() - places, type.getRank()));
  if (mask && viaSoftmax)
    shares = f.select(mask, shares, f.splat(shares, 0));
  return buildDropout(b, ctx, shares, heads.dropout, type.getShape());
}

// Whether nobody but the sum of values sees the shares, of one dimension of
// places.
bool HeadsExpander::mayFuse() const {
  bool drops = heads.dropout > 0 && ctx.isTraining();
  return rank == 3 && !heads.returnScores && !drops;
}

// No larger than what was given: null, or [n or 1, heads or 1, t or 1, s or 1].
Value HeadsExpander::joinMasks() {
  Value all;
  for (Value mask : alignMasks(rank + 1)) {
    mask = convertTo(b, mask, b.getI1Type());
    if (!all) {
      all = mask;
      continue;
    }
    // That they broadcast was found when the layer was checked.
    auto shape =
        *broadcastShapes(typeOf(all).getShape(), typeOf(mask).getShape());
    all = prim::AndOp::create(b, broadcastTo(b, all, shape),
                              broadcastTo(b, mask, shape));
  }
  return all;
}

//             [n, t, queries, c] [n, s, keys, c] [n, s, keys, v]
//                                                  -> [n, t, queries, v]
Value HeadsExpander::mixFused(Value q, Value k, Value v) {
  return prim::AttentionOp::create(
             b, q, k, v, joinMasks(),
             APFloat(float(1 / std::sqrt(double(heads.keyDim)))), heads.causal,
             heads.window.value_or(0), isViaSoftmax())
      .getResult();
}

// The same with all scores in memory                  -> [n, queries, t, size]
//
// scores[n, b, h, t, s] = scale sum_c query[n, b, t, h, c] key[n, b, s, h, c]
// mixed[n, b, h, t, c] = sum_s shares[n, b, h, t, s] value[n, b, s, h, c]
//
// with as many b, t and s as there are dimensions of that kind, in the tensors
// in their own order.
Value HeadsExpander::mix(Value q, Value k, Value v, Value &shares) {
  Value scores = prim::DotOp::create(b, q, repeatHeads(k), beside, beside,
                                     Dims{rank}, Dims{rank});
  // Here and not on the queries, where it would be a kernel of its own.
  scores = f.mul(scores, 1 / std::sqrt(double(heads.keyDim)));
  Value dropped = attend(scores, shares);
  int64_t scoresRank = typeOf(scores).getRank();
  return prim::DotOp::create(
      b, dropped, repeatHeads(v), range(0, beside.size()), beside,
      range(scoresRank - int64_t(heads.axes.size()), scoresRank), heads.axes);
}

// [n, beside..., heads, t..., size] -> [n, d..., heads, size]
Value HeadsExpander::orderPlaces(Value x) {
  Dims permutation(rank + 1);
  int64_t next = 0;
  for (int64_t dim : beside)
    permutation[dim] = next++;
  for (int64_t axis : heads.axes)
    permutation[axis] = next++;
  permutation[rank] = next;
  if (llvm::is_sorted(permutation))
    return x;
  return prim::TransposeOp::create(b, x, permutation);
}

// y = x kernel + bias, over heads and size             -> [n, d..., output...]
Value HeadsExpander::projectOutput(Value x, Value gate, bool inOrder) {
  Dims contracted = {rank - 1, rank};
  // Where heads attend over all places, what is left keeps its order.
  if (!inOrder && !gate && beside.size() == 2)
    contracted = {1, rank};
  else if (!inOrder)
    x = orderPlaces(x);
  if (gate)
    x = f.mul(x, gate);
  Value y = prim::DotOp::create(b, x, ctx.weight("attention_output/kernel"),
                                Dims{}, Dims{}, contracted, Dims{0, 1});
  if (!heads.useBias)
    return y;
  Value bias = ctx.weight("attention_output/bias");
  return f.add(
      y, prim::BroadcastOp::create(b, y.getType(), bias, range(0, rank - 1)));
}

SmallVector<Value> HeadsExpander::run() {
  Value query = tensors.find("query"), value = tensors.find("value");
  Value key = tensors.find("key") ? tensors.find("key") : value;
  auto regularize = [&](Value y) {
    FailureOr<Value> loss =
        buildRegularizer(b, "", heads.activityRegularizer, y);
    // A wrong one is told of where the output is regularized.
    if (succeeded(loss) && *loss)
      activity = activity ? f.add(activity, *loss) : *loss;
    return y;
  };
  Value gate;
  if (heads.useGate) {
    gate = f.apply<prim::LogisticOp>(
        project(query, "gate", heads.queries, heads.valueDim));
    gate = split(regularize(gate), heads.queries, heads.valueDim);
  }
  Value q = regularize(project(query, "query", heads.queries, heads.keyDim));
  Value k = regularize(project(key, "key", heads.keys, heads.keyDim));
  Value v = regularize(project(value, "value", heads.keys, heads.valueDim));
  q = split(q, heads.queries, heads.keyDim);
  k = split(k, heads.keys, heads.keyDim);
  v = split(v, heads.keys, heads.valueDim);
  Value shares;
  Value mixed = mayFuse() ? mixFused(q, k, v) : mix(q, k, v, shares);
  SmallVector<Value> results = {projectOutput(mixed, gate, mayFuse())};
  // GroupQueryAttention counts its output as the layer within does, once more.
  if (heads.isGrouped)
    regularize(results.front());
  if (activity)
    ctx.addLoss(f.div(activity, prim::BatchSizeOp::create(b)));
  if (heads.returnScores)
    results.push_back(shares);
  return results;
}

SmallVector<Value> dlc::layer::expandHeads(ImplicitLocOpBuilder &b,
                                           ExpandContext &ctx,
                                           const Heads &heads,
                                           const Tensors &tensors) {
  return HeadsExpander(b, ctx, heads, tensors).run();
}
